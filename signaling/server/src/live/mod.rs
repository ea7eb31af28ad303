//! The live server's front: what the rest of the process calls.

mod busy;
mod fair;
mod fairs;
mod open;
mod shut_out;
mod supervise;
mod wall;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use base::clock::Clock;
use base::db::Db;
use base::shutdown::{Hold, Shutdown};
use dashmap::{DashMap, DashSet};
use signaling_core::{PortalCommand, SocketId};
use signaling_protocol::{
    BoothId, Bye, CallId, EntryId, FairId, JoinClaims, PersonId, QueueRow, Refusal, SeatId,
    StudentView, WallView,
};
use tokio::sync::mpsc;

use crate::config::Config;
use crate::media::{Desk, MediaEvent, MediaNode};
use crate::metrics::Metrics;
use crate::session::RingBudget;
use crate::socket::Strangers;
use crate::store::{self, CallRecord, EntryRecord, StoreError};
use crate::token::{ResumeClaims, SpentTokens, TokenError, TokenKey};

pub(crate) use busy::Busy;
pub(crate) use fair::{FairHandle, NotTaken};
pub(crate) use fairs::Fairs;
pub(crate) use shut_out::ShutOut;
pub use wall::WallBody;

/// Pace of the chores: spent tokens, connections of tabs that are gone.
const CHORES: Duration = Duration::from_secs(5);

/// The live server. Clones are the same one.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    config: Arc<Config>,
    db: Db,
    key: TokenKey,
    spent: SpentTokens,
    shut_out: Arc<ShutOut>,
    clock: Clock,
    desk: Arc<Desk>,
    metrics: Metrics,
    shutdown: Shutdown,
    fairs: Arc<Fairs>,
    busy: Arc<Busy>,
    rings: Arc<RingBudget>,
    /// Fairs that another process took over.
    lost: DashSet<FairId>,
    /// Fairs whose owner task has died and is not back yet.
    down: DashSet<FairId>,
    /// How often owner tasks died in a row, and when last.
    deaths: DashMap<FairId, (u32, tokio::time::Instant)>,
    /// Only one fair is opened at a time.
    opening: tokio::sync::Mutex<()>,
    next_socket: AtomicU64,
    sockets: AtomicUsize,
    strangers: Strangers,
    buffer_high: AtomicUsize,
    started: tokio::time::Instant,
}

/// What a live server is made of.
pub struct LiveParts {
    /// Section `[live]`.
    pub config: Config,
    /// Database with the migrations applied.
    pub db: Db,
    /// The media node.
    pub node: Arc<dyn MediaNode>,
    /// What the node reports.
    pub node_events: mpsc::Receiver<MediaEvent>,
    /// Key of the join tokens.
    pub key: TokenKey,
    /// The wall clock.
    pub clock: Clock,
    /// Where the figures are registered.
    pub registry: prometheus::Registry,
    /// The process's end.
    pub shutdown: Shutdown,
}

/// Why a process should not be sent people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveTrouble {
    /// It ends.
    Draining,
    /// A worker of the media node is down.
    Media,
    /// The task that decides for this fair has died, and is not back yet.
    OwnerDown(FairId),
    /// Nothing of a fair can be stored.
    Stalled,
}

/// A socket's place among the allowed number; it also keeps a drain waiting for the socket.
pub(crate) struct Place {
    live: Live,
    _hold: Hold,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.live.0.sockets.fetch_sub(1, Ordering::Relaxed);
        self.live.0.metrics.sockets.dec();
    }
}

