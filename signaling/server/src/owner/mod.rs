//! The one task that decides for a fair.
//!
//! It takes inputs in batches, lets the core work each off, commits the batch's rows and events
//! in one transaction, and then carries out what followed, in order. While a commit runs, new
//! inputs wait in the inbox: the slower the disk, the larger the batches.

mod batch;
mod deliver;
mod input;
mod recover;
mod tally;

use std::sync::Arc;
use std::time::{Duration, Instant};

use base::clock::Clock;
use base::db::Db;
use base::shutdown::Shutdown;
use signaling_core::{Fair, FairSetup};
use signaling_protocol::Bye;
use tokio::sync::mpsc;

use crate::config::Config;
use crate::live::ShutOut;
use crate::media::Desk;
use crate::metrics::Metrics;
use crate::session::Registry;
use crate::store::{Lease, StoreError};

use batch::Batch;
pub(crate) use input::Input;
pub(crate) use tally::Tally;

/// Inputs of one batch.
const BATCH: usize = 512;
/// Time that the core may work before what it has is committed and told.
const SLICE: Duration = Duration::from_millis(20);
/// Sign of life of an idle fair, and the pace of the small chores.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// The longest sleep before the clock is read anew; a simulated clock moves at any time.
const NAP: Duration = Duration::from_millis(500);
const SIMULATED_NAP: Duration = Duration::from_millis(10);

/// Everything that the owner task of a fair works with.
pub(crate) struct Owner {
    pub fair: Fair,
    pub setup: FairSetup,
    pub lease: Lease,
    pub db: Db,
    pub inputs: mpsc::Receiver<Input>,
    pub registry: Arc<Registry>,
    pub desk: Arc<Desk>,
    pub shut_out: Arc<ShutOut>,
    pub clock: Clock,
    pub metrics: Metrics,
    pub config: Arc<Config>,
    pub tally: Tally,
    pub committed_at: Instant,
    /// The process is about to end: only what runs goes on.
    pub draining: bool,
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
    /// Decides until the shutdown, or until another node has the fair. Interviews that run when
    /// the shutdown begins go on until they end or [`Shutdown::closing`] comes.
    pub(crate) async fn run(mut self, shutdown: Shutdown) -> Ended {
        self.metrics.fairs.inc();
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
            if let Err(StoreError::LeaseLost { fair }) = self.turn(first).await {
                tracing::error!(%fair, "another node decides for this fair: stopping here");
                self.metrics.leases_lost.inc();
                self.close();
                return Ended::LeaseLost;
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

    /// Lets nothing begin any more.
    fn drain(&mut self) {
        self.draining = true;
        self.fair.handle_drain(self.clock.now_ms());
        let calls = self.fair.running_calls();
        tracing::info!(fair = %self.lease.fair, calls, "live fair drains");
    }

    /// Sends everyone away; they come back to whoever decides next.
    fn close(&mut self) {
        self.inputs.close();
        while let Ok(input) = self.inputs.try_recv() {
            if let Input::Arrived(arrival) = input {
                arrival.socket.outbox.cut(Bye::Restart);
            }
        }
        for socket in self.registry.sockets() {
            socket.outbox.finish(Bye::Restart);
        }
        self.tally.clear(&self.metrics);
        self.metrics.fairs.dec();
        tracing::info!(fair = %self.lease.fair, "live fair closed here");
    }

    /// How long nothing happens by itself.
    fn nap(&self) -> Duration {
        let most = match self.clock {
            Clock::System => NAP,
            Clock::Simulated(_) => SIMULATED_NAP,
        };
        let until_due = self.fair.poll_timeout().map_or(most, |due_ms| {
            let wait_ms = due_ms.saturating_sub(self.clock.now_ms());
            Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0))
        });
        until_due.min(most)
    }

    /// One batch: work, commit, tell.
    async fn turn(&mut self, first: Option<Input>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        self.metrics
            .inbox_length
            .set(i64::try_from(self.inputs.len()).unwrap_or(i64::MAX));
        let begun = Instant::now();
        self.work_off_due(&mut batch);
        if let Some(first) = first {
            self.take(first, &mut batch);
            while batch.inputs < BATCH && begun.elapsed() < SLICE {
                let Ok(input) = self.inputs.try_recv() else {
                    break;
                };
                self.take(input, &mut batch);
            }
            self.metrics.batch_inputs.observe(batch.inputs as f64);
        }
        let heartbeat = self.committed_at.elapsed() >= HEARTBEAT;
        if heartbeat {
            self.chores();
        }
        if (heartbeat || !batch.work.is_empty())
            && let Err(error) = self.commit(&batch).await
        {
            return self.recover(batch, error).await;
        }
        self.deliver(batch).await;
        Ok(())
    }

    fn work_off_due(&mut self, batch: &mut Batch) {
        let now_ms = self.clock.now_ms();
        let Some(due_ms) = self.fair.poll_timeout().filter(|due_ms| *due_ms <= now_ms) else {
            return;
        };
        let late = Duration::from_millis(u64::try_from(now_ms - due_ms).unwrap_or(0));
        self.metrics.late_seconds.observe(late.as_secs_f64());
        self.fair.handle_timeout(now_ms);
        self.collect(batch, Some(Instant::now()));
    }

    fn chores(&self) {
        self.registry
            .sweep(Duration::from_secs(self.config.resume_s));
    }
}
