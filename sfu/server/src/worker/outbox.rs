//! What a worker tells the control plane: a queue that never makes the worker wait.
//!
//! Each thing told may wake another thread, which costs more than telling it. So figures that come
//! again and again are held back for a moment and told together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sfu_core::{Event, WorkerId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Events waiting from which on figures that come again anyway are dropped. Events that come once
/// are bounded by the number of peers.
const WAITING_EVENTS: usize = 65_536;

/// How long figures that come again are held back.
const HOLD: Duration = Duration::from_millis(100);

/// One thing told by a worker.
#[derive(Debug)]
pub enum Told {
    /// An event of the media server.
    Event(Event),
    /// The worker's thread has ended without being asked.
    Failed,
}

/// A worker's end.
#[derive(Clone)]
pub struct Outbox {
    worker: WorkerId,
    sender: UnboundedSender<(WorkerId, Told)>,
    waiting: Arc<AtomicUsize>,
    dropped: u64,
    held: Vec<Event>,
    /// When `held` is to be told.
    due: Option<Instant>,
}

/// The control plane's end, for all workers.
pub struct Reports {
    receiver: UnboundedReceiver<(WorkerId, Told)>,
    waiting: Arc<AtomicUsize>,
}

/// The ends of `workers` workers, and the one that reads them all.
#[must_use]
pub fn outboxes(workers: usize) -> (Vec<Outbox>, Reports) {
    let (sender, receiver) = unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let outboxes = (0..workers)
        .map(|worker| Outbox {
            worker: WorkerId(u16::try_from(worker).unwrap_or(u16::MAX)),
            sender: sender.clone(),
            waiting: Arc::clone(&waiting),
            dropped: 0,
            held: Vec::new(),
            due: None,
        })
        .collect();
    (outboxes, Reports { receiver, waiting })
}

impl Outbox {
    /// Tells an event. One that will come again is held until [`Outbox::due`] or the next event
    /// that will not, and dropped while too many wait.
    pub fn tell(&mut self, now: Instant, event: Event) {
        if !matches!(event, Event::Quality { .. } | Event::Levels { .. }) {
            self.tell_held();
            return self.push(Told::Event(event));
        }
        if self.held.len() + self.waiting.load(Ordering::Relaxed) >= WAITING_EVENTS {
            self.dropped += 1;
            return;
        }
        self.held.push(event);
        self.due.get_or_insert(now + HOLD);
    }

    /// When [`Outbox::tell_due`] has something to tell.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Tells what was held long enough.
    pub fn tell_due(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now) {
            self.tell_held();
        }
    }

    fn tell_held(&mut self) {
        self.due = None;
        let mut held = std::mem::take(&mut self.held);
        held.drain(..)
            .for_each(|event| self.push(Told::Event(event)));
        self.held = held;
    }

    /// Tells that the thread ends on its own.
    pub fn tell_failed(&mut self) {
        self.push(Told::Failed);
    }

    /// Events dropped since too many waited.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn push(&mut self, told: Told) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        // Without a reader the node is being taken down, and nobody misses it.
        let _ = self.sender.send((self.worker, told));
    }
}

impl Reports {
    /// The next thing told; `None` when all workers have ended and everything was read.
    pub async fn next(&mut self) -> Option<(WorkerId, Told)> {
        let told = self.receiver.recv().await;
        if told.is_some() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use sfu_core::PeerId;

    use super::*;

    #[tokio::test]
    async fn repeating_figures_are_dropped_while_too_many_wait_and_others_are_not() {
        let (mut outboxes, mut reports) = outboxes(2);
        let peer = PeerId(1);
        let now = Instant::now();
        for _ in 0..WAITING_EVENTS {
            outboxes[0].tell(now, Event::Levels { peer, level: 3 });
        }
        outboxes[0].tell_due(now + HOLD);
        outboxes[1].tell(now, Event::Levels { peer, level: 4 });
        outboxes[1].tell(now, Event::Connected { peer });
        assert_eq!((outboxes[0].dropped(), outboxes[1].dropped()), (0, 1));
        drop(outboxes);
        let mut told = 0;
        while let Some((worker, event)) = reports.next().await {
            told += 1;
            assert_eq!(
                worker == WorkerId(1),
                matches!(event, Told::Event(Event::Connected { .. }))
            );
        }
        assert_eq!(told, WAITING_EVENTS + 1);
    }

    #[tokio::test]
    async fn repeating_figures_are_told_together_and_never_behind_what_came_later() {
        let (mut outboxes, mut reports) = outboxes(1);
        let peer = PeerId(1);
        let now = Instant::now();
        let level = |level| Event::Levels { peer, level };
        outboxes[0].tell(now, level(1));
        outboxes[0].tell(now + HOLD / 2, level(2));
        outboxes[0].tell_due(now + HOLD / 2);
        assert_eq!(outboxes[0].due(), Some(now + HOLD));
        assert_eq!(reports.waiting.load(Ordering::Relaxed), 0);
        outboxes[0].tell_due(now + HOLD);
        assert_eq!(outboxes[0].due(), None);
        outboxes[0].tell(now + HOLD, level(3));
        outboxes[0].tell(now + HOLD, Event::Gone { peer });
        drop(outboxes);
        let mut told = Vec::new();
        while let Some((_, Told::Event(event))) = reports.next().await {
            told.push(event);
        }
        assert_eq!(told, [level(1), level(2), level(3), Event::Gone { peer }]);
    }
}
