//! Uploads of people who are not signed in, counted by network address.
//!
//! Kept in memory: a restart forgives, and what was uploaded in vain is swept after a day.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Addresses remembered at once. At the limit those whose window is over are forgotten; if none
/// is, a new address has to wait, since nothing else bounds what it could upload.
const ADDRESSES: usize = 16_384;
/// Length of a window, ms.
const WINDOW_MS: i64 = 10 * 60_000;

#[derive(Debug, Clone, Copy)]
struct Window {
    began_ms: i64,
    uploads: u32,
}

/// Uploads of the current windows.
#[derive(Debug)]
pub struct StrangerLimits {
    per_window: u32,
    windows: Mutex<BTreeMap<IpAddr, Window>>,
}

impl StrangerLimits {
    /// Lets `per_window` uploads an address pass in 10 minutes.
    pub fn new(per_window: u32) -> Self {
        Self {
            per_window,
            windows: Mutex::new(BTreeMap::new()),
        }
    }

    /// Counts an upload from `address`.
    ///
    /// # Errors
    /// The limit is hit: seconds until it is worth trying again.
    pub fn take(&self, address: IpAddr, now_ms: i64) -> Result<(), u64> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= ADDRESSES && !windows.contains_key(&address) {
            windows.retain(|_, window| now_ms - window.began_ms < WINDOW_MS);
            if windows.len() >= ADDRESSES {
                return Err(WINDOW_MS.unsigned_abs() / 1000);
            }
        }
        let fresh = Window {
            began_ms: now_ms,
            uploads: 0,
        };
        let window = windows.entry(address).or_insert(fresh);
        if now_ms - window.began_ms >= WINDOW_MS {
            *window = fresh;
        }
        if window.uploads >= self.per_window {
            let left_ms = window.began_ms + WINDOW_MS - now_ms;
            return Err(left_ms.unsigned_abs().div_ceil(1000));
        }
        window.uploads += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_for_the_window_to_end() {
        let limits = StrangerLimits::new(2);
        let address = IpAddr::from([192, 0, 2, 1]);
        assert_eq!(limits.take(address, 0), Ok(()));
        assert_eq!(limits.take(address, 1), Ok(()));
        assert_eq!(limits.take(address, 1_000), Err(599));
        assert_eq!(limits.take(IpAddr::from([192, 0, 2, 2]), 1_000), Ok(()));
        assert_eq!(limits.take(address, WINDOW_MS), Ok(()));
    }

    #[test]
    fn memory_is_bounded_by_letting_new_addresses_wait() {
        let limits = StrangerLimits::new(1);
        for n in 0..ADDRESSES {
            let address = IpAddr::from(u32::try_from(n).unwrap().to_be_bytes());
            assert_eq!(limits.take(address, 0), Ok(()));
        }
        let late = IpAddr::from([203, 0, 113, 1]);
        assert!(limits.take(late, 1).is_err());
        assert_eq!(limits.take(late, WINDOW_MS), Ok(()));
    }
}
