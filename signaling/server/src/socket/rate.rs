//! How fast a client may send.

use std::time::Instant;

use signaling_protocol::limits;

/// A bucket of frames that refills with time.
#[derive(Debug)]
pub(super) struct Rate {
    frames: f64,
    at: Instant,
}

impl Rate {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            frames: f64::from(limits::CLIENT_FRAMES_BURST),
            at: now,
        }
    }

    /// Takes a frame out; false: too fast.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let refill = now.saturating_duration_since(self.at).as_secs_f64()
            * f64::from(limits::CLIENT_FRAMES_PER_SECOND);
        self.frames = (self.frames + refill).min(f64::from(limits::CLIENT_FRAMES_BURST));
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
