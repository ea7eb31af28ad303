//! One incoming stream: extended sequence numbers, duplicates, loss and jitter (RFC 3550 §A.3, A.8).

use std::time::{Duration, Instant};

use crate::rtcp::ReportBlock;

/// How far back a late packet is still taken.
const WINDOW: u64 = 1024;
const WINDOW_WORDS: usize = (WINDOW / 64) as usize;
/// A jump forward of more than this is a restart of the sender's counter.
const MAX_JUMP: u64 = 3000;
/// Extended numbers start here, so that packets before the first one have a number too.
const FIRST_CYCLE: u64 = 1 << 16;

/// What a packet is to its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The newest so far; the packets from `expected` on up to it are missing.
    Newest { seq: u64, expected: u64 },
    /// Fills a hole.
    Late { seq: u64 },
    /// Was here before.
    Duplicate,
    /// Older than the window.
    TooOld,
}

/// Receive state of one SSRC.
#[derive(Debug)]
pub(crate) struct ReceiveStream {
    pub ssrc: u32,
    clock_rate: u32,
    /// Added to the sequence number of the first packet.
    first_cycle: u64,
    first: u64,
    highest: Option<u64>,
    seen: [u64; WINDOW_WORDS],
    received: u64,
    /// (expected, received) at the last report.
    reported: (u64, u64),
    jitter: f64,
    last_transit: Option<(Instant, u32)>,
    sender_report: Option<(u32, Instant)>,
    /// Bytes since the last quality report.
    pub bytes: u64,
}

impl ReceiveStream {
    pub fn new(ssrc: u32, clock_rate: u32) -> ReceiveStream {
        ReceiveStream {
            ssrc,
            clock_rate: clock_rate.max(1),
            first_cycle: FIRST_CYCLE,
            first: 0,
            highest: None,
            seen: [0; WINDOW_WORDS],
            received: 0,
            reported: (0, 0),
            jitter: 0.0,
            last_transit: None,
            sender_report: None,
            bytes: 0,
        }
    }

    /// Lets the extended numbers of a stream that replaces `old` lie far behind the old ones.
    pub fn continue_behind(&mut self, old: &ReceiveStream) {
        let cycles = old.highest.unwrap_or(old.first_cycle) / FIRST_CYCLE;
        self.first_cycle = (cycles + 2) * FIRST_CYCLE;
    }

    /// Extends a sequence number and says what the packet is; a packet counts once.
    pub fn note(&mut self, sequence: u16) -> Arrival {
        let Some(highest) = self.highest else {
            let seq = self.first_cycle + u64::from(sequence);
            self.first = seq;
            self.highest = Some(seq);
            self.received += 1;
            self.mark(seq);
            return Arrival::Newest { seq, expected: seq };
        };
        let step = i64::from(sequence.wrapping_sub(highest as u16) as i16);
        let seq = highest.saturating_add_signed(step);
        if seq > highest {
            self.advance(highest, seq);
            self.received += 1;
            self.mark(seq);
            let jumped = seq - highest > MAX_JUMP;
            return Arrival::Newest {
                seq,
                expected: if jumped { seq } else { highest + 1 },
            };
        }
        if highest - seq >= WINDOW {
            return Arrival::TooOld;
        }
        if self.is_marked(seq) {
            return Arrival::Duplicate;
        }
        self.mark(seq);
        self.received += 1;
        Arrival::Late { seq }
    }

    fn advance(&mut self, from: u64, to: u64) {
        if to - from >= WINDOW {
            self.seen = [0; WINDOW_WORDS];
        } else {
            for seq in from + 1..=to {
                self.seen[(seq % WINDOW / 64) as usize] &= !(1 << (seq % 64));
            }
        }
        self.highest = Some(to);
    }

    fn mark(&mut self, seq: u64) {
        self.seen[(seq % WINDOW / 64) as usize] |= 1 << (seq % 64);
    }

    fn is_marked(&self, seq: u64) -> bool {
        self.seen[(seq % WINDOW / 64) as usize] & (1 << (seq % 64)) != 0
    }