impl Live {
    /// Starts a live server without a fair; [`Live::open_fair`] brings them.
    ///
    /// # Errors
    /// The database failed, or the figures are registered already.
    pub async fn start(parts: LiveParts) -> anyhow::Result<Self> {
        let metrics = Metrics::new(&parts.registry)?;
        let db = parts.db.for_live();
        let spent = store::spent_tokens(&db, parts.clock.now_ms()).await?;
        let life_ms = parts.config.resume_life_s.max(parts.config.token_life_s) * 1_000;
        let shut_out = store::shut_outs(&db, parts.clock.now_ms() - life_ms).await?;
        let rings = Arc::new(RingBudget::new(metrics.clone()));
        let desk = Arc::new(Desk::new(parts.node, metrics.clone()));
        let strangers = Strangers::new(&parts.config, metrics.drops.clone(), &parts.registry)?;
        let live = Self(Arc::new(Inner {
            config: Arc::new(parts.config),
            db,
            key: parts.key,
            spent: SpentTokens::restore(spent),
            shut_out: Arc::new(ShutOut::restore(shut_out)),
            clock: parts.clock,
            desk,
            metrics,
            shutdown: parts.shutdown,
            fairs: Arc::default(),
            busy: Arc::default(),
            rings,
            lost: DashSet::new(),
            down: DashSet::new(),
            deaths: DashMap::new(),
            opening: tokio::sync::Mutex::new(()),
            next_socket: AtomicU64::new(1),
            sockets: AtomicUsize::new(0),
            strangers,
            buffer_high: AtomicUsize::new(0),
            started: tokio::time::Instant::now(),
        }));
        let (desk, teller) = (live.0.desk.clone(), live.clone());
        tokio::spawn(crate::media::run(desk, parts.node_events, move |signal| {
            if let Some(fair) = teller.fair(signal.fair) {
                fair.media(signal);
            }
        }));
        tokio::spawn(live.clone().chores());
        live.0.shutdown.spawn(live.clone().end());
        Ok(live)
    }

    /// Waits until no fair is open here any more, after the shutdown began: the interviews that
    /// ran then are over, or their time is.
    pub async fn drained(&self) {
        self.0.shutdown.triggered().await;
        // One that is being opened is let in first, to be waited for.
        drop(self.0.opening.lock().await);
        for fair in self.0.fairs.all() {
            fair.closed().await;
        }
    }

    /// With the last interview, the media connections end: nobody is there to close them later.
    async fn end(self) {
        self.drained().await;
        self.0.desk.close_all();
    }

