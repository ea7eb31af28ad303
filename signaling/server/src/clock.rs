//! The time by which a fair goes: anchored to the wall clock once, then monotonic, so that nobody's
//! ready check runs out because an operator or NTP set the clock.

use std::sync::atomic::{AtomicI64, Ordering};

use base::clock::Clock;

/// From this difference on, the wall clock has stepped: the server counts as down for that time, ms.
/// Less is made up for slowly.
const STEP_MS: i64 = 60_000;
/// A small difference is made up for at one part in so many of the time that passes: a countdown of
/// half a minute is wrong by a second at most.
const SLEW: i64 = 20;

/// A fair's clock. Everyone reads it; its owner task alone lets it follow the wall clock.
#[derive(Debug)]
pub(crate) struct FairClock {
    clock: Clock,
    /// Fair time minus monotonic time, ms.
    offset_ms: AtomicI64,
    /// Monotonic time up to which it has followed, ms.
    followed_ms: AtomicI64,
}

impl FairClock {
    /// Shows what the wall clock shows now.
    pub(crate) fn new(clock: Clock) -> Self {
        let monotonic_ms = clock.monotonic_ms();
        Self {
            offset_ms: AtomicI64::new(clock.now_ms() - monotonic_ms),
            followed_ms: AtomicI64::new(monotonic_ms),
            clock,
        }
    }

    /// Ms since 1970, never stepping but by [`FairClock::follow`].
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.monotonic_ms() + self.offset_ms.load(Ordering::Relaxed)
    }

    /// Comes a little closer to the wall clock. If that has stepped, this clock steps with it:
    /// returns by how much, ms.
    pub(crate) fn follow(&self) -> Option<i64> {
        let behind_ms = self.clock.now_ms() - self.now_ms();
        let monotonic_ms = self.clock.monotonic_ms();
        if behind_ms.abs() >= STEP_MS {
            self.offset_ms.fetch_add(behind_ms, Ordering::Relaxed);
            self.followed_ms.store(monotonic_ms, Ordering::Relaxed);
            return Some(behind_ms);
        }
        let most_ms = (monotonic_ms - self.followed_ms.load(Ordering::Relaxed)) / SLEW;
        if most_ms > 0 {
            self.followed_ms.store(monotonic_ms, Ordering::Relaxed);
            let by_ms = behind_ms.clamp(-most_ms, most_ms);
            self.offset_ms.fetch_add(by_ms, Ordering::Relaxed);
        }
        None
    }

    /// The wall clock: for leases and tokens, which other processes read.
    pub(crate) fn wall_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Does a test move it by hand?
    pub(crate) fn is_simulated(&self) -> bool {
        matches!(self.clock, Clock::Simulated(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_difference_is_made_up_for_slowly_and_never_runs_back() {
        let clock = Clock::simulated(1_000_000);
        let time = FairClock::new(clock.clone());
        for by_ms in [30_000, -30_000] {
            clock.step(by_ms);
            let mut before = time.now_ms();
            for _ in 0..7_000 {
                clock.advance(100);
                assert_eq!(time.follow(), None);
                let passed = time.now_ms() - before;
                assert!((95..=105).contains(&passed), "{passed}");
                before = time.now_ms();
            }
            assert_eq!(time.now_ms(), clock.now_ms());
        }
    }

    #[test]
    fn a_step_is_said_once_and_taken_over() {
        let clock = Clock::simulated(1_000_000);
        let time = FairClock::new(clock.clone());
        clock.advance(5);
        for by_ms in [3_600_000, -3_600_000] {
            clock.step(by_ms);
            assert_eq!(time.follow(), Some(by_ms));
            assert_eq!((time.follow(), time.now_ms()), (None, clock.now_ms()));
        }
    }
}
