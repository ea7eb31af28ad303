//! The server under load: a separate process that the run starts with a fresh data folder, or
//! one that runs already.

mod wish;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base::config::Secret;
use base::db::DbConfig;
use serde::Deserialize;
use serde_json::Value;

use crate::clock::{SECOND, now_ns};
use crate::cpu::Process;
use crate::population::Population;

pub use wish::{Running, Wish};

/// The server gets ready within this.
const READY_WITHIN_NS: i64 = 30 * SECOND;
/// The server ends within this after SIGTERM.
const END_WITHIN_NS: i64 = 20 * SECOND;

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
    /// Where it lives, unless it ran already.
    home: Option<Home>,
}

/// A data folder with a fair in it, and the server that is to run there.
pub struct Home {
    binary: PathBuf,
    folder: PathBuf,
    data: PathBuf,
    database: DbConfig,
    wish: Wish,
    keep: bool,
}

#[derive(Deserialize)]
struct Ready {
    http: String,
}

impl Home {
    /// Makes a fresh folder and imports the fair of `setup` (see [`Population::setup`]).
    ///
    /// # Errors
    /// When the server cannot be built or does not take the fair.
    pub fn furnish(wish: &Wish, setup: &Value) -> Result<Self> {
        let folder = fresh_folder()?;
        let data = folder.join("data");
        let url = wish
            .database_url()
            .unwrap_or_else(|| data.join("pinhui.db").display().to_string());
        let home = Self {
            binary: binary()?,
            folder,
            data,
            database: DbConfig {
                url: Secret::new(url),
                readers: 1,
                connections: 1,
                live_connections: 1,
            },
            wish: wish.clone(),
            keep: wish.keep,
        };
        home.import(setup)?;
        Ok(home)
    }

    /// The database, SQLite or PostgreSQL.
    #[must_use]
    pub fn database(&self) -> &DbConfig {
        &self.database
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn open(self) -> Result<Server> {
        let child = self.spawn(0)?;
        let mut server = Server {
            http: String::new(),
            key: self.data.join("token.key"),
            process: Some(Process::new(child.id())),
            ready_ns: 0,
            child: Some(child),
            home: Some(self),
        };
        server.await_ready().await?;
        Ok(server)
    }

    fn ready_file(&self) -> PathBuf {
        self.folder.join("ready.json")
    }

    fn log(&self) -> String {
        tail(&self.folder.join("server.log"))
    }
}

impl Server {
    /// Starts the server with this fair in a fresh folder, or takes the one that runs.
    ///
    /// # Errors
    /// When it cannot be built or does not get ready.
    pub async fn start(wish: &Wish, population: &Population) -> Result<Self> {
        let Some(running) = &wish.running else {
            return Home::furnish(wish, &population.setup())?.open().await;
        };
        Ok(Self {
            http: running.url.trim_end_matches('/').to_owned(),
            key: running.key.clone(),
            process: running.pid.map(Process::new),
            ready_ns: now_ns(),
            child: None,
            home: None,
        })
    }

    /// Ends the process as a crash does (SIGKILL), and says when.
    ///
    /// # Errors
    /// When it was not started here, or does not end.
    pub fn kill(&mut self) -> Result<i64> {
        let child = self.child.as_mut().context("no process of this run")?;
        let at_ns = now_ns();
        child.kill()?;
        child.wait()?;
        self.child = None;
        Ok(at_ns)
    }

    /// Starts a successor of one that was killed on the same data and port, and says when;
    /// [`Self::await_ready`] waits for it.
    ///
    /// # Errors
    /// When it was not started here, or cannot be started.
    pub fn revive(&mut self) -> Result<i64> {
        let home = self.home.as_ref().context("no server of this run")?;
        let (_, port) = self.http.rsplit_once(':').context("no port")?;
        let port = port.parse().context("no port")?;
        drop(std::fs::remove_file(home.ready_file()));
        let at_ns = now_ns();
        let child = home.spawn(port)?;
        self.process = Some(Process::new(child.id()));
        self.child = Some(child);
        Ok(at_ns)
    }

    /// Waits until the server that was started says that it is ready.
    ///
    /// # Errors
    /// When it ends first, or takes too long.
    pub async fn await_ready(&mut self) -> Result<()> {
        let home = self.home.as_mut().context("no server of this run")?;
        let deadline = now_ns() + READY_WITHIN_NS;
        while now_ns() < deadline {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok()?) {
                home.keep = true;
                bail!("the server ended with {status}: {}", home.log());
            }
            let text = std::fs::read_to_string(home.ready_file()).unwrap_or_default();
            if let Ok(ready) = serde_json::from_str::<Ready>(&text) {
                self.http = ready.http;
                self.ready_ns = now_ns();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the server did not get ready: {}", home.log())
    }

    /// The database, SQLite or PostgreSQL, if the server was started here.
    #[must_use]
    pub fn database(&self) -> Option<&DbConfig> {
        self.home.as_ref().map(Home::database)
    }

    /// Ends the server in good order and gives the path of its batch record, if there is one.
    ///
    /// # Errors
    /// When it does not end, or ends with a fault.
    pub async fn stop(&mut self) -> Result<Option<PathBuf>> {
        let (Some(child), Some(home)) = (&mut self.child, &mut self.home) else {
            return Ok(None);
        };
        // SAFETY: no pointers; the child was not waited for, so its id is still its own.
        unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGTERM) };
        let deadline = now_ns() + END_WITHIN_NS;
        while now_ns() < deadline {
            if let Some(status) = child.try_wait()? {
                self.child = None;
                if !status.success() {
                    home.keep = true;
                    bail!("the server ended with {status}: {}", home.log());
                }
                let trace = home.folder.join(TRACE);
                return Ok(trace.is_file().then_some(trace));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        home.keep = true;
        bail!("the server does not end: {}", home.log())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Before its home goes.
        if let Some(child) = &mut self.child {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.keep {
            tracing::info!(folder = %self.folder.display(), "kept");
        } else {
            drop(std::fs::remove_dir_all(&self.folder));
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

impl Home {
    fn import(&self, setup: &Value) -> Result<()> {
        let file = self.folder.join("fair.json");
        std::fs::write(&file, setup.to_string())?;
        let output = Command::new(&self.binary)
            .arg("import")
            .arg(&file)
            .arg("--data")
            .arg(&self.data)
            .envs(self.settings())
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

    fn spawn(&self, port: u16) -> Result<Child> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join("server.log"))?;
        let mut command = Command::new(&self.binary);
        command
            .args(["serve", "--port", &port.to_string(), "--data"])
            .arg(&self.data)
            .arg("--ready-file")
            .arg(self.ready_file())
            .env("PINHUI__OPERATOR__BIND", "127.0.0.1:0")
            .env("PINHUI__MEDIA__ANNOUNCE", LOOPBACK)
            .env("PINHUI__DRAIN_S", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        if self.wish.split {
            command.env("PINHUI__MEDIA__PLACEMENT", "spread");
        }
        if self.wish.trace {
            command.env("PINHUI__MEDIA__BATCH_TRACE", self.folder.join(TRACE));
        }
        command.envs(self.settings());
        command
            .spawn()
            .with_context(|| format!("start {}", self.binary.display()))
    }

    fn settings(&self) -> impl Iterator<Item = (&String, &String)> {
        self.wish.settings.iter().map(|(name, value)| (name, value))
    }
}

/// The last lines of a log.
fn tail(path: &Path) -> String {
    const LINES: usize = 12;
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
