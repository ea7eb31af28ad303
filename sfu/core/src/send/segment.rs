//! One stretch of a slot's stream: a source's layer with the shifts that make it continue what
//! was sent before.

use crate::codec::vp8::Vp8Shift;
use crate::slab::Key;

/// Segments remembered for retransmission.
const REMEMBERED: usize = 8;

/// How packets of one stretch are rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The source.
    pub track: Key,
    /// Its layer.
    pub layer: u8,
    /// First extended sequence number of the source that belongs to it.
    pub first_seq: u64,
    /// Added to the source's extended sequence number, wrapping.
    pub seq_shift: u64,
    /// Added to the source's timestamp, wrapping.
    pub timestamp_shift: u32,
    /// Added to the VP8 counters.
    pub vp8: Option<Vp8Shift>,
    /// The slot's payload type.
    pub payload_type: u8,
    /// The slot's payload type of retransmissions.
    pub rtx_payload_type: Option<u8>,
    /// RTP clock rate, Hz.
    pub clock_rate: u32,
}

/// The last segments of a slot, numbered from zero.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    last: [Option<Segment>; REMEMBERED],
    count: u32,
}

impl Segments {
    /// Begins a new segment.
    pub fn begin(&mut self, segment: Segment) {
        self.last[self.count as usize % REMEMBERED] = Some(segment);
        self.count = self.count.wrapping_add(1);
    }

    /// The current segment and its number.
    pub fn current(&self) -> Option<(u32, Segment)> {
        let number = self.count.checked_sub(1)?;
        self.get(number).map(|segment| (number, segment))
    }

    /// A segment by number, while it is remembered.
    pub fn get(&self, number: u32) -> Option<Segment> {
        if self.count.wrapping_sub(number) as usize > REMEMBERED {
            return None;
        }
        self.last[number as usize % REMEMBERED]
    }
}
