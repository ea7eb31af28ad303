//! The node's events on their way to the platform: a bounded mailbox.
//!
//! A reader that falls behind must not cost memory without end, and must not make anybody wait. Of
//! what comes again and again the latest is kept, at the place of the first; what comes once is
//! kept as it is, and new peers are refused while too much of it waits: without new peers there is
//! a last event of each.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus::{IntCounter, IntGauge};
use sfu_core::{PeerId, SourceKind};
use tokio::sync::Notify;

use super::event::NodeEvent;

/// Events that may wait while new peers are taken.
pub const WAITING_EVENTS: usize = 65_536;

/// What comes again and again of a peer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Topic {
    /// Disconnected, recovered.
    Line,
    Slots,
    Quality,
    Level,
    Frame(PeerId, SourceKind),
}

enum Entry {
    Once(NodeEvent),
    /// The value stands in [`State::latest`].
    Latest(PeerId, Topic),
}

#[derive(Default)]
struct State {
    queue: VecDeque<Entry>,
    latest: HashMap<(PeerId, Topic), NodeEvent>,
    closed: bool,
}

struct Shared {
    state: Mutex<State>,
    news: Notify,
    figures: MailboxFigures,
}

/// What is counted.
#[derive(Clone)]
pub struct MailboxFigures {
    /// Events that wait.
    pub waiting: IntGauge,
    /// Events that took the place of an earlier one.
    pub coalesced: IntCounter,
}

/// The node's end.
pub struct Postbox {
    shared: Arc<Shared>,
}

/// What a node tells, in order; see [`NodeEvent`].
pub struct NodeEvents {
    shared: Arc<Shared>,
}

/// Both ends of a mailbox.
#[must_use]
pub fn mailbox(figures: MailboxFigures) -> (Postbox, NodeEvents) {
    let shared = Arc::new(Shared {
        state: Mutex::default(),
        news: Notify::new(),
        figures,
    });
    let postbox = Postbox {
        shared: Arc::clone(&shared),
    };
    (postbox, NodeEvents { shared })
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Postbox {
    /// Puts an event in. Never waits.
    pub fn put(&self, event: NodeEvent) {
        let mut state = self.shared.state();
        if let Some((peer, topic)) = topic_of(&event) {
            if state.latest.insert((peer, topic), event).is_some() {
                self.shared.figures.coalesced.inc();
                return;
            }
            state.queue.push_back(Entry::Latest(peer, topic));
        } else {
            state.queue.push_back(Entry::Once(event));
        }
        drop(state);
        self.shared.figures.waiting.inc();
        self.shared.news.notify_one();
    }

    /// Whether so much waits that no new peer should be taken.
    pub fn is_full(&self) -> bool {
        self.shared.state().queue.len() >= WAITING_EVENTS
    }
}

impl Drop for Postbox {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.news.notify_one();
    }
}

impl NodeEvents {
    /// The next event; `None` when the node is gone and everything was read.
    pub async fn recv(&mut self) -> Option<NodeEvent> {
        loop {
            if let Some(event) = self.try_recv() {
                return Some(event);
            }
            if self.shared.state().closed {
                return self.try_recv();
            }
            self.shared.news.notified().await;
        }
    }

    /// The next event, if one waits.
    pub fn try_recv(&mut self) -> Option<NodeEvent> {
        let mut state = self.shared.state();
        let event = match state.queue.pop_front()? {
            Entry::Once(event) => Some(event),
            Entry::Latest(peer, topic) => state.latest.remove(&(peer, topic)),
        };
        self.shared.figures.waiting.dec();
        event
    }
}

fn topic_of(event: &NodeEvent) -> Option<(PeerId, Topic)> {
    Some(match event {
        NodeEvent::Disconnected { peer } | NodeEvent::Recovered { peer } => (*peer, Topic::Line),
        NodeEvent::Slots { peer, .. } => (*peer, Topic::Slots),
        NodeEvent::Quality { peer, .. } => (*peer, Topic::Quality),
        NodeEvent::Level { peer, .. } => (*peer, Topic::Level),
        NodeEvent::FirstFrame { peer, from, kind } => (*peer, Topic::Frame(*from, *kind)),
        NodeEvent::Connected { .. }
        | NodeEvent::Gone { .. }
        | NodeEvent::FirstPacket { .. }
        | NodeEvent::Closed { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use sfu_core::{CloseReason, Quality};

    use super::*;

    fn figures() -> MailboxFigures {
        MailboxFigures {
            waiting: IntGauge::new("waiting", "Waiting.").unwrap(),
            coalesced: IntCounter::new("coalesced", "Coalesced.").unwrap(),
        }
    }

    fn quality(peer: PeerId, up_bps: u64) -> NodeEvent {
        let quality = Quality {
            up_bps,
            ..Quality::default()
        };
        NodeEvent::Quality { peer, quality }
    }

    #[tokio::test]
    async fn of_what_comes_again_the_latest_waits_and_nothing_else_is_lost() {
        let figures = figures();
        let (postbox, mut events) = mailbox(figures.clone());
        let (one, two) = (PeerId(1), PeerId(2));
        for second in 0..100_000 {
            postbox.put(quality(one, second));
            postbox.put(NodeEvent::Level {
                peer: one,
                level: (second % 100) as u8,
            });
            postbox.put(NodeEvent::Disconnected { peer: two });
            postbox.put(NodeEvent::Recovered { peer: two });
        }
        postbox.put(NodeEvent::Connected { peer: two });
        let reason = CloseReason::Gone;
        postbox.put(NodeEvent::Closed { peer: one, reason });
        assert_eq!(figures.waiting.get(), 5);
        assert_eq!(figures.coalesced.get(), 400_000 - 3);
        drop(postbox);
        let mut told = Vec::new();
        while let Some(event) = events.recv().await {
            told.push(event);
        }
        let expected = [
            quality(one, 99_999),
            NodeEvent::Level {
                peer: one,
                level: 99,
            },
            NodeEvent::Recovered { peer: two },
            NodeEvent::Connected { peer: two },
            NodeEvent::Closed { peer: one, reason },
        ];
        assert_eq!(told, expected);
        assert_eq!(figures.waiting.get(), 0);
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_woken() {
        let (postbox, mut events) = mailbox(figures());
        let reader = tokio::spawn(async move { events.recv().await });
        tokio::task::yield_now().await;
        let event = NodeEvent::Connected { peer: PeerId(1) };
        postbox.put(event.clone());
        assert_eq!(reader.await.unwrap(), Some(event));
    }
}
