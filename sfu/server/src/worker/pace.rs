//! When a worker looks at its socket: gathering datagrams into batches.
//!
//! Waking up, receiving and sending cost several microseconds whatever the batch is, and the
//! packets of one video frame arrive within a fraction of a millisecond. So a worker that is
//! woken by a datagram first lets others arrive for a part of the gathering time. While datagrams
//! come steadily it does not wait for the first one at all, but looks at the socket once in each
//! gathering time, which spares the call that would wait.

use std::time::Duration;

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
    average: f32,
}

impl Pace {
    /// A pace with the given gathering time; zero never naps.
    #[must_use]
    pub fn new(gather: Duration) -> Self {
        Self {
            gather,
            average: 0.0,
        }
    }

    /// The time to let more arrive after being woken.
    #[must_use]
    pub fn after_wake(&self) -> Duration {
        self.gather / WOKEN_PART
    }

    /// Notes a round that brought `datagrams`, `full` if the batch had no room for more, and says
    /// how to wait for the next.
    pub fn after_round(&mut self, datagrams: usize, full: bool) -> Wait {
        #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
        let datagrams = datagrams as f32;
        self.average += (datagrams - self.average) * SMOOTHING;
        if full {
            Wait::No
        } else if self.average >= BUSY_DATAGRAMS && !self.gather.is_zero() {
            Wait::Nap(self.gather)
        } else {
            Wait::Ready
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATHER: Duration = Duration::from_micros(500);

    #[test]
    fn a_steady_flow_is_looked_at_and_a_trickle_is_waited_for() {
        let mut pace = Pace::new(GATHER);
        assert_eq!(pace.after_round(1, false), Wait::Ready);
        let waits: Vec<Wait> = (0..20).map(|_| pace.after_round(5, false)).collect();
        assert_eq!(waits.last(), Some(&Wait::Nap(GATHER)));
        let waits: Vec<Wait> = (0..20).map(|_| pace.after_round(0, false)).collect();
        assert_eq!(waits.last(), Some(&Wait::Ready));
    }

    #[test]
    fn a_full_batch_is_followed_at_once() {
        assert_eq!(Pace::new(GATHER).after_round(64, true), Wait::No);
    }

    #[test]
    fn without_a_gathering_time_nothing_naps() {
        let mut pace = Pace::new(Duration::ZERO);
        assert!((0..20).all(|_| pace.after_round(5, false) == Wait::Ready));
    }
}
