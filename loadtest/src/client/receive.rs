//! What a receive slot hears: packets, loss, keyframes, delay. One [`Reception`] per slot.

use super::rtp::{Header, Trailer};
use super::vp8;
use crate::stats::Durations;

/// Numbers of a stream that are remembered to tell a packet from its retransmission.
const REMEMBERED: u64 = 4_096;
/// Gaps larger than this are a new beginning, not loss to be asked for.
const LARGEST_GAP: u16 = 200;
/// Packets asked for at once.
const MOST_MISSING: usize = 256;
/// A packet is asked for this often.
const ASKS: u8 = 3;
/// Bit of a stream's number: its publisher is a `webrtc` peer, whose own delay is in the stamps.
pub const FOREIGN: u32 = 1 << 31;

/// Totals over a measuring window.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Media packets that the server forwarded to here; retransmissions are not among them.
    pub forwarded: u64,
    /// Packets that were to arrive, by the publishers' own numbers.
    pub expected: u64,
    /// Of these, packets that did arrive, once each, retransmitted or not.
    pub arrived: u64,
    /// Packets that only came as retransmissions.
    pub recovered: u64,
    /// Packets without a publisher's trailer: padding and probes.
    pub padding: u64,
    /// Packets that arrived twice.
    pub duplicates: u64,
    /// Bytes of forwarded packets on the wire.
    pub bytes: u64,
    /// Delay from a lean publisher's socket to this socket.
    pub delay: Durations,
    /// The same from publishers of the `webrtc` crate.
    pub delay_foreign: Durations,
}

impl Tally {
    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Tally) {
        self.forwarded += other.forwarded;
        self.expected += other.expected;
        self.arrived += other.arrived;
        self.recovered += other.recovered;
        self.padding += other.padding;
        self.duplicates += other.duplicates;
        self.bytes += other.bytes;
        self.delay.merge(&other.delay);
        self.delay_foreign.merge(&other.delay_foreign);
    }

    /// Share of the expected packets that never came.
    #[must_use]
    pub fn loss_ratio(&self) -> f64 {
        if self.expected == 0 {
            return 0.0;
        }
        self.expected.saturating_sub(self.arrived) as f64 / self.expected as f64
    }
}

/// Which numbers of one publisher's stream arrived.
#[derive(Debug)]
struct Numbers {
    stream: u32,
    first: u64,
    highest: u64,
    arrived: u64,
    seen: Vec<u64>,
}

impl Numbers {
    fn begin(stream: u32, number: u64) -> Self {
        let seen = vec![0; (REMEMBERED / 64) as usize];
        Self {
            stream,
            first: number,
            highest: number,
            arrived: 0,
            seen,
        }
    }

    /// Marks a number; false if it was there, or lies before the window.
    fn mark(&mut self, number: u64) -> bool {
        if number < self.first || number + REMEMBERED <= self.highest {
            return false;
        }
        while self.highest < number {
            self.highest += 1;
            self.set(self.highest, false);
        }
        let fresh = !self.get(number);
        self.set(number, true);
        self.arrived += u64::from(fresh);
        fresh
    }

    fn get(&self, number: u64) -> bool {
        let bit = number % REMEMBERED;
        self.seen[(bit / 64) as usize] & (1 << (bit % 64)) != 0
    }

    fn set(&mut self, number: u64, value: bool) {
        let bit = number % REMEMBERED;
        let word = &mut self.seen[(bit / 64) as usize];
        *word = (*word & !(1 << (bit % 64))) | (u64::from(value) << (bit % 64));
    }

    fn expected(&self) -> u64 {
        self.highest + 1 - self.first
    }
}

/// A keyframe on its way in.
#[derive(Debug, Clone, Copy)]
struct Keyframe {
    timestamp: u32,
    first: u16,
    got: u16,
    last: Option<u16>,
}

/// A sequence number that did not come yet.
#[derive(Debug, Clone, Copy)]
struct Missing {
    seq: u16,
    asked: u8,
}

/// What one packet brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Nothing of note.
    Nothing,
    /// The first complete keyframe of this stream.
    Keyframe {
        /// The publisher's stream.
        stream: u32,
    },
    /// The first packet of this audio stream.
    Sound {
        /// The publisher's stream.
        stream: u32,
    },
}

/// The state of one receive slot.
#[derive(Debug, Default)]
pub struct Reception {
    video: bool,
    numbers: Option<Numbers>,
    keyframe: Option<Keyframe>,
    complete: bool,
    highest: Option<u16>,
    cycles: u32,
    missing: Vec<Missing>,
    window: bool,
    tally: Tally,
}

