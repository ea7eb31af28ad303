//! Puts the parts together and serves until told to end.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use base::clock::Clock;
use base::db::{Db, Group, make_folder};
use base::shutdown::Shutdown;
use front::{Stop, Tls};
use outside::objects::{ObjectMetrics, ObjectStore};
use outside::scanner::{ScanMetrics, Scanner};
use prometheus::Registry;
use signaling_server::{Live, LiveParts, TokenKey, media_node};
use tokio::task::JoinHandle;

use crate::accounts::{AccessMetrics, AddressLimits, Hasher, Seen, cancellation, seen};
use crate::audit::metrics::AuditMetrics;
use crate::audit::purge::keep_purging;
use crate::config::{Config, HttpConfig, TlsMode};
use crate::demo::Emulators;
use crate::files::{FileMetrics, Files, LooseBytes, UploadLimits};
use crate::notifications::{Channels, Outbox, OutboxMetrics};
use crate::privacy::PrivacyMetrics;
use crate::reviews::ReviewMetrics;
use crate::reviews::escalation::keep_escalating;
use crate::state::AppState;
use crate::students::StudentMetrics;
use crate::students::register::MatchLimits;
use crate::video_fairs::opening::{self, FairsNotOpen};
use crate::web::body::Strangers;
use crate::web::metrics::HttpMetrics;
use crate::web::secret::Signer;
use crate::web::windows::WindowMetrics;
use crate::{agreements, demo, descriptors, files, operator, privacy, tls};

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A platform.
    Serve,
    /// The demo: fictional people, and links that enter as each of them.
    Demo,
}

/// A server that answers.
pub struct Running {
    /// Address of the pages.
    pub http: SocketAddr,
    /// Address of metrics and health.
    pub operator: SocketAddr,
    /// What handlers share.
    pub state: AppState,
    tls: bool,
    shutdown: Shutdown,
    pages: JoinHandle<std::io::Result<()>>,
    health: JoinHandle<std::io::Result<()>>,
    health_stop: Stop,
}

/// Serves a platform until `shutdown` is triggered and all is drained.
///
/// # Errors
/// A part cannot start.
pub async fn run(config: Config, shutdown: Shutdown) -> anyhow::Result<()> {
    start(config, Mode::Serve, shutdown).await?.wait().await
}

/// Starts everything; the result says where it answers.
///
/// # Errors
/// The data folder, the database, the certificate or a port cannot be had.
pub async fn start(config: Config, mode: Mode, shutdown: Shutdown) -> anyhow::Result<Running> {
    start_at(config, mode, Clock::System, shutdown).await
}

/// Like [`start`], by a clock of the caller's.
///
/// # Errors
/// As [`start`].
pub async fn start_at(
    mut config: Config,
    mode: Mode,
    clock: Clock,
    shutdown: Shutdown,
) -> anyhow::Result<Running> {
    make_folder(&config.data).with_context(|| format!("data folder {}", config.data.display()))?;
    descriptors::fit(&mut config, descriptors::raise());
    // What is held on the way is large.
    Box::pin(assemble(config, mode, clock, shutdown)).await
}

