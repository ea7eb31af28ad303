//! The server under load: a separate process that the run starts with a fresh data folder, or
//! one that runs already.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base::config::Secret;
use base::db::DbConfig;
use serde::Deserialize;

use crate::clock::{SECOND, now_ns};
use crate::cpu::Process;
use crate::population::Population;

/// The server gets ready within this.
const READY_WITHIN_NS: i64 = 30 * SECOND;
/// The server ends within this after SIGTERM.
const END_WITHIN_NS: i64 = 20 * SECOND;

/// A server that runs already.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// Where it answers, such as `http://127.0.0.1:8080`.
    pub url: String,
    /// Its key file.
    pub key: PathBuf,
    /// Its process, for CPU and memory.
    pub pid: Option<u32>,
}

/// How to come by a server.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// One that runs; else one is started.
    pub running: Option<Running>,
    /// Put the two sides of each call on different workers.
    pub split: bool,
    /// Record the media node's batches, for the floor.
    pub trace: bool,
    /// Keep the data folder.
    pub keep: bool,
    /// Further settings, as environment variables.
    pub settings: Vec<(String, String)>,
}

/// The setting that names the server's database.
const DATABASE_URL: &str = "PINHUI__DATABASE__URL";

impl Wish {
    /// The database that the settings, or this program's own environment, give to the server;
    /// `None`: the one in its fresh data folder.
    fn database_url(&self) -> Option<String> {
        let set = self
            .settings
            .iter()
            .rev()
            .find(|(name, _)| name == DATABASE_URL);
        set.map(|(_, url)| url.clone())
            .or_else(|| std::env::var(DATABASE_URL).ok())
            .filter(|url| !url.is_empty())
    }

    /// Number of the run's fair: 1, as [`crate::cli`]'s `setup` prints it, unless the database
    /// may hold the fairs of earlier runs.
    #[must_use]
    pub fn run(&self) -> u32 {
        if self.running.is_some() || self.database_url().is_none() {
            return 1;
        }
        seconds()
    }

    /// Number of the run's students: others each time on a server that ran already, which knows
    /// those of earlier runs.
    #[must_use]
    pub fn crowd(&self) -> u32 {
        if self.running.is_some() {
            seconds()
        } else {
            self.run()
        }
    }
}

/// Seconds since 1970: no two runs on one database begin in the same one.
fn seconds() -> u32 {
    u32::try_from(now_ns() / SECOND).unwrap_or(u32::MAX)
}

/// The server of a run.
pub struct Server {
    /// Where it answers.
    pub http: String,
    /// Its key file.
    pub key: PathBuf,
    /// Its process, unless it is unknown.
    pub process: Option<Process>,
    /// When it said that it is ready, nanoseconds since 1970.
    pub ready_ns: i64,
    child: Option<Child>,
    folder: PathBuf,
    /// Its database, unless it ran already.
    database: Option<DbConfig>,
    keep: bool,
}

#[derive(Deserialize)]
struct Ready {
    http: String,
}

impl Server {
    /// Starts the server with this fair in a fresh folder, or takes the one that runs.
    ///
    /// # Errors
    /// When it cannot be built or does not get ready.
    pub async fn start(wish: &Wish, population: &Population) -> Result<Self> {
        if let Some(running) = &wish.running {
            return Ok(Self {
                http: running.url.trim_end_matches('/').to_owned(),
                key: running.key.clone(),
                process: running.pid.map(Process::new),
                ready_ns: now_ns(),
                child: None,
                folder: PathBuf::new(),
                database: None,
                keep: true,
            });
        }
        let folder = fresh_folder()?;
        let binary = binary()?;
        let data = folder.join("data");
        import(&binary, &folder, &data, wish, population)?;
        let url = wish
            .database_url()
            .unwrap_or_else(|| data.join("pinhui.db").display().to_string());
        let database = DbConfig {
            url: Secret::new(url),
            readers: 1,
            connections: 1,
            live_connections: 1,
        };
        let child = spawn(&binary, &folder, &data, wish)?;
        let mut server = Self {
            http: String::new(),
            key: data.join("token.key"),
            process: Some(Process::new(child.id())),
            ready_ns: 0,
            child: Some(child),
            folder,
            database: Some(database),
            keep: wish.keep,
        };
        server.await_ready().await?;
        Ok(server)
    }

