//! The one task that decides for a fair.
//!
//! It takes inputs in batches, lets the core work each off at the time at which it came, commits the
//! batch's rows and events in one transaction, and then carries out what followed, in order. While a
//! commit runs, new inputs wait in the inbox: the slower the disk, the larger the batches. Deadlines
//! that are due are worked off after the inputs that came before them, so that a slow commit never
//! turns an answer into a miss.

mod answer;
mod batch;
mod deliver;
mod elsewhere;
mod input;
mod persist;
mod recover;
mod tally;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base::db::Db;
use base::shutdown::Shutdown;
use signaling_core::{Fair, FairSetup};
use signaling_protocol::{Bye, EntryId, PersonId};
use tokio::sync::mpsc;

use crate::clock::FairClock;
use crate::config::Config;
use crate::live::{Busy, Fairs, ShutOut};
use crate::media::Desk;
use crate::metrics::Metrics;
use crate::session::Registry;
use crate::store::Lease;

pub(crate) use answer::Answer;
use batch::Batch;
pub(crate) use input::{Input, Timed};
use persist::Unstored;
pub(crate) use tally::Tally;

/// Inputs of one batch.
const BATCH: usize = 512;
/// Time that the core may work before what it has is committed and told.
const SLICE: Duration = Duration::from_millis(20);
/// Sign of life of an idle fair, and the pace of the small chores, however busy it is.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// The longest sleep before the clock is read anew; a simulated clock moves at any time.
const NAP: Duration = Duration::from_millis(500);
const SIMULATED_NAP: Duration = Duration::from_millis(10);

/// What an owner task is made of.
pub(crate) struct OwnerParts {
    pub fair: Fair,
    pub setup: FairSetup,
    pub lease: Lease,
    pub db: Db,
    pub inputs: mpsc::Receiver<Timed>,
    pub registry: Arc<Registry>,
    pub desk: Arc<Desk>,
    pub shut_out: Arc<ShutOut>,
    pub busy: Arc<Busy>,
    pub fairs: Arc<Fairs>,
    pub health: Arc<Health>,
    pub time: Arc<FairClock>,
    pub metrics: Metrics,
    pub config: Arc<Config>,
    pub shutdown: Shutdown,
    pub tally: Tally,
}

/// Everything that the owner task of a fair works with.
pub(crate) struct Owner {
    fair: Fair,
    setup: FairSetup,
    lease: Lease,
    db: Db,
    inputs: mpsc::Receiver<Timed>,
    registry: Arc<Registry>,
    desk: Arc<Desk>,
    shut_out: Arc<ShutOut>,
    busy: Arc<Busy>,
    fairs: Arc<Fairs>,
    health: Arc<Health>,
    time: Arc<FairClock>,
    metrics: Metrics,
    config: Arc<Config>,
    shutdown: Shutdown,
    tally: Tally,
    /// Counts this fair among those that are open, as long as the task lives.
    _open: Gauge,
    committed_at: Instant,
    /// When the small chores were done last.
    chores_at: Instant,
    /// The process is about to end: only what runs goes on.
    draining: bool,
    /// Who is called, or in a call, here, with the entry.
    busy_here: HashMap<PersonId, EntryId>,
    /// Students whom another process has called.
    foreign: BTreeSet<PersonId>,
    /// Inputs that came of the last batch itself.
    again: Vec<Input>,
    /// Time in which nothing could be stored, not made up for yet.
    stood_still: Duration,
}

/// How a fair is, for those who only ask.
#[derive(Debug, Default)]
pub(crate) struct Health {
    stalled: AtomicBool,
}

impl Health {
    /// Nothing of it can be stored at the moment.
    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Relaxed)
    }

    /// Notes it; returns what was noted before.
    fn set_stalled(&self, stalled: bool) -> bool {
        self.stalled.swap(stalled, Ordering::Relaxed)
    }
}

/// Why an owner task has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The process ends.
    Shutdown,
    /// Another process decides for the fair.
    LeaseLost,
}

impl Owner {
    pub(crate) fn new(parts: OwnerParts) -> Self {
        let open = Gauge::up(parts.metrics.fairs.clone());
        Self {
            fair: parts.fair,
            setup: parts.setup,
            lease: parts.lease,
            db: parts.db,
            inputs: parts.inputs,
            registry: parts.registry,
            desk: parts.desk,
            shut_out: parts.shut_out,
            busy: parts.busy,
            fairs: parts.fairs,
            health: parts.health,
            time: parts.time,
            metrics: parts.metrics,
            config: parts.config,
            shutdown: parts.shutdown,
            tally: parts.tally,
            _open: open,
            committed_at: Instant::now(),
            chores_at: Instant::now(),
            draining: false,
            busy_here: HashMap::new(),
            foreign: BTreeSet::new(),
            again: Vec::new(),
            stood_still: Duration::ZERO,
        }
    }

    /// Decides until the shutdown, or until another node has the fair. Interviews that run when
    /// the shutdown begins go on until they end or [`Shutdown::closing`] comes.
    pub(crate) async fn run(mut self) -> Ended {
        self.note_rows();
        let shutdown = self.shutdown.clone();
        while !(self.draining && self.fair.running_calls() == 0) {
            let nap = self.nap();
            let first = tokio::select! {
                biased;
                () = shutdown.triggered(), if !self.draining => {
                    self.drain();
                    continue;
                }
                () = shutdown.closing(), if self.draining => break,
                first = self.inputs.recv() => match first {
                    Some(first) => Some(first),
                    None => break,
                },
                () = tokio::time::sleep(nap) => None,
            };
            match self.turn(first).await {
                Ok(()) => {}
                Err(Unstored::LeaseLost) => return self.lose_lease(),
                Err(_) => break,
            }
        }
        // What was asked before the end is still answered.
        while let Ok(input) = self.inputs.try_recv() {
            if self.turn(Some(input)).await.is_err() {
                break;
            }
        }
        self.close();
        Ended::Shutdown
    }