    /// Updates the interarrival jitter.
    pub fn note_transit(&mut self, now: Instant, timestamp: u32) {
        if let Some((then, old)) = self.last_transit {
            let arrival = now.saturating_duration_since(then).as_secs_f64();
            let sent = f64::from(timestamp.wrapping_sub(old) as i32);
            let difference = (arrival * f64::from(self.clock_rate) - sent).abs();
            // A step of seconds is a new clock, not jitter.
            if difference < f64::from(self.clock_rate) {
                self.jitter += (difference - self.jitter) / 16.0;
            }
        }
        self.last_transit = Some((now, timestamp));
    }

    /// Keeps the time of a sender report for the answer in the next receiver report.
    pub fn note_sender_report(&mut self, now: Instant, ntp: u64) {
        self.sender_report = Some(((ntp >> 16) as u32, now));
    }

    /// The interarrival jitter.
    pub fn jitter(&self) -> Duration {
        Duration::from_secs_f64(self.jitter / f64::from(self.clock_rate))
    }

    /// The block of a receiver report; starts the next interval. `None` before the first packet.
    pub fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        let highest = self.highest?;
        let expected = highest - self.first + 1;
        let interval_expected = expected.saturating_sub(self.reported.0);
        let interval_received = self.received.saturating_sub(self.reported.1);
        self.reported = (expected, self.received);
        let lost = interval_expected.saturating_sub(interval_received);
        let (last_report, delay) = self.sender_report.map_or((0, 0), |(middle, at)| {
            let delay = now.saturating_duration_since(at);
            (middle, (delay.as_secs_f64() * 65_536.0) as u32)
        });
        Some(ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: (lost * 256)
                .checked_div(interval_expected)
                .unwrap_or(0)
                .min(255) as u8,
            total_lost: (expected as i64 - self.received as i64) as i32,
            highest: highest.wrapping_sub(self.first_cycle) as u32,
            jitter: self.jitter as u32,
            last_report,
            delay,
        })
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

    fn stream() -> ReceiveStream {
        ReceiveStream::new(1, 90_000)
    }

    #[test]
    fn numbers_extend_over_the_wrap() {
        let mut stream = stream();
        stream.note(65_534);
        let base = FIRST_CYCLE + 65_534;
        assert_eq!(
            stream.note(1),
            Arrival::Newest {
                seq: base + 3,
                expected: base + 1
            }
        );
        assert_eq!(stream.note(65_535), Arrival::Late { seq: base + 1 });
        assert_eq!(stream.note(65_535), Arrival::Duplicate);
        assert_eq!(stream.note(1), Arrival::Duplicate);
        assert_eq!(stream.note(65_533), Arrival::Late { seq: base - 1 });
        assert_eq!(stream.note(60_000), Arrival::TooOld);
    }

    #[test]
    fn loss_is_reported_per_interval() {
        let now = Instant::now();
        let mut stream = stream();
        for sequence in (0..100).filter(|sequence| sequence % 4 != 1) {
            stream.note(sequence);
        }
        let block = stream.report(now).unwrap();
        assert_eq!(
            (block.fraction_lost, block.total_lost, block.highest),
            (64, 25, 99)
        );
        for sequence in 100..200 {
            stream.note(sequence);
        }
        let block = stream.report(now).unwrap();
        assert_eq!((block.fraction_lost, block.total_lost), (0, 25));
    }

    #[test]
    fn even_arrivals_have_no_jitter() {
        let start = Instant::now();
        let mut stream = stream();
        for n in 0..50_u32 {
            stream.note_transit(start + Duration::from_millis(20) * n, n * 1800);
        }
        assert!(stream.jitter() < Duration::from_micros(50));
    }

    proptest! {
        #[test]
        fn a_number_is_never_accepted_twice(steps in proptest::collection::vec(0_u16..80, 1..400)) {
            let mut stream = stream();
            let mut accepted = std::collections::BTreeSet::new();
            let mut sequence = 65_000_u16;
            for step in steps {
                sequence = sequence.wrapping_add(step).wrapping_sub(35);
                if let Arrival::Newest { seq, .. } | Arrival::Late { seq } = stream.note(sequence) {
                    prop_assert!(accepted.insert(seq));
                    prop_assert_eq!(seq as u16, sequence);
                }
            }
        }
    }
}
