//! The real binary as a child process.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::{http, wait};

/// What the server writes to its `--ready-file` once it answers.
#[derive(Debug, Clone, Deserialize)]
pub struct Ready {
    /// Where it answers, such as `http://127.0.0.1:41234`.
    pub http: String,
    /// Where metrics and health are.
    #[serde(default)]
    pub operator: String,
}

/// Variables that a server has beside those of the test.
pub type Environment = Vec<(&'static str, OsString)>;

/// What a server's process finds around it.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Such as those of a [`Disk`](crate::disk::Disk).
    pub environment: Environment,
    /// Files and sockets that it may open; all that the test may without.
    pub descriptors: Option<u32>,
}

/// A running `pinhui`, killed when dropped.
pub struct Server {
    child: Child,
    folder: PathBuf,
    arguments: Vec<String>,
    around: Surroundings,
    /// What it said when it was ready.
    pub ready: Ready,
}

/// The binary under test: `PINHUI_BIN`, which `tests/run` sets after it built it.
///
/// # Errors
/// When the variable is not set or names no file: these tests never skip.
pub fn binary() -> Result<PathBuf> {
    let path = std::env::var_os("PINHUI_BIN")
        .map(PathBuf::from)
        .context("PINHUI_BIN is not set: run the tests with tests/run")?;
    ensure!(
        path.is_file(),
        "PINHUI_BIN names no file: {}",
        path.display()
    );
    Ok(path)
}

/// A new folder for one test, below the system's temporary folder.
///
/// # Errors
/// When it cannot be made.
pub fn scratch(name: &str) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("pinhui-test-{name}-{}", std::process::id()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

impl Server {
    /// Starts `pinhui demo` in a fresh data folder below `folder`, on a free port.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn demo(folder: &Path) -> Result<Self> {
        Self::demo_with(folder, &[]).await
    }

    /// [`Server::demo`] with settings, such as `media.workers=1`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn demo_with(folder: &Path, settings: &[String]) -> Result<Self> {
        let data = folder.join("data").display().to_string();
        let mut arguments = vec!["demo", "--port", "0", "--data", &data];
        for setting in settings {
            arguments.extend(["--set", setting]);
        }
        Self::start(folder, &arguments).await
    }

    /// Starts `pinhui` with the given arguments and waits until it answers.
    ///
    /// # Errors
    /// When it ends early or never gets ready; its log is in `folder/server.log`.
    pub async fn start(folder: &Path, arguments: &[&str]) -> Result<Self> {
        Self::start_in(folder, arguments, Surroundings::default()).await
    }

    /// [`Server::start`] with what its process finds around it.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_in(folder: &Path, arguments: &[&str], around: Surroundings) -> Result<Self> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let child = spawn(folder, &arguments, &around)?;
        let mut server = Self {
            child,
            folder: folder.to_owned(),
            arguments,
            around,
            ready: Ready {
                http: String::new(),
                operator: String::new(),
            },
        };
        server.await_ready().await?;
        Ok(server)
    }

    /// Ends the process at once (SIGKILL), as a power cut would.
    ///
    /// # Errors
    /// When it was gone already.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().context("kill the server")?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts the same command again, on the port that it had.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn restart(&mut self) -> Result<()> {
        let port = self.ready.http.rsplit(':').next().unwrap_or("0").to_owned();
        if let Some(at) = self.arguments.iter().position(|a| a == "--port") {
            self.arguments[at + 1] = port;
        }
        self.child = spawn(&self.folder, &self.arguments, &self.around)?;
        self.await_ready().await
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks the server to end in good order (SIGTERM) and waits until it did.
    ///
    /// # Errors
    /// When it ends with a fault.
    pub async fn terminate(&mut self) -> Result<()> {
        self.begin_end()?;
        self.ended().await
    }

    /// Sends SIGTERM and does not wait.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn begin_end(&self) -> Result<()> {
        let status = Command::new("kill").arg(self.pid().to_string()).status()?;
        ensure!(status.success(), "kill said {status}");
        Ok(())
    }

    /// Waits until the process has ended.
    ///
    /// # Errors
    /// When it ends with a fault, or does not end.
    pub async fn ended(&mut self) -> Result<()> {
        let exit = wait::until("the server to end", async || Ok(self.child.try_wait()?)).await?;
        ensure!(exit.success(), "the server ended with {exit}");
        Ok(())
    }

    /// Whether the process has not ended.
    ///
    /// # Errors
    /// When the system does not know.
    pub fn runs(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// What the server logged so far, over all its runs in this folder.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.folder.join("server.log"))?)
    }

    /// The sum of a metric's lines that contain `label`; 0 for a metric without a line.
    ///
    /// # Errors
    /// When the metrics cannot be had.
    pub async fn figure(&self, name: &str, label: &str) -> Result<f64> {
        let (status, text) = http::get(&self.ready.operator, "/metrics").await?;
        ensure!(status == 200, "/metrics answers {status}");
        text.lines()
            .filter_map(|line| line.strip_prefix(name))
            .filter(|rest| rest.starts_with(['{', ' ']) && rest.contains(label))
            .filter_map(|rest| rest.rsplit(' ').next())
            .map(|value| Ok(value.parse::<f64>()?))
            .sum()
    }

    async fn await_ready(&mut self) -> Result<()> {
        let path = self.folder.join("ready.json");
        let folder = self.folder.clone();
        let child = &mut self.child;
        self.ready = wait::until("the server to get ready", async || {
            if let Some(status) = child.try_wait()? {
                bail!(
                    "the server ended with {status}: see {}/server.log",
                    folder.display()
                );
            }
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok(serde_json::from_str(&text).ok()),
                Err(_) => Ok(None),
            }
        })
        .await?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended is as good as ended now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path, arguments: &[String], around: &Surroundings) -> Result<Child> {
    let ready = folder.join("ready.json");
    if ready.exists() {
        std::fs::remove_file(&ready)?;
    }
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("server.log"))?;
    // The shell gives way to the server: its process id is the server's.
    let mut command = match around.descriptors {
        None => Command::new(binary()?),
        Some(most) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", "ulimit -n \"$0\" && exec \"$@\"", &most.to_string()]);
            shell.arg(binary()?);
            shell
        }
    };
    command
        .args(arguments)
        .envs(around.environment.iter().cloned())
        .arg("--ready-file")
        .arg(&ready)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("start pinhui")
}
