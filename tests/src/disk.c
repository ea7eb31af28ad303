/* A disk that a test can fill and slow down: preloaded before libc in the server under test.
 *
 * DISK_DATA names a folder, DISK_CONTROL one with the test's orders. While DISK_CONTROL/full
 * exists, whatever would write to a file below DISK_DATA fails with ENOSPC. The number in
 * DISK_CONTROL/fsync_ms is how long each sync of such a file takes, in ms. Everything else passes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Is this a file below DISK_DATA? */
static int is_data(int fd) {
  const char *data = getenv("DISK_DATA");
  struct stat about;
  char link[64], path[4096];
  if (data == NULL || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strncmp(path, data, strlen(data)) == 0;
}

static void order(char *path, size_t size, const char *name) {
  const char *control = getenv("DISK_CONTROL");
  snprintf(path, size, "%s/%s", control == NULL ? "/nonexistent" : control, name);
}

/* Must a write to this file fail? */
static int is_full(int fd) {
  int before = errno;
  char path[4096];
  order(path, sizeof path, "full");
  int full = access(path, F_OK) == 0 && is_data(fd);
  errno = full ? ENOSPC : before;
  return full;
}

static void sync_slowly(int fd) {
  int before = errno, ms = 0;
  char path[4096];
  order(path, sizeof path, "fsync_ms");
  FILE *file = fopen(path, "r");
  if (file != NULL) {
    if (fscanf(file, "%d", &ms) != 1) ms = 0;
    fclose(file);
  }
  if (ms > 0 && is_data(fd)) {
    struct timespec time = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&time, NULL);
  }
  errno = before;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  return is_full(fd) ? -1 : NEXT(write)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  return is_full(fd) ? -1 : NEXT(pwrite)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  return is_full(fd) ? -1 : NEXT(pwrite64)(fd, bytes, count, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  return is_full(fd) ? -1 : NEXT(writev)(fd, parts, count);
}

int ftruncate(int fd, off_t length) {
  return is_full(fd) ? -1 : NEXT(ftruncate)(fd, length);
}

int ftruncate64(int fd, off64_t length) {
  return is_full(fd) ? -1 : NEXT(ftruncate64)(fd, length);
}

int fallocate(int fd, int mode, off_t at, off_t length) {
  return is_full(fd) ? -1 : NEXT(fallocate)(fd, mode, at, length);
}

int fallocate64(int fd, int mode, off64_t at, off64_t length) {
  return is_full(fd) ? -1 : NEXT(fallocate64)(fd, mode, at, length);
}

int posix_fallocate(int fd, off_t at, off_t length) {
  return is_full(fd) ? ENOSPC : NEXT(posix_fallocate)(fd, at, length);
}

int fsync(int fd) {
  sync_slowly(fd);
  return NEXT(fsync)(fd);
}

int fdatasync(int fd) {
  sync_slowly(fd);
  return NEXT(fdatasync)(fd);
}