impl Reception {
    /// An empty slot.
    #[must_use]
    pub fn new(video: bool) -> Self {
        Self {
            video,
            ..Self::default()
        }
    }

    /// Begins or ends the measuring window; its end gives the totals and empties them.
    pub fn window(&mut self, open: bool) -> Tally {
        self.close_numbers();
        self.window = open;
        if let Some(numbers) = &mut self.numbers {
            *numbers = Numbers::begin(numbers.stream, numbers.highest + 1);
            // Nothing of the new window is there yet.
            numbers.highest = numbers.first - 1;
        }
        std::mem::take(&mut self.tally)
    }

    fn close_numbers(&mut self) {
        if let Some(numbers) = self.numbers.as_ref().filter(|_| self.window) {
            self.tally.expected += numbers.expected();
            self.tally.arrived += numbers.arrived;
        }
    }

    /// Takes in an opened media packet of `wire` bytes on the wire.
    pub fn handle_packet(
        &mut self,
        header: &Header,
        packet: &[u8],
        wire: usize,
        at_ns: i64,
    ) -> Heard {
        self.follow_sequence(header.seq);
        let payload = &packet[header.len..];
        let Some(trailer) = Trailer::read(payload) else {
            self.tally.padding += u64::from(self.window);
            return Heard::Nothing;
        };
        let fresh = self.mark(trailer);
        if self.window {
            self.tally.forwarded += 1;
            self.tally.bytes += wire as u64;
            self.tally.duplicates += u64::from(!fresh);
            let foreign = trailer.stream & FOREIGN != 0;
            let delay = if foreign {
                &mut self.tally.delay_foreign
            } else {
                &mut self.tally.delay
            };
            delay.add_ns(at_ns - trailer.sent_ns);
        }
        if self.complete {
            return Heard::Nothing;
        }
        let stream = trailer.stream;
        if !self.video {
            self.complete = true;
            return Heard::Sound { stream };
        }
        self.complete = self.follow_keyframe(header, payload);
        if self.complete {
            Heard::Keyframe { stream }
        } else {
            Heard::Nothing
        }
    }

    /// Takes in an opened retransmission: the lost packet's number and its payload stand behind
    /// the header (RFC 4588).
    pub fn handle_retransmission(&mut self, header: &Header, packet: &[u8]) {
        let payload = &packet[header.len..];
        let Some(original) = payload.get(..2) else {
            return;
        };
        let seq = u16::from_be_bytes([original[0], original[1]]);
        self.missing.retain(|missing| missing.seq != seq);
        let Some(trailer) = Trailer::read(payload) else {
            return;
        };
        if self.mark(trailer) && self.window {
            self.tally.recovered += 1;
        }
    }

    fn mark(&mut self, trailer: Trailer) -> bool {
        if self
            .numbers
            .as_ref()
            .is_none_or(|numbers| numbers.stream != trailer.stream)
        {
            self.close_numbers();
            self.numbers = Some(Numbers::begin(trailer.stream, trailer.number));
            self.complete = false;
            self.keyframe = None;
        }
        self.numbers
            .as_mut()
            .is_some_and(|numbers| numbers.mark(trailer.number))
    }

    /// Notes gaps in the slot's own sequence numbers.
    fn follow_sequence(&mut self, seq: u16) {
        let Some(highest) = self.highest else {
            self.highest = Some(seq);
            return;
        };
        let ahead = seq.wrapping_sub(highest);
        if ahead == 0 || ahead >= 0x8000 {
            self.missing.retain(|missing| missing.seq != seq);
            return;
        }
        self.cycles += u32::from(seq < highest);
        self.highest = Some(seq);
        if ahead <= LARGEST_GAP {
            let gap = (1..ahead).map(|step| highest.wrapping_add(step));
            let room = MOST_MISSING.saturating_sub(self.missing.len());
            self.missing
                .extend(gap.take(room).map(|seq| Missing { seq, asked: 0 }));
        }
    }

    /// True when the first keyframe of the stream is whole.
    fn follow_keyframe(&mut self, header: &Header, payload: &[u8]) -> bool {
        let begins = vp8::parse(payload).is_some_and(|descriptor| descriptor.keyframe);
        if begins {
            let (timestamp, first) = (header.timestamp, header.seq);
            self.keyframe = Some(Keyframe {
                timestamp,
                first,
                got: 0,
                last: None,
            });
        }
        let Some(keyframe) = &mut self.keyframe else {
            return false;
        };
        if keyframe.timestamp != header.timestamp {
            return false;
        }
        keyframe.got += 1;
        if header.marker {
            keyframe.last = Some(header.seq);
        }
        keyframe
            .last
            .is_some_and(|last| keyframe.got > last.wrapping_sub(keyframe.first))
    }

