//! Failed logins by network address.
//!
//! Kept in memory: a restart forgives, which the lock by login name (in the database) makes up
//! for. A campus of thousands may share one address, so the limit counts failures only.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Addresses remembered at once; at the limit, those whose window is over are forgotten, and if
/// none is, a new address is let through uncounted.
const ADDRESSES: usize = 65_536;
/// Length of a window, ms.
const WINDOW_MS: i64 = 10 * 60_000;

#[derive(Debug, Clone, Copy)]
struct Window {
    began_ms: i64,
    failures: u32,
}

/// Failed logins of the current windows.
#[derive(Debug)]
pub struct LoginLimits {
    per_window: u32,
    windows: Mutex<HashMap<IpAddr, Window>>,
}

impl LoginLimits {
    /// Lets `per_window` failures an address pass in 10 minutes.
    pub fn new(per_window: u32) -> Self {
        Self {
            per_window,
            windows: Mutex::new(HashMap::new()),
        }
    }

    /// May someone at `address` try? `Err`: seconds until he may.
    ///
    /// # Errors
    /// The limit is hit.
    pub fn check(&self, address: IpAddr, now_ms: i64) -> Result<(), u64> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        match windows.get(&address) {
            Some(window) if window.failures >= self.per_window => {
                let left_ms = window.began_ms + WINDOW_MS - now_ms;
                if left_ms > 0 {
                    Err(left_ms.unsigned_abs().div_ceil(1000))
                } else {
                    Ok(())
                }
            }
            _ => Ok(()),
        }
    }

    /// Counts a failure.
    pub fn failed(&self, address: IpAddr, now_ms: i64) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= ADDRESSES && !windows.contains_key(&address) {
            windows.retain(|_, window| now_ms - window.began_ms < WINDOW_MS);
            if windows.len() >= ADDRESSES {
                return;
            }
        }
        let window = windows.entry(address).or_insert(Window {
            began_ms: now_ms,
            failures: 0,
        });
        if now_ms - window.began_ms >= WINDOW_MS {
            *window = Window {
                began_ms: now_ms,
                failures: 0,
            };
        }
        window.failures = window.failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_for_the_window_to_end() {
        let limits = LoginLimits::new(2);
        let address = IpAddr::from([192, 0, 2, 1]);
        limits.failed(address, 0);
        assert_eq!(limits.check(address, 1), Ok(()));
        limits.failed(address, 1_000);
        assert_eq!(limits.check(address, 1_000), Err(599));
        assert_eq!(limits.check(IpAddr::from([192, 0, 2, 2]), 1_000), Ok(()));
        assert_eq!(limits.check(address, WINDOW_MS), Ok(()));
    }
}
