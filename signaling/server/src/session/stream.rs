//! What one person has been told, numbered, with the last messages kept for coming back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::ws::Utf8Bytes;
use signaling_core::SocketId;
use signaling_protocol::{Sequence, limits};

use super::rings::RingBudget;
use super::{Body, SocketRef};

/// Bytes kept for one person, besides the limit on their number.
const RING_BYTES: usize = 128 * 1024;
/// Tabs that are remembered of one person.
const TABS: usize = 2 * limits::SOCKETS_PER_PERSON;

/// A person's messages and sockets.
#[derive(Debug)]
pub(super) struct Stream {
    epoch: u64,
    /// Number of the last message.
    n: u64,
    /// Whoever heard all up to here is missing nothing that is not in the ring.
    floor: u64,
    /// Kept messages with their numbers; of those that a later one makes needless, the later one.
    ring: VecDeque<(u64, Body)>,
    ring_bytes: usize,
    budget: Arc<RingBudget>,
    pub sockets: Vec<SocketRef>,
    /// Tabs with their last sockets, the oldest first.
    tabs: VecDeque<(u64, SocketId)>,
    /// Sockets that are open, attached or not yet.
    pub open: usize,
    /// Without a socket since.
    pub idle_since: Option<Instant>,
}

impl Stream {
    pub(super) fn new(epoch: u64, budget: Arc<RingBudget>) -> Self {
        Self {
            epoch,
            n: 0,
            floor: 0,
            ring: VecDeque::new(),
            ring_bytes: 0,
            budget,
            sockets: Vec::new(),
            tabs: VecDeque::new(),
            open: 0,
            idle_since: None,
        }
    }

    /// Where the stream stands.
    pub(super) fn at(&self) -> Sequence {
        Sequence {
            epoch: self.epoch,
            n: self.n,
        }
    }

    /// Numbers a message, keeps it, and hands it to all sockets.
    pub(super) fn send(&mut self, body: &Body, cause: Option<Instant>) {
        self.n += 1;
        self.keep(body);
        if self.sockets.is_empty() {
            return;
        }
        let text: Utf8Bytes = body.frame(Some(self.at()), None).into();
        for socket in &self.sockets {
            socket.outbox.push(text.clone(), cause);
        }
    }

    fn keep(&mut self, body: &Body) {
        if body.subject().is_some() {
            let needless = |(_, kept): &(u64, Body)| kept.subject() == body.subject();
            if let Some(at) = self.ring.iter().position(needless)
                && let Some((_, kept)) = self.ring.remove(at)
            {
                self.forget(&kept);
            }
        }
        self.ring.push_back((self.n, body.clone()));
        self.ring_bytes += body.len();
        let fits = self.budget.add(body.len());
        while self.ring.len() > limits::RESUME_RING || self.ring_bytes > RING_BYTES {
            if !self.drop_oldest() {
                break;
            }
        }
        if !fits {
            self.budget.note_dropped();
            while self.drop_oldest() {}
        }
    }

    fn drop_oldest(&mut self) -> bool {
        let Some((n, oldest)) = self.ring.pop_front() else {
            return false;
        };
        self.floor = n;
        self.forget(&oldest);
        true
    }

    fn forget(&mut self, body: &Body) {
        self.ring_bytes -= body.len();
        self.budget.give_back(body.len());
    }

    /// The frames after number `n`, if none is missing but those that later ones made needless.
    pub(super) fn missed(&self, at: Sequence) -> Option<Vec<String>> {
        if at.epoch != self.epoch || at.n > self.n || at.n < self.floor {
            return None;
        }
        let epoch = self.epoch;
        let after = self.ring.iter().filter(|(n, _)| *n > at.n);
        let frames = after.map(|(n, body)| body.frame(Some(Sequence { epoch, n: *n }), None));
        Some(frames.collect())
    }

    /// The last socket of a tab.
    pub(super) fn tab(&self, tab: u64) -> Option<SocketId> {
        let known = self.tabs.iter().find(|(known, _)| *known == tab)?;
        Some(known.1)
    }

    /// Notes on which socket a tab is.
    pub(super) fn note_tab(&mut self, tab: u64, socket: SocketId) {
        self.tabs.retain(|(known, _)| *known != tab);
        if self.tabs.len() >= TABS {
            self.tabs.pop_front();
        }
        self.tabs.push_back((tab, socket));
    }

