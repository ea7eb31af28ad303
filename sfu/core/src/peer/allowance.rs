//! What a peer may send in a second: bits and packets.
//!
//! One addition and two comparisons for each packet; a second that is over is looked at once.

use std::time::{Duration, Instant};

use super::flood::Verdict;

const WINDOW: Duration = Duration::from_secs(1);
/// A second counts as far too much from this many times the allowance on.
const FAR: u64 = 2;
/// Seconds in a row with far too much that make a flood: a browser that looks for its line's limit
/// overdoes it for a moment only.
const PATIENCE: u8 = 10;

/// What one peer has sent in the second that runs, and what it may.
#[derive(Debug)]
pub(crate) struct Allowance {
    most_bytes: u64,
    most_packets: u64,
    ends: Instant,
    bytes: u64,
    packets: u64,
    seconds_far_over: u8,
}

impl Allowance {
    /// A peer that may send so many bits and packets in a second.
    pub fn new(bits: u64, packets: u32, now: Instant) -> Allowance {
        Allowance {
            most_bytes: bits / 8,
            most_packets: u64::from(packets),
            ends: now + WINDOW,
            bytes: 0,
            packets: 0,
            seconds_far_over: 0,
        }
    }

    /// Counts one packet.
    #[inline]
    pub fn note(&mut self, now: Instant, bytes: usize) -> Verdict {
        if now >= self.ends {
            self.turn(now);
        }
        self.bytes += bytes as u64;
        self.packets += 1;
        if self.bytes <= self.most_bytes && self.packets <= self.most_packets {
            Verdict::Pass
        } else if self.seconds_far_over >= PATIENCE {
            Verdict::Flood
        } else {
            Verdict::Over
        }
    }

    /// Begins the next second.
    #[cold]
    fn turn(&mut self, now: Instant) {
        let far = self.bytes > FAR * self.most_bytes || self.packets > FAR * self.most_packets;
        let on_time = now < self.ends + WINDOW;
        self.seconds_far_over = if far && on_time {
            self.seconds_far_over.saturating_add(1)
        } else {
            0
        };
        self.ends = now + WINDOW;
        self.bytes = 0;
        self.packets = 0;
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test needs some instant to start from"
)]
mod tests {
    use super::*;

    /// The verdicts on so many packets of a size, evenly over one second from `from`.
    fn second(
        allowance: &mut Allowance,
        from: Instant,
        packets: u32,
        bytes: usize,
    ) -> Vec<Verdict> {
        let at = |n| from + WINDOW * n / packets;
        (0..packets).map(|n| allowance.note(at(n), bytes)).collect()
    }

    fn passed(verdicts: &[Verdict]) -> usize {
        verdicts.iter().filter(|v| **v == Verdict::Pass).count()
    }

    #[test]
    fn a_second_has_so_many_bits_and_so_many_packets() {
        let start = Instant::now();
        let mut allowance = Allowance::new(80_000, 50, start);
        assert_eq!(passed(&second(&mut allowance, start, 40, 1_000)), 10);
        let next = start + WINDOW;
        assert_eq!(passed(&second(&mut allowance, next, 90, 10)), 50);
        let later = next + WINDOW;
        assert_eq!(passed(&second(&mut allowance, later, 10, 1_000)), 10);
    }

    #[test]
    fn only_far_too_much_for_long_is_a_flood() {
        let start = Instant::now();
        let mut allowance = Allowance::new(8_000, 1_000, start);
        let mut slightly = Allowance::new(8_000, 1_000, start);
        for n in 0..30 {
            let from = start + WINDOW * n;
            let told = second(&mut allowance, from, 30, 100).contains(&Verdict::Flood);
            assert_eq!(told, n >= u32::from(PATIENCE), "second {n}");
            let slightly = second(&mut slightly, from, 15, 100);
            assert!(slightly.contains(&Verdict::Over));
            assert!(!slightly.contains(&Verdict::Flood), "second {n}");
        }
        let calm = start + WINDOW * 40;
        assert_eq!(passed(&second(&mut allowance, calm, 5, 100)), 5);
        let again = second(&mut allowance, calm + WINDOW, 30, 100);
        assert!(!again.contains(&Verdict::Flood), "an old flood is forgiven");
    }
}
