//! CPU time and memory of the server's process, read from `/proc`; CPU time of own threads.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// Nanoseconds of CPU that the calling thread used.
#[must_use]
pub fn thread_ns() -> i64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec * crate::clock::SECOND + time.tv_nsec
}

/// Another process, watched from outside.
#[derive(Debug, Clone)]
pub struct Process {
    folder: PathBuf,
}

impl Process {
    /// The process `pid`.
    #[must_use]
    pub fn new(pid: u32) -> Self {
        Self {
            folder: PathBuf::from(format!("/proc/{pid}")),
        }
    }

    /// CPU nanoseconds of all threads so far. Threads are read one by one for nanoseconds
    /// (`schedstat`); where the kernel does not keep that, the process's clock ticks are taken.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn cpu_ns(&self) -> Result<i64> {
        let ticks = self.ticks_ns()?;
        let precise = self.threads_ns().unwrap_or(0);
        // A thread that ended takes its schedstat along; the ticks of the process keep it.
        Ok(precise.max(ticks))
    }

    fn threads_ns(&self) -> Option<i64> {
        let tasks = fs::read_dir(self.folder.join("task")).ok()?;
        let mut total = 0;
        for task in tasks.flatten() {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            total += parse_schedstat(&text)?;
        }
        Some(total)
    }

    fn ticks_ns(&self) -> Result<i64> {
        let text = fs::read_to_string(self.folder.join("stat")).context("the server is gone")?;
        let ticks = parse_stat(&text).context("unreadable /proc/PID/stat")?;
        // SAFETY: no pointers are passed.
        let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1);
        Ok(ticks * (crate::clock::SECOND / per_second))
    }

    /// CPU nanoseconds by thread name, largest first, for the human report.
    #[must_use]
    pub fn by_thread(&self) -> Vec<(String, i64)> {
        let mut names: std::collections::BTreeMap<String, i64> = Default::default();
        for task in fs::read_dir(self.folder.join("task"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            *names.entry(name.trim().to_owned()).or_default() +=
                parse_schedstat(&text).unwrap_or(0);
        }
        let mut all: Vec<_> = names.into_iter().collect();
        all.sort_by_key(|(_, ns)| -ns);
        all
    }

    /// Resident memory, bytes.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn rss_bytes(&self) -> Result<u64> {
        let text = fs::read_to_string(self.folder.join("statm")).context("the server is gone")?;
        let pages: u64 = text
            .split_whitespace()
            .nth(1)
            .and_then(|pages| pages.parse().ok())
            .context("unreadable /proc/PID/statm")?;
        // SAFETY: no pointers are passed.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.max(1);
        Ok(pages * page as u64)
    }

    /// The most memory that was resident since the process began, bytes.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn peak_rss_bytes(&self) -> Result<u64> {
        let text = fs::read_to_string(self.folder.join("status")).context("the server is gone")?;
        let kib = parse_high_water(&text).context("unreadable /proc/PID/status")?;
        Ok(kib * 1_024)
    }
}

/// The most memory that the process had resident, KiB: the kernel's own high-water mark.
fn parse_high_water(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// On-CPU nanoseconds: the first field.
fn parse_schedstat(text: &str) -> Option<i64> {
    text.split_whitespace().next()?.parse().ok()
}

/// User and system ticks: fields 14 and 15; the name in field 2 may hold spaces.
fn parse_stat(text: &str) -> Option<i64> {
    let after_name = &text[text.rfind(')')? + 1..];
    let mut fields = after_name.split_whitespace().skip(11);
    let user: i64 = fields.next()?.parse().ok()?;
    let system: i64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_behind_a_name_with_spaces() {
        let text = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 100 20 0 0 20 0 1";
        assert_eq!(parse_stat(text), Some(120));
        assert_eq!(parse_stat("7 a"), None);
        assert_eq!(parse_schedstat("123 4 5\n"), Some(123));
    }

    #[test]
    fn own_process_has_memory_and_uses_time() {
        let own = Process::new(std::process::id());
        assert!(own.rss_bytes().unwrap() > 1 << 20);
        assert!(own.peak_rss_bytes().unwrap() > 1 << 20);
        let before = (own.cpu_ns().unwrap(), thread_ns());
        let mut sum = 0u64;
        while thread_ns() - before.1 < 50_000_000 {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(own.cpu_ns().unwrap() > before.0);
    }
}
