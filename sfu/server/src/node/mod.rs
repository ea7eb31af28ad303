//! The media node: its workers, and the handle that the rest of the platform holds.
//!
//! A node is control plane only. Orders go to workers through bounded queues, events come back
//! through one task, and the plan of who sees whom stands behind a lock that no packet ever meets.

mod control;
mod crew;
mod event;
mod health;
mod mailbox;
mod plan;
mod start;
mod supervisor;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sfu_core::{Command, PeerId, RoomId, SourceKind};
use tokio::sync::oneshot;

pub(crate) use event::CLOSE_LABELS;
pub use event::{MediaRefused, NodeEvent};
pub use health::NodeHealth;
pub(crate) use mailbox::MailboxFigures;
pub use mailbox::NodeEvents;

use crate::config::Config;
use crate::metrics::NodeMetrics;
use health::Health;
use plan::Plan;

/// How long a worker may take to answer an offer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// A running media node. Clones are handles to the same node.
#[derive(Clone)]
pub struct Node {
    inner: Arc<Inner>,
}

struct Inner {
    plan: Mutex<Plan>,
    health: Arc<Health>,
    metrics: NodeMetrics,
}

impl Node {
    /// Opens all sockets, starts the workers, and lets the node run until `shutdown` is triggered
    /// and its peers have left or its deadline has come. Has to be called within a tokio runtime.
    ///
    /// # Errors
    /// The configuration cannot be had, a port is taken, or the registry has a node already.
    pub fn start(
        config: Config,
        registry: &prometheus::Registry,
        shutdown: base::shutdown::Shutdown,
    ) -> anyhow::Result<(Self, NodeEvents)> {
        start::start(config, registry, shutdown)
    }

    /// Connects a new peer: the answer to its offer. With `beside`, it is placed on that peer's
    /// worker if there is room, since those two will share a room.
    ///
    /// # Errors
    /// [`MediaRefused`]; nothing is kept of the peer.
    pub async fn connect(
        &self,
        peer: PeerId,
        offer: String,
        beside: Option<PeerId>,
    ) -> Result<String, MediaRefused> {
        let answer = self.plan().connect(peer, offer, beside);
        self.answered(answer).await
    }

    /// Gives a connected peer new ICE credentials: the answer to its new offer. Media goes on
    /// meanwhile.
    ///
    /// # Errors
    /// [`MediaRefused`]; the peer stays as it is.
    pub async fn restart_ice(&self, peer: PeerId, offer: String) -> Result<String, MediaRefused> {
        let answer = self.plan().restart_ice(peer, offer);
        self.answered(answer).await
    }

    async fn answered(
        &self,
        answer: Result<oneshot::Receiver<Result<String, MediaRefused>>, MediaRefused>,
    ) -> Result<String, MediaRefused> {
        let result = match answer {
            Ok(answer) => match tokio::time::timeout(ANSWER_TIMEOUT, answer).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) | Err(_) => Err(MediaRefused::NoAnswer),
            },
            Err(refused) => Err(refused),
        };
        if let Err(refused) = &result {
            self.inner
                .metrics
                .refused
                .with_label_values(&[refused.label()])
                .inc();
        }
        result
    }

    /// Lets a peer into a room, where every member sees and hears every other. The peer may
    /// connect later; the order of entering does not matter.
    pub fn enter(&self, room: RoomId, peer: PeerId) {
        self.plan()
            .change(|switchboard| switchboard.enter(room, peer));
    }

    /// Takes a peer out of a room.
    pub fn leave(&self, room: RoomId, peer: PeerId) {
        self.plan()
            .change(|switchboard| switchboard.leave(room, peer));
    }

    /// Lets a peer see and hear itself, or no more: the device test.
    pub fn echo(&self, peer: PeerId, on: bool) {
        self.plan()
            .change(|switchboard| switchboard.set_echo(peer, on));
    }

    /// Drops everything of one source, or lets it pass again, by a moderator's order.
    pub fn mute(&self, peer: PeerId, source: SourceKind, on: bool) {
        self.plan()
            .change(|switchboard| switchboard.mute(peer, source, on));
    }

    /// Closes a peer; [`NodeEvent::Closed`] follows.
    pub fn remove(&self, peer: PeerId) {
        self.plan().order_peer(peer, Command::Remove { peer });
    }

    /// Takes no new peers from now on; those that are there go on.
    pub fn drain(&self) {
        self.plan().draining = true;
        self.inner.metrics.draining.set(1);
    }

    /// Whether the workers run. Waits for nothing.
    #[must_use]
    pub fn health(&self) -> NodeHealth {
        self.inner.health.now()
    }

    /// Has a worker panic, for tests of what follows.
    #[doc(hidden)]
    pub fn crash_worker(&self, worker: usize) {
        self.plan().crash(worker);
    }

    /// Peers that are placed on a worker now.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.plan().peers()
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        // A panic while it was held left it whole: every change of it is a few map entries.
        self.inner
            .plan
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