    /// Forgets all tabs.
    pub(super) fn forget_tabs(&mut self) {
        self.tabs.clear();
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.budget.give_back(self.ring_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;
    use signaling_core::{Audience, Outgoing, Urgency};
    use signaling_protocol::{
        BoothId, EntryId, Origin, QueueState, ServerBody, Stage, StudentEntry,
    };
    use uuid::Uuid;

    fn stream(epoch: u64) -> Stream {
        let metrics = Metrics::new(&prometheus::Registry::new()).unwrap();
        Stream::new(epoch, Arc::new(RingBudget::new(metrics)))
    }

    fn body(text: &str) -> Body {
        Body::new(
            &ServerBody::Broadcast {
                text: text.to_owned(),
                at_ms: 0,
            },
            None,
        )
    }

    fn entry(number: u128, position: u32) -> Body {
        let entry = StudentEntry {
            entry: EntryId(Uuid::from_u128(number)),
            booth: BoothId(Uuid::from_u128(9)),
            number: "B-009".to_owned(),
            company: "示例".repeat(20),
            job: None,
            origin: Origin::Applied,
            stage: Stage::Waiting,
            position: Some(position),
            wait: None,
            queue: QueueState::Open,
            deadline_ms: None,
            ready_ms: None,
            laters_left: 2,
            cause: None,
            reason: None,
            call: None,
            since_ms: 0,
        };
        Body::of(&Outgoing {
            to: Audience::Everyone,
            body: ServerBody::Entry { entry },
            urgency: Urgency::Now,
            stamp: None,
        })
    }

    fn at(epoch: u64, n: u64) -> Sequence {
        Sequence { epoch, n }
    }

    #[test]
    fn what_was_missed_is_replayed_in_order() {
        let mut stream = stream(5);
        for text in ["a", "b", "c"] {
            stream.send(&body(text), None);
        }
        let missed = stream.missed(at(5, 1)).unwrap();
        assert_eq!(missed.len(), 2);
        assert!(missed[0].contains(r#""n":2"#) && missed[0].contains(r#""b""#));
        assert!(missed[1].contains(r#""n":3"#) && missed[1].contains(r#""c""#));
        assert_eq!(stream.missed(at(5, 3)), Some(Vec::new()));
    }

    #[test]
    fn too_far_behind_another_epoch_or_the_future_needs_a_snapshot() {
        let mut stream = stream(5);
        for _ in 0..limits::RESUME_RING + 10 {
            stream.send(&body("x"), None);
        }
        assert_eq!(stream.missed(at(5, 9)), None);
        assert!(stream.missed(at(5, 10)).is_some());
        assert_eq!(stream.missed(at(4, 100)), None);
        assert_eq!(stream.missed(at(5, 10_000)), None);
    }

    #[test]
    fn large_messages_push_older_ones_out() {
        let mut stream = stream(1);
        for _ in 0..10 {
            stream.send(&body(&"x".repeat(RING_BYTES / 4)), None);
        }
        assert_eq!(stream.missed(at(1, 0)), None);
        assert!(stream.missed(at(1, 7)).is_some());
    }

    #[test]
    fn of_one_entry_the_last_word_is_kept_and_nothing_is_missing_by_it() {
        let mut stream = stream(1);
        stream.send(&body("first"), None);
        for position in (1..=2_000).rev() {
            stream.send(&entry(1, position), None);
            stream.send(&entry(2, position), None);
        }
        assert_eq!(stream.ring.len(), 3);
        let missed = stream.missed(at(1, 0)).unwrap();
        assert_eq!(missed.len(), 3);
        assert!(missed[2].contains(r#""n":4001"#) && missed[2].contains(r#""position":1,"#));
        assert_eq!(stream.missed(at(1, 4_000)).unwrap().len(), 1);
    }

    #[test]
    fn all_rings_together_are_bounded_and_what_is_dropped_costs_a_snapshot() {
        let metrics = Metrics::new(&prometheus::Registry::new()).unwrap();
        let budget = Arc::new(RingBudget::new(metrics.clone()));
        let large = body(&"x".repeat(RING_BYTES - 1_000));
        let mut streams: Vec<Stream> = (0..limits::RESUME_RINGS_BYTES / large.len() + 5)
            .map(|_| Stream::new(1, budget.clone()))
            .collect();
        for stream in &mut streams {
            stream.send(&large, None);
        }
        let bytes = usize::try_from(metrics.setbacks.ring_bytes.get()).unwrap();
        assert!(bytes <= limits::RESUME_RINGS_BYTES, "{bytes}");
        assert_eq!(metrics.setbacks.rings_dropped.get(), 5);
        assert_eq!(streams.last().unwrap().missed(at(1, 0)), None);
        assert!(streams[0].missed(at(1, 0)).is_some());
        drop(streams);
        assert_eq!(metrics.setbacks.ring_bytes.get(), 0);
    }
}
