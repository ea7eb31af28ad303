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
    Failed(Death),
}

/// How a worker's thread came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// It panicked.
    Panic,
    /// The operating system refused to let it wait or receive.
    Error,
    /// It did not go round for too long.
    Stalled,
    /// Its queue was full, or nobody read it any more.
    Deaf,
}

impl Death {
    /// Every label.
    pub const LABELS: [&str; 4] = ["panic", "error", "stalled", "deaf"];

    /// The cause as a metric's label.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Error => "error",
            Self::Stalled => "stalled",
            Self::Deaf => "deaf",
        }
    }
}

/// Which of the threads that a worker has had, from its first one on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Term(pub u32);

/// Who tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Teller {
    /// The worker.
    pub worker: WorkerId,
    /// Which of its threads: what an earlier one still tells is of the past.
    pub term: Term,
}

/// A worker's end.
pub struct Outbox {
    teller: Teller,
    mouth: Mouth,
    dropped: u64,
    held: Vec<Event>,
    /// When `held` is to be told.
    due: Option<Instant>,
}

/// What outboxes are made of, and what tells of a thread that has no outbox any more.
#[derive(Clone)]
pub struct Mouth {
    sender: UnboundedSender<(Teller, Told)>,
    waiting: Arc<AtomicUsize>,
}

/// The control plane's end, for all workers.
pub struct Reports {
    receiver: UnboundedReceiver<(Teller, Told)>,
    waiting: Arc<AtomicUsize>,
}

/// What tells, and the one who reads it all.
#[must_use]
pub fn reports() -> (Mouth, Reports) {
    let (sender, receiver) = unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let mouth = Mouth {
        sender,
        waiting: Arc::clone(&waiting),
    };
    (mouth, Reports { receiver, waiting })
}

impl Mouth {
    /// The outbox of one thread.
    #[must_use]
    pub fn outbox(&self, teller: Teller) -> Outbox {
        Outbox {
            teller,
            mouth: self.clone(),
            dropped: 0,
            held: Vec::new(),
            due: None,
        }
    }

    /// Tells something of a worker.
    pub fn tell(&self, teller: Teller, told: Told) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        // Without a reader the node is being taken down, and nobody misses it.
        let _ = self.sender.send((teller, told));
    }
}

impl Outbox {
    /// Tells an event. One that will come again is held until [`Outbox::due`] or the next event
    /// that will not, and dropped while too many wait.
    pub fn tell(&mut self, now: Instant, event: Event) {
        if !matches!(event, Event::Quality { .. } | Event::Levels { .. }) {
            self.tell_held();
            return self.push(Told::Event(event));
        }
        if self.held.len() + self.mouth.waiting.load(Ordering::Relaxed) >= WAITING_EVENTS {
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

    /// Events dropped since too many waited.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn push(&mut self, told: Told) {
        self.mouth.tell(self.teller, told);
    }
}

impl Reports {
    /// The next thing told; `None` when all workers have ended and everything was read.
    pub async fn next(&mut self) -> Option<(Teller, Told)> {
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

    fn outbox(mouth: &Mouth, worker: u16) -> Outbox {
        mouth.outbox(Teller {
            worker: WorkerId(worker),
            term: Term(0),
        })
    }

    #[tokio::test]
    async fn repeating_figures_are_dropped_while_too_many_wait_and_others_are_not() {
        let (mouth, mut reports) = reports();
        let mut outboxes = [outbox(&mouth, 0), outbox(&mouth, 1)];
        let peer = PeerId(1);
        let now = Instant::now();
        for _ in 0..WAITING_EVENTS {
            outboxes[0].tell(now, Event::Levels { peer, level: 3 });
        }
        outboxes[0].tell_due(now + HOLD);
        outboxes[1].tell(now, Event::Levels { peer, level: 4 });
        outboxes[1].tell(now, Event::Connected { peer });
        assert_eq!((outboxes[0].dropped(), outboxes[1].dropped()), (0, 1));
        drop((mouth, outboxes));
        let mut told = 0;
        while let Some((teller, event)) = reports.next().await {
            told += 1;
            assert_eq!(
                teller.worker == WorkerId(1),
                matches!(event, Told::Event(Event::Connected { .. }))
            );
        }
        assert_eq!(told, WAITING_EVENTS + 1);
    }

    #[tokio::test]
    async fn repeating_figures_are_told_together_and_never_behind_what_came_later() {
        let (mouth, mut reports) = reports();
        let mut outboxes = [outbox(&mouth, 0)];
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
        drop((mouth, outboxes));
        let mut told = Vec::new();
        while let Some((_, Told::Event(event))) = reports.next().await {
            told.push(event);
        }
        assert_eq!(told, [level(1), level(2), level(3), Event::Gone { peer }]);
    }
}
