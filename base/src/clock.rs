//! The wall clock as a value: the server's own, or one that a test moves by hand.
//!
//! The wall clock may step, when an operator or NTP sets it. What measures durations reads
//! [`Clock::monotonic_ms`], which never does.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Tells the time. Clones of a simulated clock share it.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Stands still until [`Clock::set`], [`Clock::advance`] or [`Clock::step`] moves it.
    Simulated(Arc<Simulated>),
}

/// The two clocks of a simulated machine.
#[derive(Debug, Default)]
pub struct Simulated {
    wall_ms: AtomicI64,
    monotonic_ms: AtomicI64,
}

impl Clock {
    /// A simulated clock that shows `now_ms`, ms since 1970.
    pub fn simulated(now_ms: i64) -> Self {
        Self::Simulated(Arc::new(Simulated {
            wall_ms: AtomicI64::new(now_ms),
            monotonic_ms: AtomicI64::new(0),
        }))
    }

    /// Milliseconds since 1970, UTC.
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| {
                    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
                }),
            Self::Simulated(clocks) => clocks.wall_ms.load(Ordering::SeqCst),
        }
    }

    /// Milliseconds since some moment before this process asked first: never steps.
    pub fn monotonic_ms(&self) -> i64 {
        static START: OnceLock<Instant> = OnceLock::new();
        match self {
            Self::System => {
                let since = START.get_or_init(Instant::now).elapsed();
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            }
            Self::Simulated(clocks) => clocks.monotonic_ms.load(Ordering::SeqCst),
        }
    }

    /// Lets time pass on a simulated clock until it shows `now_ms`; the system's cannot be set.
    pub fn set(&self, now_ms: i64) {
        if let Self::Simulated(clocks) = self {
            let before = clocks.wall_ms.swap(now_ms, Ordering::SeqCst);
            clocks
                .monotonic_ms
                .fetch_add(now_ms - before, Ordering::SeqCst);
        }
    }

    /// Lets time pass on a simulated clock; the system's cannot be moved.
    pub fn advance(&self, by_ms: i64) {
        if let Self::Simulated(clocks) = self {
            clocks.wall_ms.fetch_add(by_ms, Ordering::SeqCst);
            clocks.monotonic_ms.fetch_add(by_ms, Ordering::SeqCst);
        }
    }

    /// Sets the wall clock of a simulated machine forward or back, while no time passes.
    pub fn step(&self, by_ms: i64) {
        if let Self::Simulated(clocks) = self {
            clocks.wall_ms.fetch_add(by_ms, Ordering::SeqCst);
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
    fn a_step_of_the_wall_clock_is_no_time_that_passed() {
        let clock = Clock::simulated(1_000);
        clock.advance(500);
        clock.step(3_600_000);
        assert_eq!((clock.now_ms(), clock.monotonic_ms()), (3_601_500, 500));
        clock.step(-3_600_000);
        clock.advance(1);
        assert_eq!((clock.now_ms(), clock.monotonic_ms()), (1_501, 501));
    }

    #[test]
    fn the_system_clock_shows_this_century() {
        assert!(Clock::System.now_ms() > 1_700_000_000_000);
    }
}
