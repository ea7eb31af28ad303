//! Is the other side still going on?

use std::time::{Duration, Instant};

/// Holds the other side to so many bytes in so much time of waiting for it. A client on a narrow
/// line passes, one that stopped or drips does not, and what the server itself takes is not
/// counted against either.
#[derive(Debug)]
pub(crate) struct Pace {
    limit: Duration,
    bytes_needed: u64,
    waited: Duration,
    bytes: u64,
    since: Option<Instant>,
    began: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(limit: Duration, bytes_needed: u64) -> Self {
        Self {
            limit,
            bytes_needed,
            waited: Duration::ZERO,
            bytes: 0,
            since: None,
            began: None,
        }
    }

    /// It is the other side's turn.
    pub(crate) fn wait(&mut self, now: Instant) {
        self.since.get_or_insert(now);
        self.began.get_or_insert(now);
    }

    /// It did something, and it may be our turn now.
    pub(crate) fn pass(&mut self, bytes: usize, now: Instant) {
        self.hold(now);
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes >= self.bytes_needed.max(1) {
            self.rest();
        }
    }

    /// It is our turn.
    pub(crate) fn hold(&mut self, now: Instant) {
        if let Some(since) = self.since.take() {
            self.waited += now.saturating_duration_since(since);
        }
    }

    /// Nothing is owed.
    pub(crate) fn rest(&mut self) {
        (self.since, self.began) = (None, None);
        (self.waited, self.bytes) = (Duration::ZERO, 0);
    }

    /// Since when it is waited for, without a pause in which it sent or took enough.
    pub(crate) fn began(&self) -> Option<Instant> {
        self.began
    }

    /// When the other side is held for stalled; `None`: it is not its turn.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let left = self.limit.saturating_sub(self.waited);
        self.since.map(|since| since + left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    fn second(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn who_drips_is_late_and_who_is_slow_is_not() {
        let start = Instant::now();
        let mut drip = Pace::new(LIMIT, 20_000);
        let mut slow = Pace::new(LIMIT, 20_000);
        for turn in 0..40 {
            for (pace, bytes) in [(&mut drip, 10), (&mut slow, 2_000)] {
                pace.wait(second(start, turn));
                pace.pass(bytes, second(start, turn + 1));
            }
        }
        drip.wait(second(start, 40));
        assert_eq!(drip.deadline(), Some(second(start, 20 + 20)));
        assert_eq!(drip.began(), Some(start));
        slow.wait(second(start, 40));
        assert_eq!(slow.deadline(), Some(second(start, 60)));
        assert_eq!(slow.began(), Some(second(start, 40)));
    }

    #[test]
    fn our_own_time_is_not_held_against_the_other_side() {
        let start = Instant::now();
        let mut pace = Pace::new(LIMIT, 20_000);
        pace.wait(start);
        pace.pass(1, second(start, 5));
        assert_eq!(pace.deadline(), None);
        pace.wait(second(start, 1_000));
        assert_eq!(pace.deadline(), Some(second(start, 1_015)));
        pace.rest();
        pace.wait(second(start, 2_000));
        assert_eq!(pace.deadline(), Some(second(start, 2_020)));
    }
}
