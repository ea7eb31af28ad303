//! Requests from addresses that belong to no peer: a token bucket for each source prefix.

use std::net::IpAddr;
use std::time::Instant;

/// Buckets; prefixes that fall into the same one share it, so memory has a bound.
const BUCKETS: usize = 1024;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f32,
    filled: Instant,
}

/// Token buckets by source prefix: IPv4 /24, IPv6 /56.
#[derive(Debug)]
pub(crate) struct Strangers {
    buckets: Vec<Bucket>,
    key: u64,
    rate: f32,
}

impl Strangers {
    pub fn new(per_second: u32, key: u64, now: Instant) -> Strangers {
        let rate = per_second as f32;
        let buckets = vec![
            Bucket {
                tokens: rate,
                filled: now
            };
            BUCKETS
        ];
        Strangers {
            buckets,
            key: key | 1,
            rate,
        }
    }

    /// Takes a token of the address's prefix; false: there is none.
    pub fn admit(&mut self, now: Instant, address: IpAddr) -> bool {
        let prefix = match address.to_canonical() {
            IpAddr::V4(ip) => u64::from(u32::from(ip) >> 8),
            IpAddr::V6(ip) => (u128::from(ip) >> 72) as u64 | 1 << 63,
        };
        let product = u128::from(prefix ^ self.key) * u128::from(self.key);
        let place = ((product >> 64) ^ product) as usize % BUCKETS;
        let bucket = &mut self.buckets[place];
        let elapsed = now.saturating_duration_since(bucket.filled).as_secs_f32();
        bucket.tokens = (bucket.tokens + elapsed * self.rate).min(self.rate);
        bucket.filled = now;
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test needs some instant to start from"
)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_prefix_shares_its_tokens_and_gets_new_ones() {
        let start = Instant::now();
        let mut strangers = Strangers::new(10, 77, start);
        let address = |n: u8| IpAddr::from([192, 0, 2, n]);
        assert_eq!(
            (0..30)
                .filter(|n| strangers.admit(start, address(*n)))
                .count(),
            10
        );
        assert!(
            strangers.admit(start, IpAddr::from([198, 51, 100, 1])),
            "another prefix"
        );
        let later = start + Duration::from_millis(500);
        assert_eq!(
            (0..30)
                .filter(|n| strangers.admit(later, address(*n)))
                .count(),
            5
        );
    }
}
