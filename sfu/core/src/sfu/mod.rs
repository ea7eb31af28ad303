//! One worker's media server: peers, tracks and routes of one thread.

use std::sync::Arc;
use std::time::Instant;

use crate::batch::Batch;
use crate::certificate::Identity;
use crate::command::Command;
use crate::config::Config;
use crate::crossing::CrossingBatch;
use crate::event::Event;
use crate::ids::WorkerId;
use crate::stats::Stats;
use crate::transmit::{Outgoing, Transmit};

/// The media server of one worker thread. It owns no socket, no clock and no lock: the shell gives
/// it inputs and then drains `transmits`, `poll_crossing`, `poll_event` and `poll_timeout`.
pub struct Sfu {
    outgoing: Outgoing,
    stats: Stats,
}

impl Sfu {
    /// A worker without peers. `seed` feeds every random number that it draws.
    pub fn new(
        config: Config,
        worker: WorkerId,
        identity: Arc<Identity>,
        seed: [u8; 32],
        now: Instant,
    ) -> Sfu {
        let _ = (config, worker, identity, seed, now);
        Sfu {
            outgoing: Outgoing::default(),
            stats: Stats::default(),
        }
    }

    /// Takes in a batch of datagrams; they are opened in place.
    pub fn handle_datagrams(&mut self, now: Instant, batch: &mut Batch) {
        let _ = (now, batch);
    }

    /// Carries out an order of the shell.
    pub fn handle_command(&mut self, now: Instant, command: Command) {
        let _ = (now, command);
    }

    /// Takes in what another worker hands over.
    pub fn handle_crossing(&mut self, now: Instant, batch: CrossingBatch) {
        let _ = (now, batch);
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        let _ = now;
    }

    /// Everything that waits to be sent, in order; the shell sends it all (in one `sendmmsg`, if
    /// it can) and then calls [`Sfu::clear_transmits`].
    pub fn transmits(&self) -> impl Iterator<Item = Transmit<'_>> {
        self.outgoing.iter()
    }

    /// Forgets what [`Sfu::transmits`] showed.
    pub fn clear_transmits(&mut self) {
        self.outgoing.clear();
    }

    /// The next thing to send, one at a time: for shells without batched sends.
    pub fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        self.outgoing.poll()
    }

    /// The next batch for another worker.
    pub fn poll_crossing(&mut self) -> Option<(WorkerId, CrossingBatch)> {
        None
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<Event> {
        None
    }

    /// When [`Sfu::handle_timeout`] is wanted.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// The counters.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }
}