    fn lose_lease(mut self) -> Ended {
        tracing::error!(fair = %self.lease.fair, "another node decides for this fair: stopping here");
        self.metrics.leases_lost.inc();
        self.close();
        Ended::LeaseLost
    }

    /// Lets nothing begin any more.
    fn drain(&mut self) {
        self.draining = true;
        self.fair.handle_drain(self.time.now_ms());
        let calls = self.fair.running_calls();
        tracing::info!(fair = %self.lease.fair, calls, "live fair drains");
    }

    /// Sends everyone away; they come back to whoever decides next.
    fn close(&mut self) {
        self.inputs.close();
        while let Ok(timed) = self.inputs.try_recv() {
            if let Input::Arrived(arrival) = timed.input {
                arrival.socket.outbox.cut(Bye::Restart);
            }
        }
        for socket in self.registry.sockets() {
            socket.outbox.finish(Bye::Restart);
        }
        tracing::info!(fair = %self.lease.fair, "live fair closed here");
    }

    /// How long nothing happens by itself.
    fn nap(&self) -> Duration {
        if !self.again.is_empty() {
            return Duration::ZERO;
        }
        let most = if self.time.is_simulated() {
            SIMULATED_NAP
        } else {
            NAP
        };
        let until_due = self.fair.poll_timeout().map_or(most, |due_ms| {
            let wait_ms = due_ms.saturating_sub(self.time.now_ms());
            Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0))
        });
        until_due.min(most)
    }

    /// One batch: work, commit, tell.
    async fn turn(&mut self, first: Option<Timed>) -> Result<(), Unstored> {
        let mut batch = Batch::default();
        self.metrics
            .inbox_length
            .set(i64::try_from(self.inputs.len()).unwrap_or(i64::MAX));
        self.make_up(&mut batch);
        if let Some(by_ms) = self.time.follow() {
            self.clock_stepped(by_ms, &mut batch);
        }
        let until_ms = self.take_inputs(first, &mut batch);
        self.work_off_due(until_ms, &mut batch);
        if self.chores_at.elapsed() >= HEARTBEAT {
            self.chores_at = Instant::now();
            self.chores(&mut batch).await;
        }
        if self.committed_at.elapsed() >= HEARTBEAT || !batch.work.is_empty() {
            return self.store_and_deliver(batch).await;
        }
        self.deliver(batch).await;
        Ok(())
    }

    /// Works off what waits, as far as it fits into one batch. Up to the returned time, nothing that
    /// came is left.
    fn take_inputs(&mut self, first: Option<Timed>, batch: &mut Batch) -> i64 {
        let begun = Instant::now();
        let now_ms = self.time.now_ms();
        for input in std::mem::take(&mut self.again) {
            self.take(
                Timed {
                    at_ms: now_ms,
                    input,
                },
                batch,
            );
        }
        let Some(first) = first else {
            return now_ms;
        };
        let mut next = Some(first);
        let mut until_ms = now_ms;
        while let Some(timed) = next {
            until_ms = timed.at_ms.min(now_ms);
            self.take(timed, batch);
            if batch.inputs >= BATCH || begun.elapsed() >= SLICE {
                self.metrics.batch_inputs.observe(batch.inputs as f64);
                return until_ms;
            }
            next = self.inputs.try_recv().ok();
        }
        self.metrics.batch_inputs.observe(batch.inputs as f64);
        now_ms.max(until_ms)
    }

    /// Works off the deadlines up to `until_ms`.
    fn work_off_due(&mut self, until_ms: i64, batch: &mut Batch) {
        let due_ms = self.fair.poll_timeout();
        let Some(due_ms) = due_ms.filter(|due_ms| *due_ms <= until_ms) else {
            return;
        };
        let late_ms = self.time.now_ms().saturating_sub(due_ms);
        let late = Duration::from_millis(u64::try_from(late_ms).unwrap_or(0));
        self.metrics.late_seconds.observe(late.as_secs_f64());
        self.fair.handle_timeout(until_ms);
        self.collect(batch, Some(Instant::now()));
    }

    async fn chores(&mut self, batch: &mut Batch) {
        self.registry
            .sweep(Duration::from_secs(self.config.resume_s));
        self.sync_elsewhere();
        self.collect(batch, None);
        self.look_at_foreign(batch).await;
    }
}

impl Drop for Owner {
    /// Also when the task panics: other fairs must not wait for this one's students for ever.
    fn drop(&mut self) {
        self.tally.clear(&self.metrics);
        self.stalled(false);
        for person in self.busy.close(self.lease.fair) {
            self.fairs.tell_elsewhere(self.lease.fair, person);
        }
    }
}

/// A gauge that is one higher as long as this lives.
struct Gauge(prometheus::IntGauge);

impl Gauge {
    fn up(gauge: prometheus::IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Gauge {
    fn drop(&mut self) {
        self.0.dec();
    }
}