async fn assemble(
    mut config: Config,
    mode: Mode,
    clock: Clock,
    shutdown: Shutdown,
) -> anyhow::Result<Running> {
    let registry = Registry::new();
    let emulators = match mode {
        Mode::Demo => Some(Arc::new(Emulators::start(&mut config, &clock).await?)),
        Mode::Serve => None,
    };
    let config = Arc::new(config);
    let db = Db::open(&config.database()).await?;
    db.register(&registry)?;
    let live = start_live(&config, &db, &clock, &registry, &shutdown).await?;
    let health_listener = listen(config.operator.bind).context("operator.bind")?;
    let operator = health_listener.local_addr()?;
    let tls = tls::load(&config)?;
    let listener = listen(config.http.bind).context("http.bind")?;
    let http = listener.local_addr()?;
    let windows = WindowMetrics::new(&registry)?;
    let state = AppState {
        db: db.clone(),
        clock: clock.clone(),
        outbox: outbox(&config, (&db, &clock), &registry, http)?,
        hasher: hasher(&config.accounts, &registry)?,
        limits: Arc::new(AddressLimits::new(&config.accounts, &windows)),
        seen: Seen::new(&registry)?,
        joins: Group::start(&db),
        access: AccessMetrics::new(&registry)?,
        files: open_files(&config, &clock, &db, (&registry, &windows)).await?,
        privacy: PrivacyMetrics::new(&registry)?,
        exporting: Arc::default(),
        signer: Signer::load_or_create(&config.data.join("link.key"))?,
        live,
        listings: Arc::default(),
        fairs_not_open: Arc::new(FairsNotOpen::new(&registry)?),
        matches: Arc::new(MatchLimits::new(&windows)),
        students: StudentMetrics::new(&registry)?,
        http: HttpMetrics::new(&registry)?,
        strangers: Strangers::new(&config.http, &registry)?,
        reviews: ReviewMetrics::new(&registry)?,
        audit: AuditMetrics::new(&registry)?,
        follow_code: Arc::default(),
        flags: Arc::default(),
        operator,
        port: http.port(),
        demo: mode == Mode::Demo,
        emulators,
        config: config.clone(),
    };
    fill(&state, tls.is_some()).await?;
    opening::open_due(&state).await?;
    spawn_chores(&state, &shutdown);
    let secure = tls.is_some();
    let connections = front::Metrics::new(&registry)?;
    let health_stop = Stop::default();
    let health_router = operator::router(registry, db, state.live.clone(), shutdown.clone());
    let health = for_operators(&config, (health_listener, health_router));
    let health = serve(health, &connections, &health_stop);
    let stop = Stop::default();
    let pages = serve(for_everyone(&state, (listener, tls)), &connections, &stop);
    drain_when_triggered(&shutdown, state.live.clone(), stop);
    tracing::info!(%http, %operator, database = state.db.kind(), "ready");
    Ok(Running {
        http,
        operator,
        state,
        tls: secure,
        shutdown,
        pages,
        health,
        health_stop,
    })
}

/// What sends messages from the site at `http`.
fn outbox(
    config: &Config,
    (db, clock): (&Db, &Clock),
    registry: &Registry,
    http: SocketAddr,
) -> anyhow::Result<Outbox> {
    Ok(Outbox {
        db: db.clone(),
        clock: clock.clone(),
        channels: Channels::new(config, clock)?,
        metrics: OutboxMetrics::new(registry)?,
        site: site(&config.http, http).into(),
        rng: Arc::new(Mutex::new(rand::make_rng())),
    })
}

/// Puts in what every database has, and what the demo needs.
async fn fill(state: &AppState, tls: bool) -> anyhow::Result<()> {
    let now_ms = state.now_ms();
    agreements::store::ensure(&state.db, now_ms).await?;
    if let Some(emulators) = &state.emulators {
        demo::seed::fill(&state.db, &state.hasher, now_ms).await?;
        demo::emulators::fill_in_templates(&state.db, now_ms).await?;
        emulators.call_back(state.port, tls);
    }
    Ok(())
}

/// What goes on beside the requests, until the end.
fn spawn_chores(state: &AppState, shutdown: &Shutdown) {
    state.outbox.spawn(shutdown);
    let own = || (state.clone(), shutdown.clone());
    let (mine, end) = own();
    shutdown.spawn(opening::keep_opening(mine, end));
    let (mine, end) = own();
    shutdown.spawn(seen::keep_writing(mine, end));
    shutdown.spawn(operator::keep_asking(state.db.clone(), shutdown.clone()));
    let (mine, end) = own();
    shutdown.spawn(cancellation::keep_closing(mine, end));
    let (mine, end) = own();
    shutdown.spawn(keep_escalating(mine, end));
    let (mine, end) = own();
    shutdown.spawn(keep_purging(mine, end));
    let (mine, end) = own();
    shutdown.spawn(files::sweep::keep_sweeping(mine, end));
    let (mine, end) = own();
    shutdown.spawn(privacy::retention::keep_purging(mine, end));
}

async fn start_live(
    config: &Config,
    db: &Db,
    clock: &Clock,
    registry: &Registry,
    shutdown: &Shutdown,
) -> anyhow::Result<Live> {
    let (node, events) = sfu_server::Node::start(config.media.clone(), registry, shutdown.clone())
        .context("media server")?;
    let (node, node_events) = media_node(node, events);
    let key = TokenKey::load_or_create(&config.token_key())?;
    Live::start(LiveParts {
        config: config.live.clone(),
        db: db.clone(),
        node,
        node_events,
        key,
        clock: clock.clone(),
        registry: registry.clone(),
        shutdown: shutdown.clone(),
    })
    .await
    .context("live server")
}

