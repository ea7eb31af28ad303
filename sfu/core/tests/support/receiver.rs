//! A browser's jitter buffer side: one slot's stream, its holes, its frames.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::sdp::Receives;
use super::sender::{Content, FRAME_PACKETS, content};

/// A complete frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub content: Content,
    pub timestamp: u32,
    pub at: Instant,
}

/// One slot's stream.
pub struct Receiver {
    pub slot: Receives,
    first: u64,
    highest: Option<u64>,
    seen: BTreeMap<u64, Content>,
    missing: BTreeMap<u64, Instant>,
    /// Parts of each frame by its timestamp.
    parts: BTreeMap<u32, BTreeSet<u8>>,
    pub frames: Vec<Frame>,
    /// Packets that came by retransmission.
    pub repaired: usize,
    pub packets: usize,
    reported: (u64, u64),
    pub sender_report: Option<(u64, u32, Instant)>,
}

impl Receiver {
    pub fn new(slot: Receives) -> Receiver {
        Receiver {
            slot,
            first: 0,
            highest: None,
            seen: BTreeMap::new(),
            missing: BTreeMap::new(),
            parts: BTreeMap::new(),
            frames: Vec::new(),
            repaired: 0,
            packets: 0,
            reported: (0, 0),
            sender_report: None,
        }
    }

    /// Takes a packet of the slot (`sequence` is the original number of a retransmission).
    pub fn take(&mut self, now: Instant, (sequence, timestamp): (u16, u32), payload: &[u8]) {
        let seq = match self.highest {
            None => {
                self.first = 65_536 + u64::from(sequence);
                self.first
            }
            Some(highest) => highest
                .saturating_add_signed(i64::from(sequence.wrapping_sub(highest as u16) as i16)),
        };
        let highest = *self.highest.get_or_insert(seq);
        for hole in highest + 1..seq {
            self.missing.insert(hole, now + Duration::from_millis(5));
        }
        self.highest = Some(highest.max(seq));
        self.missing.remove(&seq);
        let content = content(self.slot.video, payload);
        let old = self.seen.insert(seq, content);
        assert!(
            old.is_none_or(|old| old == content),
            "two payloads under one number {seq}"
        );
        if old.is_some() {
            return;
        }
        self.packets += 1;
        let parts = self.parts.entry(timestamp).or_default();
        parts.insert(content.part);
        if parts.len() == if self.slot.video { FRAME_PACKETS } else { 1 } {
            self.frames.push(Frame {
                content,
                timestamp,
                at: now,
            });
        }
    }

    /// The numbers to ask for again.
    pub fn nacks(&mut self, now: Instant) -> Vec<u16> {
        let mut due = Vec::new();
        for (seq, at) in &mut self.missing {
            if *at <= now {
                *at = now + Duration::from_millis(60);
                due.push(*seq as u16);
            }
        }
        due
    }

    /// Holes that are open now.
    pub fn holes(&self) -> usize {
        self.missing.len()
    }

    /// (fraction lost, highest) for a report.
    pub fn report(&mut self) -> Option<(u8, u32)> {
        let highest = self.highest?;
        let (expected, received) = (highest + 1 - self.first, self.packets as u64);
        let lost = (expected - self.reported.0).saturating_sub(received - self.reported.1);
        let fraction = (lost * 256)
            .checked_div(expected - self.reported.0)
            .unwrap_or(0);
        self.reported = (expected, received);
        Some((fraction.min(255) as u8, (highest - 65_536) as u32))
    }
}
