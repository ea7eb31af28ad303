//! How much of something a peer may do in a second, and for how long it may overdo it.

use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(1);
/// Seconds in a row over the limit that make a flood.
const PATIENCE: u8 = 5;

/// What one more event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Within the limit.
    Pass,
    /// Over the limit: to be dropped.
    Over,
    /// Over the limit for so long that the peer is to be closed.
    Flood,
}

/// A counter over fixed windows of a second.
#[derive(Debug)]
pub(crate) struct Flood {
    limit: u32,
    began: Instant,
    count: u32,
    seconds_over: u8,
}

impl Flood {
    pub fn new(limit: u32, now: Instant) -> Flood {
        Flood {
            limit,
            began: now,
            count: 0,
            seconds_over: 0,
        }
    }

    /// Counts one event.
    pub fn note(&mut self, now: Instant) -> Verdict {
        let age = now.saturating_duration_since(self.began);
        if age >= WINDOW {
            let kept_on = self.count > self.limit && age < 2 * WINDOW;
            self.seconds_over = if kept_on {
                self.seconds_over.saturating_add(1)
            } else {
                0
            };
            self.began = now;
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        match (self.count > self.limit, self.seconds_over >= PATIENCE - 1) {
            (false, _) => Verdict::Pass,
            (true, false) => Verdict::Over,
            (true, true) => Verdict::Flood,
        }
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
    fn a_burst_is_limited_and_a_lasting_flood_is_told() {
        let start = Instant::now();
        let mut flood = Flood::new(10, start);
        for second in 0..5_u64 {
            for n in 0..20_u64 {
                let now = start + Duration::from_millis(second * 1000 + n * 10);
                let want = match (n < 10, second < 4) {
                    (true, _) => Verdict::Pass,
                    (false, true) => Verdict::Over,
                    (false, false) => Verdict::Flood,
                };
                assert_eq!(flood.note(now), want, "second {second}, event {n}");
            }
        }
        let later = start + Duration::from_secs(60);
        assert!((0..10).all(|_| flood.note(later) == Verdict::Pass));
        assert_eq!(flood.note(later), Verdict::Over, "an old flood is forgiven");
    }
}