/// Opens the file store.
async fn open_files(
    config: &Config,
    clock: &Clock,
    db: &Db,
    (registry, windows): (&Registry, &WindowMetrics),
) -> anyhow::Result<Files> {
    let metrics = ObjectMetrics::new(registry)?;
    let store = ObjectStore::open(&config.objects(), clock.clone(), metrics)
        .await
        .context("objects")?;
    let scanner = Scanner::open(&config.files.scanner, ScanMetrics::new(registry)?)
        .context("files.scanner.address")?;
    let metrics = FileMetrics::new(registry)?;
    let strangers = metrics.strangers_loose.clone();
    Ok(Files {
        store,
        scanner,
        loose: Arc::new(LooseBytes::open(&config.files, db, strangers).await?),
        metrics,
        limits: Arc::new(UploadLimits::new(&config.files, windows)),
    })
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).with_context(|| address.to_string())?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The listener of metrics and health.
fn for_operators(config: &Config, (socket, router): (TcpListener, Router)) -> front::Listener {
    front::Listener {
        name: "operator",
        socket,
        tls: None,
        router,
        proxies: Vec::new(),
        limits: config.operator.limits(&config.http),
    }
}

/// The listener of the pages.
fn for_everyone(state: &AppState, (socket, tls): (TcpListener, Option<Tls>)) -> front::Listener {
    let http = &state.config.http;
    front::Listener {
        name: "pages",
        socket,
        tls,
        router: crate::app(state.clone()),
        proxies: http.proxies.clone(),
        limits: http.limits.clone(),
    }
}

/// Serves a listener beside the others.
fn serve(
    listener: front::Listener,
    metrics: &front::Metrics,
    stop: &Stop,
) -> JoinHandle<std::io::Result<()>> {
    tokio::spawn(front::serve(listener, metrics.clone(), stop.clone()))
}

/// Those whose interview goes on still have their pages; with the last one, no new connection is
/// taken, and open ones may finish until the deadline.
fn drain_when_triggered(shutdown: &Shutdown, live: Live, stop: Stop) {
    let waiting = shutdown.clone();
    tokio::spawn(async move {
        live.drained().await;
        stop.within(left(&waiting));
    });
}

/// Where people reach the pages, without a slash at its end.
fn site(config: &HttpConfig, bound: SocketAddr) -> String {
    if !config.public_url.is_empty() {
        return config.public_url.trim_end_matches('/').to_owned();
    }
    let scheme = if config.tls == TlsMode::Off {
        "http"
    } else {
        "https"
    };
    format!("{scheme}://{bound}")
}

fn left(shutdown: &Shutdown) -> Duration {
    shutdown.deadline().map_or(Duration::ZERO, |deadline| {
        deadline.saturating_duration_since(Instant::now())
    })
}

impl Running {
    /// Where the pages are, such as `http://127.0.0.1:8080`.
    pub fn http_url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.http)
    }

    /// What `--ready-file` holds: addresses, process id, data folder, key file of join tokens.
    pub fn ready_json(&self) -> serde_json::Value {
        let config = &self.state.config;
        serde_json::json!({
            "http": self.http_url(),
            "operator": format!("http://{}", self.operator),
            "pid": std::process::id(),
            "data": config.data,
            "token_key": config.token_key(),
            "database": self.state.db.kind(),
        })
    }

    /// Waits for the end: the trigger, then the drain.
    ///
    /// # Errors
    /// A listener failed before that.
    pub async fn wait(self) -> anyhow::Result<()> {
        self.pages.await?.context("pages")?;
        if !self.shutdown.is_triggered() {
            anyhow::bail!("the pages' listener ended by itself");
        }
        if !self.shutdown.drained().await {
            tracing::warn!("the deadline passed before all was done");
        }
        if let Err(error) = self.state.seen.write(&self.state.db).await {
            tracing::warn!(%error, "who was seen last is not written");
        }
        self.health_stop.now();
        self.health.await?.context("operator's pages")?;
        self.state.db.close().await;
        if let Some(why) = self.shutdown.failure() {
            anyhow::bail!("{why}");
        }
        tracing::info!("ended");
        Ok(())
    }
}

/// What hashes passwords, with its figure.
fn hasher(config: &crate::config::AccountsConfig, registry: &Registry) -> anyhow::Result<Hasher> {
    let hasher = Hasher::new(config)?;
    registry.register(Box::new(hasher.refused().clone()))?;
    Ok(hasher)
}
