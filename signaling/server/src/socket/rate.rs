//! How fast a client may send, and how often it may ask for what is costly.

use std::time::Instant;

use signaling_protocol::{ClientBody, limits};

/// A bucket of frames that refills with time.
#[derive(Debug)]
pub(super) struct Rate {
    frames: f64,
    burst: f64,
    per_second: f64,
    at: Instant,
}

/// The budgets of a socket for requests that cost much more than their frame.
#[derive(Debug)]
pub(super) struct Costly {
    refresh: Rate,
    device_test: Rate,
}

impl Costly {
    pub(super) fn new(now: Instant) -> Self {
        let rate = || Rate {
            frames: f64::from(limits::COSTLY_BURST),
            burst: f64::from(limits::COSTLY_BURST),
            per_second: 1_000.0 / limits::COSTLY_EVERY_MS as f64,
            at: now,
        };
        Self {
            refresh: rate(),
            device_test: rate(),
        }
    }

    /// May this be asked for now? What is not costly may.
    pub(super) fn allows(&mut self, body: &ClientBody, now: Instant) -> bool {
        match body {
            ClientBody::Refresh => self.refresh.take(now),
            ClientBody::DeviceTest { .. } => self.device_test.take(now),
            _ => true,
        }
    }
}

impl Rate {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            frames: f64::from(limits::CLIENT_FRAMES_BURST),
            burst: f64::from(limits::CLIENT_FRAMES_BURST),
            per_second: f64::from(limits::CLIENT_FRAMES_PER_SECOND),
            at: now,
        }
    }

    /// Takes a frame out; false: too fast.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let refill = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.frames = (self.frames + refill).min(self.burst);
        self.at = now;
        let enough = self.frames >= 1.0;
        if enough {
            self.frames -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn costly_requests_have_a_budget_each_and_others_none() {
        let start = Instant::now();
        let mut costly = Costly::new(start);
        let refresh = ClientBody::Refresh;
        let taken = (0..10).filter(|_| costly.allows(&refresh, start)).count();
        assert_eq!(taken, limits::COSTLY_BURST as usize);
        assert!((0..100).all(|_| costly.allows(&ClientBody::Away, start)));
        let later = start + Duration::from_millis(limits::COSTLY_EVERY_MS);
        let taken = (0..10).filter(|_| costly.allows(&refresh, later)).count();
        assert_eq!(taken, 1);
    }

    #[test]
    fn a_burst_is_allowed_and_then_the_sustained_rate() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        let taken = (0..100).filter(|_| rate.take(start)).count();
        assert_eq!(taken, limits::CLIENT_FRAMES_BURST as usize);
        let later = start + Duration::from_secs(1);
        let taken = (0..100).filter(|_| rate.take(later)).count();
        assert_eq!(taken, limits::CLIENT_FRAMES_PER_SECOND as usize);
    }
}
