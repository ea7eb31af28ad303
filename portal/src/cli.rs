//! The command line of `pinhui`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use base::config::Sources;
use base::shutdown::Shutdown;
use clap::{Args, Parser, Subcommand};

use crate::config::{Config, SiteConfig};
use crate::run::{self, Mode, Running};

/// 聘会: a video career fair in one process.
#[derive(Debug, Parser)]
#[command(name = "pinhui", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a platform from its configuration
    Serve {
        #[command(flatten)]
        settings: Settings,
        /// Port of the pages; 0 takes a free one, for the operator's pages too [default: that of
        /// http.bind]
        #[arg(long)]
        port: Option<u16>,
        #[command(flatten)]
        ready: ReadyFile,
    },
    /// Try it: a fictional school with a running fair, on loopback, with one-click links
    Demo {
        #[command(flatten)]
        settings: Settings,
        /// Port of the pages; 0 takes a free one
        #[arg(long, default_value_t = 8080)]
        port: u16,
        #[command(flatten)]
        ready: ReadyFile,
    },
    /// Create a video fair with its booths and seats from a JSON file, or add to one
    ///
    /// Companies, interviewers and jobs that are there already are reused as they are. The same
    /// file twice changes nothing; new booths, seats and jobs in it reach a running server within
    /// seconds.
    Import {
        /// The fair, as the live core reads it
        file: PathBuf,
        #[command(flatten)]
        settings: Settings,
    },
    /// Copy the SQLite database to a new file and check the copy, while a server runs or not
    ///
    /// What else belongs to a backup, and how to restore one: docs/backup.md. A database on a
    /// PostgreSQL server is copied by pg_dump.
    Backup {
        /// The copy; there must be no such file yet
        file: PathBuf,
        #[command(flatten)]
        settings: Settings,
    },
}

#[derive(Debug, Args)]
struct Settings {
    /// Configuration file (TOML)
    #[arg(long)]
    config: Option<PathBuf>,
    /// Data folder: overrides `data`
    #[arg(long)]
    data: Option<PathBuf>,
    /// One setting, such as `media.workers=4`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Debug, Args)]
struct ReadyFile {
    /// When ready, write addresses and process id as JSON to this file
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

impl Settings {
    fn sources(&self) -> anyhow::Result<Sources> {
        let mut sources = Sources::new();
        if let Some(file) = &self.config {
            sources = sources.file(file);
        }
        sources = sources.environment();
        for pair in &self.set {
            let (key, value) = pair.split_once('=').context("--set takes KEY=VALUE")?;
            sources = sources.flag(key, value);
        }
        if let Some(data) = &self.data {
            sources = sources.flag("data", format!("{:?}", data.display().to_string()));
        }
        Ok(sources)
    }
}

/// Runs the command.
///
/// # Errors
/// What was asked for cannot be done; the text says why.
pub fn execute(cli: Cli) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve {
                settings,
                port,
                ready,
            } => {
                let mut config: Config = settings.sources()?.load()?;
                if let Some(port) = port {
                    config.http.bind.set_port(port);
                    if port == 0 {
                        config.operator.bind.set_port(0);
                    }
                }
                serve(config, Mode::Serve, ready).await
            }
            Command::Demo {
                settings,
                port,
                ready,
            } => Box::pin(demo(&settings, port, ready)).await,
            Command::Import { file, settings } => {
                let config: Config = settings.sources()?.load()?;
                base::telemetry::init(&config.log)?;
                let imported = crate::video_fairs::import::import_file(&config, &file).await?;
                say(&imported.to_string());
                Ok(())
            }
            Command::Backup { file, settings } => {
                let config: Config = settings.sources()?.load()?;
                base::telemetry::init(&config.log)?;
                let copied = base::db::backup::backup(&config.database(), &file).await?;
                say(&format!("{}: {} bytes", file.display(), copied.bytes));
                Ok(())
            }
        }
    })
}

async fn demo(settings: &Settings, port: u16, ready: ReadyFile) -> anyhow::Result<()> {
    let mut config: Config = settings.sources()?.load()?;
    let fresh = settings.data.is_none().then(temporary_folder).transpose()?;
    if let Some(folder) = &fresh {
        config.data.clone_from(folder);
    }
    config.http.bind = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    config.operator.bind.set_port(0);
    demo_media(&mut config);
    if config.site == SiteConfig::default() {
        config.site = SiteConfig::sample();
    }
    let ended = serve(config, Mode::Demo, ready).await;
    if let Some(folder) = fresh {
        drop(std::fs::remove_dir_all(folder));
    }
    ended
}

/// Media are announced at loopback and at the machine's own address: Firefox never gathers
/// 127.0.0.1.
fn demo_media(config: &mut Config) {
    if config.media.announce.is_empty() {
        config.media.announce = vec![IpAddr::from(Ipv4Addr::LOCALHOST)];
        config.media.announce.extend(own_address());
    }
}

/// The address from which this machine would reach another network. Connecting a UDP socket
/// sends nothing; the target is reserved for documentation (RFC 5737).
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket
        .local_addr()
        .ok()
        .map(|address| address.ip())
        .filter(|ip| !ip.is_loopback())
}

fn temporary_folder() -> anyhow::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("pinhui-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

async fn serve(config: Config, mode: Mode, ready: ReadyFile) -> anyhow::Result<()> {
    base::telemetry::init(&config.log)?;
    let shutdown = Shutdown::new(Duration::from_secs(config.drain_s));
    shutdown.listen_for_signals()?;
    let running = run::start(config, mode, shutdown).await?;
    announce(&running, mode);
    if let Some(path) = &ready.ready_file {
        write_ready(path, &running)?;
    }
    running.wait().await
}

fn announce(running: &Running, mode: Mode) {
    let http = running.http_url();
    match mode {
        Mode::Serve => say(&format!("聘会 is ready: {http}")),
        Mode::Demo => {
            say(&format!(
                "聘会 demo is ready. Open {http}/demo and pick who you are."
            ));
            say(&format!(
                "Every demo account also signs in by name, such as student-01@demo.example, with \
                 the password {}",
                crate::demo::seed::PASSWORD
            ));
            say(&format!("Metrics: http://{}/metrics", running.operator));
        }
    }
}

/// Written beside and renamed: a reader sees the whole file or none.
fn write_ready(path: &Path, running: &Running) -> anyhow::Result<()> {
    let beside = path.with_extension("part");
    std::fs::write(&beside, running.ready_json().to_string())
        .and_then(|()| std::fs::rename(&beside, path))
        .with_context(|| path.display().to_string())
}

/// The one place that speaks to the terminal.
#[expect(clippy::print_stdout, reason = "what the command was asked to print")]
fn say(line: &str) {
    println!("{line}");
}