    async fn await_ready(&mut self) -> Result<()> {
        let file = self.folder.join("ready.json");
        let log = self.folder.join("server.log");
        let deadline = now_ns() + READY_WITHIN_NS;
        while now_ns() < deadline {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok()?) {
                self.keep = true;
                bail!("the server ended with {status}: {}", tail(&log));
            }
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            if let Ok(ready) = serde_json::from_str::<Ready>(&text) {
                self.http = ready.http;
                self.ready_ns = now_ns();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the server did not get ready: {}", tail(&log))
    }

    /// The database, SQLite or PostgreSQL, if the server was started here.
    #[must_use]
    pub fn database(&self) -> Option<&DbConfig> {
        self.database.as_ref()
    }

    /// Ends the server in good order and gives the path of its batch record, if there is one.
    ///
    /// # Errors
    /// When it does not end, or ends with a fault.
    pub async fn stop(&mut self) -> Result<Option<PathBuf>> {
        let Some(child) = &mut self.child else {
            return Ok(None);
        };
        // SAFETY: no pointers; the child was not waited for, so its id is still its own.
        unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGTERM) };
        let deadline = now_ns() + END_WITHIN_NS;
        while now_ns() < deadline {
            if let Some(status) = child.try_wait()? {
                self.child = None;
                if !status.success() {
                    self.keep = true;
                    bail!("the server ended with {status}: {}", self.log());
                }
                let trace = self.folder.join(TRACE);
                return Ok(trace.is_file().then_some(trace));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.keep = true;
        bail!("the server does not end: {}", self.log())
    }

    fn log(&self) -> String {
        tail(&self.folder.join("server.log"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
        if !self.keep {
            let _ = std::fs::remove_dir_all(&self.folder);
        } else if !self.folder.as_os_str().is_empty() {
            tracing::info!(folder = %self.folder.display(), "kept");
        }
    }
}

const TRACE: &str = "batches.jsonl";

/// Where the server's media are reached: where the floor sends too. Linux keeps no route to a
/// host's own address on another interface, but makes one for each message; a run over it would
/// pay for what the floor does not pay, nor a server with clients elsewhere.
const LOOPBACK: &str = r#"["127.0.0.1"]"#;

fn fresh_folder() -> Result<PathBuf> {
    let name = format!("pinhui-loadtest-{}-{}", std::process::id(), now_ns());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The release binary: `PINHUI_BIN`, or the one beside this program, built if it is missing.
fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("PINHUI_BIN") {
        return Ok(PathBuf::from(path));
    }
    let beside = std::env::current_exe()?.with_file_name("pinhui");
    if !beside.is_file() {
        let arguments = ["build", "--release", "--locked", "-p", "portal"];
        let status = Command::new("cargo")
            .args(arguments)
            .status()
            .context("run cargo")?;
        ensure!(status.success(), "cargo build ended with {status}");
    }
    ensure!(
        beside.is_file(),
        "no server at {}: build it with --release",
        beside.display()
    );
    Ok(beside)
}

fn import(
    binary: &Path,
    folder: &Path,
    data: &Path,
    wish: &Wish,
    population: &Population,
) -> Result<()> {
    let file = folder.join("fair.json");
    std::fs::write(&file, population.setup().to_string())?;
    let output = Command::new(binary)
        .arg("import")
        .arg(&file)
        .arg("--data")
        .arg(data)
        .envs(wish.settings.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .context("run pinhui import")?;
    ensure!(
        output.status.success(),
        "pinhui import ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

fn spawn(binary: &Path, folder: &Path, data: &Path, wish: &Wish) -> Result<Child> {
    let log = std::fs::File::create(folder.join("server.log"))?;
    let mut command = Command::new(binary);
    command
        .args(["serve", "--port", "0", "--data"])
        .arg(data)
        .arg("--ready-file")
        .arg(folder.join("ready.json"))
        .env("PINHUI__OPERATOR__BIND", "127.0.0.1:0")
        .env("PINHUI__MEDIA__ANNOUNCE", LOOPBACK)
        .env("PINHUI__DRAIN_S", "1")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    if wish.split {
        command.env("PINHUI__MEDIA__PLACEMENT", "spread");
    }
    if wish.trace {
        command.env("PINHUI__MEDIA__BATCH_TRACE", folder.join(TRACE));
    }
    command.envs(wish.settings.iter().map(|(name, value)| (name, value)));
    command
        .spawn()
        .with_context(|| format!("start {}", binary.display()))
}

/// The last lines of a log.
fn tail(path: &Path) -> String {
    const LINES: usize = 12;
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_on_a_named_database_has_a_fair_of_its_own() {
        let set = |url: &str| Wish {
            settings: vec![(DATABASE_URL.to_owned(), url.to_owned())],
            ..Wish::default()
        };
        let postgres = set("postgres://localhost/x");
        assert_eq!(
            postgres.database_url().as_deref(),
            Some("postgres://localhost/x")
        );
        assert!(postgres.run() > 1);
        let running = Wish {
            running: Some(Running::default()),
            ..postgres
        };
        assert_eq!(running.run(), 1, "the fair that `setup` printed");
        assert!(running.crowd() > 1, "and people who were not there yet");
        assert_eq!(Wish::default().crowd(), 1);
    }
}
