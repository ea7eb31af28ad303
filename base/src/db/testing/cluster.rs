//! A private PostgreSQL cluster that ends with the test process.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use sqlx::postgres::PgConnectOptions;

/// Folder with `initdb` and `postgres`, if they are not at the usual places.
const BIN_VARIABLE: &str = "PINHUI_TEST_POSTGRES_BIN";

/// Makes a cluster in `$1` with the programs in `$2`, says `ready`, and removes all of it when
/// its standard input closes: that is when the test process ends, in whatever way. The cluster
/// holds nothing of worth, so it does not sync.
const SCRIPT: &str = r#"
set -e
mkdir -m 700 -p "$1"
"$2/initdb" -D "$1/data" -U postgres -A trust -E UTF8 --no-locale -N >"$1/initdb.log" 2>&1 \
  || { cat "$1/initdb.log" >&2; rm -rf "$1"; exit 1; }
"$2/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c fsync=off -c full_page_writes=off \
  -c max_connections=200 -c log_min_messages=error </dev/null >"$1/server.log" 2>&1 &
server=$!
for _ in $(seq 200); do
  if [ -S "$1/.s.PGSQL.5432" ] && "$2/pg_isready" -q -h "$1"; then break; fi
  kill -0 "$server" 2>/dev/null || { cat "$1/server.log" >&2; rm -rf "$1"; exit 1; }
  sleep 0.05
done
echo ready
cat >/dev/null || true
kill -INT "$server" 2>/dev/null || true
wait "$server" || true
rm -rf "$1"
"#;

/// Keeps the script's standard input open until this process ends.
static LEASH: Mutex<Vec<(Child, ChildStdin)>> = Mutex::new(Vec::new());

/// Starts the cluster of this process and says how to reach it.
///
/// # Errors
/// In words: the programs are missing, or they failed.
pub(super) fn start() -> Result<PgConnectOptions, String> {
    let programs = programs()?;
    let folder = std::env::temp_dir().join(format!("pinhui-pg-{}", std::process::id()));
    let mut child = shell(&folder, &programs)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start a shell: {error}"))?;
    let leash = child.stdin.take().ok_or("no standard input")?;
    let stdout = child.stdout.take().ok_or("no standard output")?;
    let mut line = String::new();
    BufReader::new(stdout)
        .read_line(&mut line)
        .map_err(|error| error.to_string())?;
    if line.trim() != "ready" {
        return Err("the cluster did not start (its words are above)".to_owned());
    }
    LEASH
        .lock()
        .map_err(|_| "a lock is poisoned")?
        .push((child, leash));
    Ok(PgConnectOptions::new_without_pgpass()
        .socket(folder)
        .port(5432)
        .username("postgres")
        .database("postgres"))
}

/// PostgreSQL refuses to run as root: as root, the system's `postgres` user runs it.
fn shell(folder: &Path, programs: &Path) -> Command {
    let root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let mut command = Command::new(if root { "runuser" } else { "sh" });
    if root {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    command
        .args(["-c", SCRIPT, "sh"])
        .arg(folder)
        .arg(programs)
        .current_dir("/");
    command
}

/// Folder with the server's programs: the variable's, the newest of Debian's, or the path's.
fn programs() -> Result<PathBuf, String> {
    if let Ok(folder) = std::env::var(BIN_VARIABLE) {
        return Ok(folder.into());
    }
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .map(|(version, path): (u32, PathBuf)| (version, path.join("bin")))
        .collect();
    found.sort();
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    found
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .chain(on_path)
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .ok_or_else(|| "`initdb` and `postgres` were not found".to_owned())
}
