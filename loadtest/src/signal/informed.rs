//! How long until everyone who must hear of an event has heard of it: from the request sent to
//! the last addressee holding a message at or past that event.
//!
//! Addressees are those to whom the server sends a message whose stamp covers the event. What a
//! person already holds is not counted a second time, so a later refresh does not make an old
//! event late.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use signaling_protocol::{BoothId, Stamp};

use crate::stats::Durations;

/// An event of a booth's journal.
type Event = (BoothId, u64);

/// When the request behind an event left, and when the last addressee heard of it.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    sent_ns: Option<i64>,
    heard: Option<(i64, &'static str)>,
}

/// Shared by all sockets of a run.
#[derive(Debug, Default)]
pub struct Informed {
    events: Mutex<HashMap<Event, Span>>,
}

/// What one person holds, booth by booth.
#[derive(Debug, Default)]
pub struct Held(HashMap<BoothId, u64>);

impl Informed {
    /// A request was sent at `sent_ns`, and its answer names this event.
    pub fn requested(&self, stamp: Stamp, sent_ns: i64) {
        let Some(booth) = stamp.booth else { return };
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.entry((booth, stamp.last)).or_default().sent_ns = Some(sent_ns);
    }

    /// How many events were late by `limit_ns`, by the kind of message that came last.
    #[must_use]
    pub fn late(&self, limit_ns: i64) -> BTreeMap<&'static str, u64> {
        let mut late = BTreeMap::new();
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        for span in events.values() {
            if let (Some(sent), Some((heard, what))) = (span.sent_ns, span.heard)
                && heard - sent > limit_ns
            {
                *late.entry(what).or_default() += 1;
            }
        }
        late
    }

    /// A person heard a message of the kind `what` with this stamp.
    pub fn heard(&self, held: &mut Held, stamp: Stamp, at_ns: i64, what: &'static str) {
        let Some(booth) = stamp.booth else { return };
        let holds = held.0.entry(booth).or_default();
        let from = stamp.first.max(*holds + 1);
        *holds = (*holds).max(stamp.last);
        if from > stamp.last {
            return;
        }
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        for event in from..=stamp.last {
            let span = events.entry((booth, event)).or_default();
            span.heard = span.heard.max(Some((at_ns, what)));
        }
    }

    /// Times of all events that a request caused and somebody heard of.
    #[must_use]
    pub fn durations(&self) -> Durations {
        let mut durations = Durations::default();
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        for span in events.values() {
            if let (Some(sent), Some((heard, _))) = (span.sent_ns, span.heard) {
                durations.add_ns(heard - sent);
            }
        }
        durations
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MS;
    use uuid::Uuid;

    fn stamp(first: u64, last: u64) -> Stamp {
        Stamp {
            booth: Some(BoothId(Uuid::from_u128(1))),
            first,
            last,
        }
    }

    #[test]
    fn the_last_addressee_counts_and_a_refresh_does_not() {
        let informed = Informed::default();
        let (mut early, mut late) = (Held::default(), Held::default());
        informed.requested(stamp(3, 3), 100 * MS);
        informed.heard(&mut early, stamp(3, 3), 110 * MS, "entry");
        informed.heard(&mut late, stamp(2, 4), 150 * MS, "entry");
        informed.heard(&mut early, stamp(3, 3), 900 * MS, "entry");
        let durations = informed.durations();
        assert_eq!(durations.count(), 1);
        assert_eq!(informed.late(40 * MS)["entry"], 1);
        assert!(informed.late(60 * MS).is_empty());
        assert!((durations.quantile_ms(1.0).unwrap() - 50.0).abs() < 0.1);
    }

    #[test]
    fn what_nobody_asked_for_or_nobody_heard_is_left_out() {
        let informed = Informed::default();
        informed.heard(&mut Held::default(), stamp(1, 1), MS, "entry");
        informed.requested(stamp(2, 2), MS);
        assert_eq!(informed.durations().count(), 0);
    }
}
