//! Which packets of a stream are missing, and when to ask for them again (RFC 4585 §6.2.1).

use std::time::{Duration, Instant};

/// Most packets missing at the same time; beyond it only a keyframe helps.
pub(crate) const MAX_MISSING: usize = 256;
/// Most requests for one packet.
const MAX_TRIES: u8 = 10;
/// A packet older than this is not worth asking for.
const MAX_AGE: Duration = Duration::from_millis(1000);
/// A hole may be mere reordering for this long.
const REORDER_WAIT: Duration = Duration::from_millis(10);
/// Shortest time between two requests for one packet.
const MIN_RETRY: Duration = Duration::from_millis(30);

#[derive(Debug, Clone, Copy)]
struct Missing {
    seq: u64,
    since: Instant,
    due: Instant,
    tries: u8,
}

/// The holes of one stream, in order of sequence.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    missing: Vec<Missing>,
    given_up: u64,
}

impl Losses {
    /// Notes that `first..last` did not arrive. False: too many, all are forgotten.
    pub fn note_gap(&mut self, now: Instant, first: u64, last: u64) -> bool {
        let count = last.saturating_sub(first) as usize;
        if count + self.missing.len() > MAX_MISSING {
            self.given_up += (self.missing.len() + count) as u64;
            self.missing.clear();
            return false;
        }
        let due = now + REORDER_WAIT;
        let holes = (first..last).map(|seq| Missing {
            seq,
            since: now,
            due,
            tries: 0,
        });
        self.missing.extend(holes);
        true
    }

    /// Notes that a missing packet came after all; true if it had been asked for.
    pub fn note_arrival(&mut self, seq: u64) -> bool {
        match self
            .missing
            .binary_search_by_key(&seq, |missing| missing.seq)
        {
            Ok(place) => self.missing.remove(place).tries > 0,
            Err(_) => false,
        }
    }

    /// Puts the sequence numbers to ask for now into `due`; returns whether any was given up.
    pub fn collect_due(&mut self, now: Instant, round_trip: Duration, due: &mut Vec<u16>) -> bool {
        let before = self.missing.len();
        self.missing.retain(|missing| {
            missing.tries < MAX_TRIES && now.saturating_duration_since(missing.since) < MAX_AGE
        });
        self.given_up += (before - self.missing.len()) as u64;
        for missing in self.missing.iter_mut().filter(|missing| missing.due <= now) {
            missing.tries += 1;
            missing.due = now + (round_trip + round_trip / 4).max(MIN_RETRY);
            due.push(missing.seq as u16);
        }
        self.missing.len() < before
    }

    /// When `collect_due` has something to do.
    pub fn next_due(&self) -> Option<Instant> {
        self.missing.iter().map(|missing| missing.due).min()
    }

    /// Number of packets given up so far.
    pub fn given_up(&self) -> u64 {
        self.given_up
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test needs some instant to start from"
)]
mod tests {
    use super::*;

    const RTT: Duration = Duration::from_millis(80);

    fn due(losses: &mut Losses, now: Instant) -> Vec<u16> {
        let mut due = Vec::new();
        losses.collect_due(now, RTT, &mut due);
        due
    }

    #[test]
    fn a_hole_is_asked_for_after_the_reorder_wait_and_again_after_a_round_trip() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut losses = Losses::default();
        assert!(losses.note_gap(start, 65_535, 65_537));
        assert_eq!(losses.next_due(), Some(at(10)));
        assert!(due(&mut losses, at(9)).is_empty());
        assert_eq!(due(&mut losses, at(10)), [65_535, 0]);
        assert!(due(&mut losses, at(100)).is_empty());
        assert!(losses.note_arrival(65_535));
        assert!(!losses.note_arrival(65_535));
        assert_eq!(due(&mut losses, at(110)), [0]);
    }

    #[test]
    fn mere_reordering_asks_for_nothing() {
        let start = Instant::now();
        let mut losses = Losses::default();
        losses.note_gap(start, 5, 6);
        assert!(!losses.note_arrival(5));
        assert_eq!(losses.next_due(), None);
    }

    #[test]
    fn gives_up_by_age_and_by_number() {
        let start = Instant::now();
        let mut losses = Losses::default();
        losses.note_gap(start, 1, 3);
        let mut asked = Vec::new();
        assert!(losses.collect_due(start + MAX_AGE, RTT, &mut asked));
        assert_eq!((asked.len(), losses.given_up()), (0, 2));
        assert!(!losses.note_gap(start, 10, 10 + MAX_MISSING as u64 + 1));
        assert_eq!(losses.next_due(), None);
    }
}
