//! The offset between a peer's sender-report clock and ours.

use std::time::{Duration, Instant};

/// An estimate further from the arrival than this is a new clock.
const MAX_DELAY: Duration = Duration::from_secs(1);

/// One pair of instants on both clocks; the smallest delay seen wins.
#[derive(Debug, Default)]
pub(crate) struct PeerClock {
    reference: Option<(u64, Instant)>,
}

impl PeerClock {
    /// Our instant for the NTP time of a report that arrived at `now`. All sources of the peer
    /// share the estimate, so their relation to each other is exact.
    pub fn instant_of(&mut self, now: Instant, ntp: u64) -> Instant {
        let estimate = self
            .reference
            .and_then(|(base, at)| shift(at, ntp.wrapping_sub(base)));
        match estimate {
            Some(at) if at <= now && now.duration_since(at) < MAX_DELAY => at,
            _ => {
                self.reference = Some((ntp, now));
                now
            }
        }
    }
}

/// `at` moved by a difference of NTP times (two's complement, 32 fraction bits).
fn shift(at: Instant, difference: u64) -> Option<Instant> {
    let signed = difference as i64;
    let nanos = (u128::from(signed.unsigned_abs()) * 1_000_000_000) >> 32;
    let span = Duration::from_nanos(u64::try_from(nanos).ok()?);
    if signed < 0 {
        at.checked_sub(span)
    } else {
        at.checked_add(span)
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test needs some instant to start from"
)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_one_moment_map_to_one_instant() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut clock = PeerClock::default();
        let ntp = |ms: u64| (5_000_u64 << 32) + ((ms << 32) / 1000);
        assert_eq!(clock.instant_of(at(50), ntp(0)), at(50));
        let audio = clock.instant_of(at(1090), ntp(1000));
        let video = clock.instant_of(at(1060), ntp(1000));
        assert_eq!(audio, video);
        assert_eq!(
            clock.instant_of(at(2010), ntp(2000)),
            at(2010),
            "a shorter way is better"
        );
        assert_eq!(
            clock.instant_of(at(9000), ntp(3000)),
            at(9000),
            "a new clock"
        );
    }
}