    /// `GET /live/ws`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/live/ws", get(crate::socket::upgrade))
            .with_state(self.clone())
    }

    /// Signs a join token; the portal calls this after its own checks.
    pub fn sign(&self, claims: &JoinClaims) -> String {
        self.0.key.sign(claims)
    }

    /// What keeps this process from serving its fairs, if anything does.
    pub fn trouble(&self) -> Option<LiveTrouble> {
        if self.is_draining() {
            return Some(LiveTrouble::Draining);
        }
        if !self.0.desk.media_ready() {
            return Some(LiveTrouble::Media);
        }
        if let Some(fair) = self.0.down.iter().next() {
            return Some(LiveTrouble::OwnerDown(*fair));
        }
        let stalled = self.0.fairs.all().iter().any(FairHandle::is_stalled);
        stalled.then_some(LiveTrouble::Stalled)
    }

    /// Has a worker of the media node panic, for tests of what follows.
    #[doc(hidden)]
    pub fn crash_media_worker(&self, worker: usize) {
        self.0.desk.crash_media_worker(worker);
    }

    /// Is this fair open here?
    pub fn is_open(&self, fair: FairId) -> bool {
        self.fair(fair).is_some()
    }

    /// Would an interviewer with this seat be let in? False, too, if the fair is not open here.
    pub fn has_seat(&self, fair: FairId, seat: SeatId, booth: BoothId, person: PersonId) -> bool {
        self.fair(fair)
            .is_some_and(|fair| fair.has_seat(seat, booth, person))
    }

    /// Tells a fair something from the portal; returns once it is committed.
    ///
    /// # Errors
    /// The core's refusal; [`Refusal::NotFound`] if the fair is not open here;
    /// [`Refusal::Internal`] if it was not committed.
    pub async fn portal_command(
        &self,
        fair: FairId,
        command: PortalCommand,
    ) -> Result<(), Refusal> {
        self.fair(fair)
            .ok_or(Refusal::NotFound)?
            .portal(command)
            .await
    }

    /// The fair in numbers with all its booths; `None` if it is not open here.
    pub async fn wall(&self, fair: FairId) -> Option<WallView> {
        self.fair(fair)?.look(|fair| fair.wall_view()).await
    }

    /// Everyone who waits for or talks to a booth; `None` if the fair is not open here or has no
    /// such booth.
    pub async fn booth_rows(&self, fair: FairId, booth: BoothId) -> Option<Vec<QueueRow>> {
        self.fair(fair)?
            .look(move |fair| fair.booth_rows(booth))
            .await?
    }

    /// A student's entries and all that goes with them; `None` if the fair is not open here or
    /// has never seen the student.
    pub async fn student_view(&self, fair: FairId, student: PersonId) -> Option<StudentView> {
        self.fair(fair)?
            .look(move |fair| fair.student_view(student, None))
            .await?
    }

    /// A call, for permission checks; also of a fair that is closed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn call_of(&self, call: CallId) -> Result<Option<CallRecord>, StoreError> {
        store::call_of(&self.0.db, call).await
    }

    /// A queue entry, for permission checks; also of a fair that is closed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn entry_of(&self, entry: EntryId) -> Result<Option<EntryRecord>, StoreError> {
        store::entry_of(&self.0.db, entry).await
    }

    async fn chores(self) {
        let keep = Duration::from_secs(self.0.config.media_grace_s);
        // Whoever is forgotten cannot come back to a call either.
        let in_call = keep.max(Duration::from_secs(self.0.config.resume_s));
        loop {
            tokio::select! {
                () = self.0.shutdown.triggered() => return,
                () = tokio::time::sleep(CHORES) => {}
            }
            let now_ms = self.0.clock.now_ms();
            self.0.spent.forget(now_ms);
            self.forget_shut_outs(now_ms).await;
            self.0.desk.sweep(keep, in_call);
        }
    }

    pub(crate) fn fair(&self, fair: FairId) -> Option<FairHandle> {
        self.0.fairs.get(fair)
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    /// When this process began to serve.
    pub(crate) fn started(&self) -> tokio::time::Instant {
        self.0.started
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn desk(&self) -> &Arc<Desk> {
        &self.0.desk
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.0.shutdown.is_triggered()
    }

    /// What a page is told that comes for a fair which is not open here.
    pub(crate) fn without(&self, fair: FairId) -> Bye {
        // Another process decides for it, or its own task comes back: the page finds it when it
        // tries again.
        if self.0.lost.contains(&fair) || self.0.down.contains(&fair) {
            return Bye::Restart;
        }
        Bye::FairUnknown
    }

    /// The process is about to end, and no fair is open here any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_draining() && !self.0.fairs.all().iter().any(FairHandle::is_open)
    }

    pub(crate) fn verify(&self, token: &str) -> Result<JoinClaims, TokenError> {
        self.0
            .key
            .verify(token, self.0.clock.now_ms(), self.0.config.token_life_s)
    }

    pub(crate) fn spend(&self, claims: &JoinClaims) -> Result<(), TokenError> {
        self.0.spent.spend(claims)
    }

    pub(crate) fn next_socket(&self) -> SocketId {
        SocketId(self.0.next_socket.fetch_add(1, Ordering::Relaxed))
    }

    /// What a resume secret says, if it is good.
    pub(crate) fn open_secret(&self, secret: &str) -> Result<ResumeClaims, TokenError> {
        let life_s = self.0.config.resume_life_s;
        self.0.key.open(secret, self.0.clock.now_ms(), life_s)
    }

    /// The secret with which a tab may come back, also after a restart of this process.
    pub(crate) fn seal(&self, claims: &ResumeClaims) -> String {
        self.0.key.seal(claims)
    }

    pub(crate) fn now_s(&self) -> i64 {
        self.0.clock.now_ms() / 1_000
    }

    /// Places of sockets that have not said a good hello.
    pub(crate) fn strangers(&self) -> &Strangers {
        &self.0.strangers
    }

    /// A place for one more socket that has.
    pub(crate) fn take_place(&self) -> Option<Place> {
        let before = self.0.sockets.fetch_add(1, Ordering::Relaxed);
        if before >= self.0.config.max_sockets {
            self.0.sockets.fetch_sub(1, Ordering::Relaxed);
            self.0.metrics.drops.with_label_values(&["full"]).inc();
            return None;
        }
        self.0.metrics.sockets.inc();
        Some(Place {
            live: self.clone(),
            _hold: self.0.shutdown.hold(),
        })
    }

    /// Notes the most that a socket had unsent.
    pub(crate) fn note_buffer(&self, bytes: usize) {
        let before = self.0.buffer_high.fetch_max(bytes, Ordering::Relaxed);
        let high = i64::try_from(before.max(bytes)).unwrap_or(i64::MAX);
        self.0.metrics.buffer_high_bytes.set(high);
    }
}
