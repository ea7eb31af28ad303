//! Plaintext packets of one layer, shared by fan-out and retransmission.
//!
//! Memory follows the stream: the ring starts empty and grows only while it would have to forget
//! packets younger than [`KEEP`], up to its limit.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::packet::PacketMeta;
use crate::prefetch::prefetch;

/// How long packets should be kept for retransmission.
pub(crate) const KEEP: Duration = Duration::from_millis(1000);
/// Most packets in one ring.
pub(crate) const MAX_PACKETS: usize = 1024;
const FIRST_BYTES: usize = 8 << 10;
/// Bytes asked for ahead of a packet; the processor sees by itself how it goes on from there.
const PREFETCHED_BYTES: usize = 256;

#[derive(Debug, Clone, Copy)]
struct Entry {
    meta: PacketMeta,
    /// Offset in the endless byte stream of which the arena shows the last part.
    start: u64,
    length: usize,
}

/// A bounded ring; a packet's position counts from the first packet ever and never repeats.
#[derive(Debug)]
pub(crate) struct Ring {
    entries: VecDeque<Entry>,
    /// Position of the oldest entry.
    tail: u64,
    arena: Vec<u8>,
    /// Where the endless byte stream ends; a packet never crosses a multiple of the arena's size.
    written: u64,
    byte_limit: usize,
}

impl Ring {
    /// An empty ring that holds `byte_limit` bytes of payload at most.
    pub fn new(byte_limit: usize) -> Ring {
        Ring {
            entries: VecDeque::new(),
            tail: 0,
            arena: Vec::new(),
            written: 0,
            byte_limit,
        }
    }

    /// Asks for the memory that the next packet will take.
    pub fn prefetch(&self) {
        let start = self.offset(self.written);
        let end = (start + PREFETCHED_BYTES).min(self.arena.len());
        prefetch(&self.arena[start..end]);
        if let Some(newest) = self.entries.back() {
            prefetch(newest);
        }
    }

    /// The position that the next packet will have.
    pub fn head(&self) -> u64 {
        self.tail + self.entries.len() as u64
    }

    /// The position of the oldest packet.
    pub fn tail(&self) -> u64 {
        self.tail
    }

    /// The packet at a position, if it is still there.
    pub fn get(&self, position: u64) -> Option<(&PacketMeta, &[u8])> {
        let entry = self
            .entries
            .get(usize::try_from(position.checked_sub(self.tail)?).ok()?)?;
        let start = self.offset(entry.start);
        Some((&entry.meta, self.arena.get(start..start + entry.length)?))
    }

    /// Appends a packet and returns its position; `None` if it is larger than the whole ring.
    pub fn push(&mut self, meta: PacketMeta, payload: &[u8]) -> Option<u64> {
        if payload.len() > self.byte_limit {
            return None;
        }
        if self.entries.len() >= MAX_PACKETS {
            self.forget_oldest();
        }
        let start = loop {
            if let Some(start) = self.make_room(meta.arrived, payload.len()) {
                break start;
            }
            self.grow(payload.len());
        };
        let offset = self.offset(start);
        self.arena[offset..offset + payload.len()].copy_from_slice(payload);
        self.written = start + payload.len() as u64;
        self.entries.push_back(Entry {
            meta,
            start,
            length: payload.len(),
        });
        Some(self.head() - 1)
    }

    fn offset(&self, start: u64) -> usize {
        (start % self.arena.len().max(1) as u64) as usize
    }

    fn forget_oldest(&mut self) {
        if self.entries.pop_front().is_some() {
            self.tail += 1;
        }
    }

    /// Forgets what `length` more bytes overwrite; `None` if the arena should rather grow.
    fn make_room(&mut self, now: Instant, length: usize) -> Option<u64> {
        let size = self.arena.len();
        if size < length || size == 0 {
            return None;
        }
        let offset = self.offset(self.written);
        let skip = if offset + length > size {
            size - offset
        } else {
            0
        };
        let start = self.written + skip as u64;
        let end = start + length as u64;
        while let Some(oldest) = self.entries.front() {
            if oldest.start + size as u64 >= end {
                break;
            }
            let young = now.saturating_duration_since(oldest.meta.arrived) < KEEP;
            if young && size < self.byte_limit {
                return None;
            }
            self.forget_oldest();
        }
        Some(start)
    }

    fn grow(&mut self, length: usize) {
        let wanted = (self.arena.len() * 2)
            .max(FIRST_BYTES)
            .max(length.next_power_of_two());
        let mut arena = vec![0; wanted.min(self.byte_limit.max(length))];
        let mut at = 0;
        for index in 0..self.entries.len() {
            let entry = self.entries[index];
            let from = self.offset(entry.start);
            arena[at..at + entry.length].copy_from_slice(&self.arena[from..from + entry.length]);
            self.entries[index].start = at as u64;
            at += entry.length;
        }
        self.arena = arena;
        self.written = at as u64;
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test needs some instant to start from"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sdp::CodecKind;

    fn meta(seq: u64, arrived: Instant) -> PacketMeta {
        let codec = CodecKind::Vp8;
        let (timestamp, marker, keyframe, audio_level) = (0, false, false, None);
        PacketMeta {
            seq,
            timestamp,
            marker,
            keyframe,
            audio_level,
            codec,
            arrived,
        }
    }

    #[test]
    fn memory_follows_the_stream_up_to_the_limit() {
        let start = Instant::now();
        let mut ring = Ring::new(64 << 10);
        assert_eq!(ring.arena.len(), 0);
        for n in 0..500_u32 {
            ring.push(meta(0, start + Duration::from_millis(20) * n), &[1; 100])
                .unwrap();
        }
        assert_eq!(ring.arena.len(), 8 << 10, "5 kB a second need no more");
        for n in 0..500_u32 {
            ring.push(
                meta(
                    0,
                    start + Duration::from_secs(10) + Duration::from_millis(1) * n,
                ),
                &[2; 1000],
            )
            .unwrap();
        }
        assert_eq!(ring.arena.len(), 64 << 10);
        assert!(ring.push(meta(0, start), &[0; (64 << 10) + 1]).is_none());
    }

    proptest! {
        #[test]
        fn what_is_kept_is_what_was_put_in(
            sizes in proptest::collection::vec((0_usize..1500, 0_u64..300), 1..600),
        ) {
            let mut now = Instant::now();
            let mut ring = Ring::new(32 << 10);
            for (n, (size, wait)) in sizes.iter().enumerate() {
                now += Duration::from_millis(*wait);
                let position = ring.push(meta(n as u64, now), &vec![n as u8; *size]).unwrap();
                prop_assert_eq!(position, n as u64);
                prop_assert!(ring.arena.len() <= 32 << 10);
                for position in ring.tail()..ring.head() {
                    let (meta, payload) = ring.get(position).unwrap();
                    prop_assert_eq!(meta.seq, position);
                    prop_assert_eq!(payload.len(), sizes[position as usize].0);
                    prop_assert!(payload.iter().all(|byte| *byte == position as u8));
                }
                prop_assert!(ring.get(ring.head()).is_none());
            }
        }
    }
}
