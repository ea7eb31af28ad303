//! What was sent under which sequence number of a slot: for retransmission, and so that no number
//! ever carries two payloads (the nonce of AES-GCM is made of it).

use std::time::{Duration, Instant};

use crate::prefetch::prefetch;

/// Most retransmissions of one packet.
const MAX_RESENT: u8 = 8;
/// Shortest time between two retransmissions of one packet.
const RESEND_GAP: Duration = Duration::from_millis(20);

/// Where a sent packet came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Extended sequence number in the slot's stream.
    pub seq: u64,
    /// Position in the ring of its segment's layer.
    pub position: u64,
    /// Number of the segment whose rewriting it had.
    pub segment: u32,
    resent: u8,
    resent_at: Option<Instant>,
}

/// May a sequence number be used?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It was never used.
    Fresh,
    /// It carried a packet already.
    Used,
    /// It is older than the window, so nobody knows.
    TooOld,
}

/// The last packets of a slot; empty until its first one.
#[derive(Debug)]
pub(crate) struct History {
    sent: Vec<Option<Sent>>,
    size: usize,
    highest: Option<u64>,
}

impl History {
    /// Remembers `size` packets (a power of two).
    pub fn new(size: usize) -> History {
        History {
            sent: Vec::new(),
            size: size.next_power_of_two(),
            highest: None,
        }
    }

    /// Asks for the memory that the next note needs.
    pub fn prefetch(&self) {
        let next = self.highest.map_or(0, |highest| highest + 1);
        if let Some(place) = self.sent.get(next as usize & (self.size - 1)) {
            prefetch(place);
        }
    }

    /// Notes that `seq` is about to be sent, or says why it must not be.
    pub fn note(&mut self, seq: u64, position: u64, segment: u32) -> Use {
        if self.sent.is_empty() {
            self.sent.resize(self.size, None);
        }
        if self
            .highest
            .is_some_and(|highest| seq + self.size as u64 <= highest)
        {
            return Use::TooOld;
        }
        let place = &mut self.sent[seq as usize & (self.size - 1)];
        if place.is_some_and(|sent| sent.seq == seq) {
            return Use::Used;
        }
        *place = Some(Sent {
            seq,
            position,
            segment,
            resent: 0,
            resent_at: None,
        });
        self.highest = self.highest.max(Some(seq));
        Use::Fresh
    }

    /// The packet that a receiver asks for by its 16-bit number; counts as resent. `None`: never
    /// sent, forgotten, or resent a moment ago.
    pub fn take_for_resend(&mut self, now: Instant, sequence: u16) -> Option<Sent> {
        let highest = self.highest?;
        let back = u64::from((highest as u16).wrapping_sub(sequence));
        let seq = highest.checked_sub(back)?;
        let sent = self
            .sent
            .get_mut(seq as usize & (self.size - 1))?
            .as_mut()?;
        let rested = sent
            .resent_at
            .is_none_or(|at| now.duration_since(at) >= RESEND_GAP);
        if sent.seq != seq || sent.resent >= MAX_RESENT || !rested {
            return None;
        }
        sent.resent += 1;
        sent.resent_at = Some(now);
        Some(*sent)
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test needs some instant to start from"
)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_used_once() {
        let mut history = History::new(64);
        assert_eq!(history.note(100, 0, 0), Use::Fresh);
        assert_eq!(history.note(100, 1, 0), Use::Used);
        assert_eq!(history.note(170, 2, 0), Use::Fresh);
        assert_eq!(history.note(106, 3, 0), Use::TooOld);
        assert_eq!(history.note(107, 4, 0), Use::Fresh);
        assert_eq!(history.note(107, 5, 0), Use::Used);
    }

    #[test]
    fn a_packet_is_resent_at_most_so_often() {
        let start = Instant::now();
        let mut history = History::new(64);
        history.note(65_536, 7, 3);
        history.note(65_537, 8, 3);
        let sent = history.take_for_resend(start, 0).unwrap();
        assert_eq!((sent.seq, sent.position, sent.segment), (65_536, 7, 3));
        assert_eq!(history.take_for_resend(start, 0), None);
        let times = (1..100)
            .filter(|n| {
                history
                    .take_for_resend(start + RESEND_GAP * *n, 0)
                    .is_some()
            })
            .count();
        assert_eq!(times, usize::from(MAX_RESENT) - 1);
        assert_eq!(history.take_for_resend(start, 2), None, "not sent yet");
    }
}