    /// A keyframe is still to come on a slot that already carries video.
    #[must_use]
    pub fn lacks_keyframe(&self) -> bool {
        self.video && self.numbers.is_some() && !self.complete
    }

    /// Puts the sequence numbers to ask for into the empty `out`, in rising order.
    pub fn take_missing(&mut self, out: &mut Vec<u16>) {
        self.missing.retain_mut(|missing| {
            missing.asked += 1;
            out.push(missing.seq);
            missing.asked < ASKS
        });
    }

    /// Something is missing.
    #[must_use]
    pub fn has_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Highest sequence number with its cycles, once something arrived.
    #[must_use]
    pub fn highest(&self) -> Option<u32> {
        self.highest.map(|seq| (self.cycles << 16) | u32::from(seq))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::rtp::{Head, write_header};
    use crate::client::vp8::{write_descriptor, write_frame_header};

    /// A video packet: slot sequence, publisher's number, start and end of a keyframe.
    fn feed(slot: &mut Reception, seq: u16, number: u64, start: bool, end: bool) -> Heard {
        let mut packet = Vec::new();
        let head = Head {
            marker: end,
            payload_type: 96,
            seq,
            timestamp: 9,
            ssrc: 1,
            extensions: &[],
        };
        write_header(&mut packet, &head);
        let at = packet.len();
        write_descriptor(&mut packet, start, 1, 1);
        if start {
            write_frame_header(&mut packet, true);
        }
        packet.resize(100, 1);
        Trailer {
            stream: 5,
            number,
            sent_ns: 1_000,
        }
        .write(&mut packet[at..]);
        let header = Header::parse(&packet).unwrap();
        slot.handle_packet(&header, &packet, packet.len(), 2_001_000)
    }

    #[test]
    fn a_keyframe_counts_only_when_it_is_whole() {
        let mut slot = Reception::new(true);
        assert_eq!(feed(&mut slot, 9, 0, false, true), Heard::Nothing);
        assert_eq!(feed(&mut slot, 10, 1, true, false), Heard::Nothing);
        assert_eq!(feed(&mut slot, 12, 3, false, true), Heard::Nothing);
        assert!(slot.lacks_keyframe());
        assert_eq!(
            feed(&mut slot, 11, 2, false, false),
            Heard::Keyframe { stream: 5 }
        );
        assert!(!slot.lacks_keyframe());
    }

    #[test]
    fn loss_is_counted_by_the_publishers_numbers_within_the_window() {
        let mut slot = Reception::new(true);
        feed(&mut slot, 65_530, 0, true, true);
        feed(&mut slot, 65_531, 5, true, true);
        slot.window(true);
        for step in 0..10u16 {
            if step != 3 {
                feed(
                    &mut slot,
                    65_532u16.wrapping_add(step),
                    6 + u64::from(step),
                    true,
                    true,
                );
            }
        }
        assert!(slot.has_missing());
        let mut missing = Vec::new();
        slot.take_missing(&mut missing);
        assert_eq!(missing, vec![65_535]);
        let tally = slot.window(false);
        assert_eq!((tally.expected, tally.arrived, tally.forwarded), (10, 9, 9));
        assert!((tally.loss_ratio() - 0.1).abs() < 1e-9);
        assert_eq!(tally.delay.quantile_ms(0.5), Some(2.0));
    }

    #[test]
    fn a_retransmission_mends_the_loss_and_is_not_a_forward() {
        let mut slot = Reception::new(true);
        feed(&mut slot, 1, 0, true, true);
        slot.window(true);
        feed(&mut slot, 2, 1, true, true);
        feed(&mut slot, 4, 3, true, true);
        let mut packet = vec![0x80, 97, 0, 1, 0, 0, 0, 9, 0, 0, 0, 2, 0, 3];
        packet.resize(100, 1);
        Trailer {
            stream: 5,
            number: 2,
            sent_ns: 0,
        }
        .write(&mut packet[12..]);
        let header = Header::parse(&packet).unwrap();
        slot.handle_retransmission(&header, &packet);
        slot.handle_retransmission(&header, &packet);
        assert!(!slot.has_missing());
        let tally = slot.window(false);
        assert_eq!((tally.expected, tally.arrived, tally.forwarded), (3, 3, 2));
        assert_eq!(tally.recovered, 1);
    }
}
