//! The wall clock as a value: the server's own, or one that a test moves by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time. Clones of a simulated clock share it.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Stands still until [`Clock::set`] or [`Clock::advance`] moves it.
    Simulated(Arc<AtomicI64>),
}

impl Clock {
    /// A simulated clock that shows `now_ms`, ms since 1970.
    pub fn simulated(now_ms: i64) -> Self {
        Self::Simulated(Arc::new(AtomicI64::new(now_ms)))
    }

    /// Milliseconds since 1970, UTC.
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| {
                    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
                }),
            Self::Simulated(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Sets a simulated clock to `now_ms`; the system's cannot be set.
    pub fn set(&self, now_ms: i64) {
        if let Self::Simulated(now) = self {
            now.store(now_ms, Ordering::SeqCst);
        }
    }

    /// Moves a simulated clock by `by_ms`; the system's cannot be moved.
    pub fn advance(&self, by_ms: i64) {
        if let Self::Simulated(now) = self {
            now.fetch_add(by_ms, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_simulated_clock_show_the_same_time() {
        let clock = Clock::simulated(1_000);
        let other = clock.clone();
        clock.advance(500);
        assert_eq!(other.now_ms(), 1_500);
        other.set(7);
        assert_eq!(clock.now_ms(), 7);
    }

    #[test]
    fn the_system_clock_shows_this_century() {
        assert!(Clock::System.now_ms() > 1_700_000_000_000);
    }
}
