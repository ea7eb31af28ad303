//! When a worker looks at its socket: gathering datagrams into batches.
//!
//! Waking up, receiving and sending cost several microseconds whatever the batch is, and the
//! packets of one video frame arrive within a fraction of a millisecond. So a worker that is
//! woken by a datagram first lets others arrive for a part of the gathering time. While datagrams
//! come steadily it does not wait for the first one at all, but looks at the socket once in each
//! gathering time, which spares the call that would wait.
//!
//! Steady workers look in turn: each at its own part of the gathering time, counted from one moment
//! for all. So what one hands to another waits there for a part of the gathering time, not for all
//! of it.

use std::time::{Duration, Instant};

/// Datagrams per look, on a moving average, from which on looking costs less than waiting.
const BUSY_DATAGRAMS: f32 = 1.5;
/// Part of the gathering time that a worker gives after being woken: the rest of a frame comes
/// sooner than the packets of other senders.
const WOKEN_PART: u32 = 4;
/// Weight of the latest round in the moving average.
const SMOOTHING: f32 = 0.125;

/// How to wait for the next round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all: more is there already.
    No,
    /// For this long, then look.
    Nap(Duration),
    /// Until something is ready, then let more arrive for the gathering time.
    Ready,
}

/// Decides how to wait, from what the last rounds brought.
#[derive(Clone, Debug)]
pub struct Pace {
    gather: Duration,
    /// A moment at which this worker's turn is.
    turn: Instant,
    average: f32,
}

impl Pace {
    /// The pace of worker `number` of `workers` with the given gathering time; zero never naps.
    /// `started` is the same for all of them.
    #[must_use]
    pub fn new(gather: Duration, started: Instant, number: u16, workers: u16) -> Self {
        let part = gather / u32::from(workers.max(1));
        Self {
            gather,
            turn: started + part * u32::from(number),
            average: 0.0,
        }
    }

    /// From `now` to this worker's next turn: more than nothing, at most the gathering time.
    fn until_turn(&self, now: Instant) -> Duration {
        let since = now.saturating_duration_since(self.turn).as_nanos();
        let into = since % self.gather.as_nanos().max(1);
        self.gather - Duration::from_nanos(u64::try_from(into).unwrap_or(0))
    }

    /// The time to let more arrive after being woken.
    #[must_use]
    pub fn after_wake(&self) -> Duration {
        self.gather / WOKEN_PART
    }

    /// Notes a round that ended at `now` and brought `datagrams`, `full` if the batch had no room
    /// for more, and says how to wait for the next.
    pub fn after_round(&mut self, now: Instant, datagrams: usize, full: bool) -> Wait {
        #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
        let datagrams = datagrams as f32;
        self.average += (datagrams - self.average) * SMOOTHING;
        if full {
            Wait::No
        } else if self.average >= BUSY_DATAGRAMS && !self.gather.is_zero() {
            Wait::Nap(self.until_turn(now))
        } else {
            Wait::Ready
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATHER: Duration = Duration::from_micros(600);

    /// The waits after `times` rounds of `datagrams`, each begun at the end of the nap before.
    fn rounds(pace: &mut Pace, now: &mut Instant, datagrams: usize, times: usize) -> Vec<Wait> {
        let round = |_| {
            let wait = pace.after_round(*now, datagrams, false);
            if let Wait::Nap(time) = wait {
                *now += time;
            }
            wait
        };
        (0..times).map(round).collect()
    }

    #[test]
    fn a_steady_flow_is_looked_at_and_a_trickle_is_waited_for() {
        let mut now = Instant::now();
        let mut pace = Pace::new(GATHER, now, 0, 1);
        assert_eq!(pace.after_round(now, 1, false), Wait::Ready);
        let waits = rounds(&mut pace, &mut now, 5, 20);
        assert_eq!(waits.last(), Some(&Wait::Nap(GATHER)));
        let waits = rounds(&mut pace, &mut now, 0, 20);
        assert_eq!(waits.last(), Some(&Wait::Ready));
    }

    #[test]
    fn steady_workers_look_in_turn() {
        let started = Instant::now();
        let at = |micros| started + Duration::from_micros(micros);
        let turn = |number: u16, now: Instant| {
            let mut pace = Pace::new(GATHER, started, number, 3);
            rounds(&mut pace, &mut now.clone(), 5, 20);
            match pace.after_round(now, 5, false) {
                Wait::Nap(time) => (now + time).duration_since(started).as_micros(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(turn(0, at(6_001)), 6_600);
        assert_eq!(turn(1, at(6_001)), 6_200);
        assert_eq!(turn(2, at(6_001)), 6_400);
        assert_eq!(
            turn(2, at(6_400)),
            7_000,
            "after its turn it waits for the next"
        );
        assert_eq!(turn(2, at(6_399)), 6_400);
    }

    #[test]
    fn a_full_batch_is_followed_at_once() {
        let now = Instant::now();
        let mut pace = Pace::new(GATHER, now, 0, 1);
        assert_eq!(pace.after_round(now, 64, true), Wait::No);
    }

    #[test]
    fn without_a_gathering_time_nothing_naps() {
        let now = Instant::now();
        let mut pace = Pace::new(Duration::ZERO, now, 1, 2);
        assert!((0..20).all(|_| pace.after_round(now, 5, false) == Wait::Ready));
    }
}
