//! The node's own task: reads what the workers tell, and puts new threads into the places of those
//! that died.
//!
//! A worker that dies takes its peers' keys with it. Its peers are told that they are closed, so
//! their pages come back by themselves, and find a worker at the same port.

use std::time::{Duration, Instant};

use base::shutdown::Shutdown;
use sfu_core::WorkerId;
use tokio::sync::oneshot;
use tokio::time::MissedTickBehavior;

use super::Node;
use super::crew::{Crew, Thread};
use super::watch::{DEATH_WINDOW, Deaths, LOOK, MAX_DEATHS, Pulse};
use crate::worker::{Death, Reports, Teller, Told};

/// Ends the process if its task panics: without it nobody is told anything, and nothing is mended.
pub struct Alarm(pub Shutdown);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail("a task of the media node panicked".to_owned());
        }
    }
}

/// Looks after the workers of one node.
pub struct Supervisor {
    node: Node,
    _alarm: Alarm,
    crew: Crew,
    shutdown: Shutdown,
    pulses: Vec<Pulse>,
    deaths: Deaths,
    /// Workers whose place could not be filled yet.
    unmanned: Vec<WorkerId>,
    stalled_after: Duration,
}

impl Supervisor {
    /// A supervisor of threads that run.
    pub fn new(node: Node, crew: Crew, shutdown: Shutdown) -> Self {
        Self {
            node,
            _alarm: Alarm(shutdown.clone()),
            shutdown,
            pulses: vec![Pulse::default(); crew.seats.len()],
            deaths: Deaths::default(),
            unmanned: Vec::new(),
            stalled_after: Duration::from_secs(u64::from(crew.config.worker_stalled_s)),
            crew,
        }
    }

    /// Works until `stop` is sent and all threads have ended; gives them back.
    pub async fn run(
        mut self,
        mut reports: Reports,
        mut stop: oneshot::Receiver<()>,
    ) -> Vec<Thread> {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                told = reports.next() => match told {
                    Some((teller, told)) => self.take(teller, told),
                    None => return self.crew.threads,
                },
                _ = looks.tick() => self.look(),
                _ = &mut stop, if self.crew.mouth.is_some() => {
                    // Nobody is replaced any more: the reports end with the last thread.
                    self.crew.mouth = None;
                    self.node.plan().take_down();
                }
            }
        }
    }

    fn take(&mut self, teller: Teller, told: Told) {
        match told {
            Told::Event(event) => self.node.plan().handle_event(teller, event),
            Told::Failed(death) => self.worker_died(teller, death),
        }
    }

    /// Closes the peers of a worker that died and fills its place, unless that is known already.
    fn worker_died(&mut self, teller: Teller, death: Death) {
        let is_news = self.node.plan().worker_failed(teller, death);
        if !is_news || self.crew.mouth.is_none() {
            return;
        }
        if self.deaths.note(Instant::now()) {
            let minutes = DEATH_WINDOW.as_secs() / 60;
            let most = MAX_DEATHS;
            self.shutdown.fail(format!(
                "media workers died more than {most} times in {minutes} minutes, the last by: {}",
                death.label()
            ));
            return;
        }
        self.fill(teller.worker);
    }

    /// Puts a new thread into a worker's place. The plan is held meanwhile: whoever was told that
    /// he is closed finds the new one.
    fn fill(&mut self, worker: WorkerId) {
        let at = usize::from(worker.0);
        let mut plan = self.node.plan();
        match self.crew.replace(at, plan.term(worker)) {
            Ok((handle, links)) => {
                plan.take_over(worker, handle, links);
                self.pulses[at] = Pulse::default();
                tracing::warn!(worker = worker.0, "a media worker was started again");
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(%error, worker = worker.0, "a media worker cannot be started again");
                self.unmanned.push(worker);
            }
        }
    }

    /// Looks whether every worker goes round, and tries again to fill empty places.
    fn look(&mut self) {
        if self.crew.mouth.is_none() {
            return;
        }
        for worker in std::mem::take(&mut self.unmanned) {
            self.fill(worker);
        }
        let pulses = &mut self.pulses;
        let stalled = self.node.plan().look(pulses, self.stalled_after);
        for teller in stalled {
            self.worker_died(teller, Death::Stalled);
        }
    }
}
