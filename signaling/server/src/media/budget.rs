//! How often one tab may ask the media node for an answer: each costs a media worker the reading of
//! an offer, on the thread that forwards everybody's media.

use std::time::Instant;

/// Offers and ICE restarts that may come at once: a page that tries again after a change of
/// network, and once more.
pub(super) const OFFERS_BURST: u32 = 4;
/// Offers and ICE restarts per second after that.
pub(super) const OFFERS_PER_SECOND: u32 = 1;

/// What a tab has left.
#[derive(Debug)]
pub(super) struct Budget {
    left: f64,
    at: Instant,
}

impl Budget {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            left: f64::from(OFFERS_BURST),
            at: now,
        }
    }

    /// Takes one; false: too fast.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let refill = now.saturating_duration_since(self.at).as_secs_f64();
        let left = self.left + refill * f64::from(OFFERS_PER_SECOND);
        self.left = left.min(f64::from(OFFERS_BURST));
        self.at = now;
        let enough = self.left >= 1.0;
        if enough {
            self.left -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_one_in_each_second() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        let mut taken = |at| (0..20).filter(|_| budget.take(at)).count();
        assert_eq!(taken(start), 4);
        assert_eq!(taken(start + Duration::from_secs(2)), 2);
        assert_eq!(taken(start + Duration::from_secs(600)), 4);
    }
}
