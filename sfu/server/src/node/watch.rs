//! What the supervisor remembers of the workers: when each was last seen going round, and how many
//! have died lately.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How often the supervisor looks at the workers. They beat as often.
pub const LOOK: Duration = Duration::from_millis(500);

/// Looks in a row without a beat from which on a worker counts as down: 3 s.
const STILL_LOOKS: u32 = 6;

/// Most deaths of workers within [`DEATH_WINDOW`] that are made good. With one more the process
/// ends: what kills them is not over with the next one, and a new process may do better.
pub const MAX_DEATHS: usize = 5;
/// The time in which deaths are counted.
pub const DEATH_WINDOW: Duration = Duration::from_secs(600);

/// The beats of one worker as they were seen. Looks are counted, not time: a process that was
/// stopped and goes on finds its workers as it left them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pulse {
    beats: u64,
    looks_without: u32,
}

impl Pulse {
    /// Looks once.
    pub fn look(&mut self, beats: u64) {
        self.looks_without = if beats == self.beats {
            self.looks_without.saturating_add(1)
        } else {
            0
        };
        self.beats = beats;
    }

    /// Whether the worker stands still.
    pub fn is_still(&self) -> bool {
        self.looks_without >= STILL_LOOKS
    }

    /// Whether it has stood still for so long.
    pub fn is_still_for(&self, time: Duration) -> bool {
        self.is_still() && LOOK * self.looks_without >= time
    }
}

/// The deaths of the last while, of all workers.
#[derive(Debug, Default)]
pub struct Deaths(VecDeque<Instant>);

impl Deaths {
    /// Notes one; true: there were too many.
    pub fn note(&mut self, now: Instant) -> bool {
        let is_old = |at: &Instant| now.saturating_duration_since(*at) >= DEATH_WINDOW;
        while self.0.front().is_some_and(is_old) {
            self.0.pop_front();
        }
        self.0.push_back(now);
        self.0.len() > MAX_DEATHS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deaths_are_too_many_within_their_window_only() {
        let start = Instant::now();
        let mut deaths = Deaths::default();
        let apart = DEATH_WINDOW / MAX_DEATHS as u32;
        assert!((0..50).all(|n| !deaths.note(start + apart * n)));
        let mut deaths = Deaths::default();
        let noted: Vec<bool> = (0..7).map(|n| deaths.note(start + LOOK * n)).collect();
        assert_eq!(noted, [false, false, false, false, false, true, true]);
    }

    #[test]
    fn a_worker_that_does_not_beat_is_still_and_one_beat_makes_it_well() {
        let mut pulse = Pulse::default();
        for looks in 1..30 {
            pulse.look(0);
            assert_eq!(pulse.is_still(), looks >= STILL_LOOKS);
            assert_eq!(pulse.is_still_for(Duration::from_secs(10)), looks >= 20);
        }
        pulse.look(1);
        assert!(!pulse.is_still());
    }
}
