//! What one network address may do in ten minutes.
//!
//! Kept in memory: a restart forgives, which the limits by login name and by mobile number (in
//! the database) make up for. A campus of thousands may share one address, so what is counted is
//! failures, or things that cost something.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::config::AccountsConfig;

/// Addresses remembered at once; at the limit, those whose window is over are forgotten, and if
/// none is, the one whose window began first.
const ADDRESSES: usize = 65_536;
/// Length of a window, ms.
const WINDOW_MS: i64 = 10 * 60_000;

/// All limits by address.
#[derive(Debug)]
pub struct AddressLimits {
    /// Failed logins.
    pub logins: AddressLimit,
    /// Failed logins after which a login from there needs a captcha, whatever its name.
    pub easy_logins: AddressLimit,
    /// Wrong answers to captchas.
    pub captchas: AddressLimit,
    /// Captchas drawn.
    pub pictures: AddressLimit,
    /// WeChat codes made.
    pub scenes: AddressLimit,
}

impl AddressLimits {
    /// The limits of `config`.
    pub fn new(config: &AccountsConfig) -> Self {
        Self {
            logins: AddressLimit::new(config.failures_per_address),
            easy_logins: AddressLimit::new(config.easy_failures_per_address),
            captchas: AddressLimit::new(config.wrong_captchas_per_address),
            pictures: AddressLimit::new(config.captchas_per_address),
            scenes: AddressLimit::new(config.wechat_codes_per_address),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began_ms: i64,
    count: u32,
}

/// One limit.
#[derive(Debug)]
pub struct AddressLimit {
    per_window: u32,
    windows: Mutex<HashMap<IpAddr, Window>>,
}

impl AddressLimit {
    /// Lets an address do `per_window` of it in 10 minutes.
    pub fn new(per_window: u32) -> Self {
        Self {
            per_window,
            windows: Mutex::new(HashMap::new()),
        }
    }

    /// May someone at `address` go on? `Err`: seconds until he may.
    ///
    /// # Errors
    /// The limit is hit.
    pub fn check(&self, address: IpAddr, now_ms: i64) -> Result<(), u64> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        match windows.get(&address) {
            Some(window) if window.count >= self.per_window => {
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

    /// Counts one.
    pub fn count(&self, address: IpAddr, now_ms: i64) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = window(&mut windows, address, now_ms);
        window.count = window.count.saturating_add(1);
    }

    /// Counts one before it is known how it ends, so that many at the same moment find no more
    /// room than one after the other. [`AddressLimit::give_back`] undoes it.
    ///
    /// # Errors
    /// The limit is hit: seconds until there is room again. Nothing was counted.
    pub fn reserve(&self, address: IpAddr, now_ms: i64) -> Result<(), u64> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = window(&mut windows, address, now_ms);
        if window.count >= self.per_window {
            let left_ms = window.began_ms + WINDOW_MS - now_ms;
            return Err(left_ms.unsigned_abs().div_ceil(1000));
        }
        window.count += 1;
        Ok(())
    }

    /// What was reserved did not count after all.
    pub fn give_back(&self, address: IpAddr) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.get_mut(&address) {
            window.count = window.count.saturating_sub(1);
        }
    }
}

/// The window that runs now for an address.
fn window(windows: &mut HashMap<IpAddr, Window>, address: IpAddr, now_ms: i64) -> &mut Window {
    if windows.len() >= ADDRESSES && !windows.contains_key(&address) {
        windows.retain(|_, window| now_ms - window.began_ms < WINDOW_MS);
        if windows.len() >= ADDRESSES {
            let oldest = windows.iter().min_by_key(|(_, window)| window.began_ms);
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                windows.remove(&oldest);
            }
        }
    }
    let fresh = Window {
        began_ms: now_ms,
        count: 0,
    };
    let window = windows.entry(address).or_insert(fresh);
    if now_ms - window.began_ms >= WINDOW_MS {
        *window = fresh;
    }
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_for_the_window_to_end() {
        let limit = AddressLimit::new(2);
        let address = IpAddr::from([192, 0, 2, 1]);
        limit.count(address, 0);
        assert_eq!(limit.check(address, 1), Ok(()));
        limit.count(address, 1_000);
        assert_eq!(limit.check(address, 1_000), Err(599));
        assert_eq!(limit.check(IpAddr::from([192, 0, 2, 2]), 1_000), Ok(()));
        assert_eq!(limit.check(address, WINDOW_MS), Ok(()));
    }

    #[test]
    fn what_is_reserved_counts_until_it_is_given_back() {
        let limit = AddressLimit::new(2);
        let address = IpAddr::from([192, 0, 2, 1]);
        assert_eq!(limit.reserve(address, 0), Ok(()));
        assert_eq!(limit.reserve(address, 0), Ok(()));
        assert_eq!(limit.reserve(address, 1_000), Err(599));
        limit.give_back(address);
        assert_eq!(limit.reserve(address, 1_000), Ok(()));
        assert_eq!(limit.reserve(address, 1_000), Err(599));
        assert_eq!(limit.reserve(address, WINDOW_MS), Ok(()));
    }

    #[test]
    fn a_full_table_forgets_the_oldest_and_counts_the_newest() {
        let limit = AddressLimit::new(1);
        let address = |n: usize| IpAddr::from(u32::try_from(n).unwrap().to_be_bytes());
        for n in 0..=ADDRESSES {
            limit.count(address(n), i64::from(n > 0));
        }
        assert_eq!(limit.check(address(0), 1), Ok(()), "forgotten");
        assert!(limit.check(address(ADDRESSES), 1).is_err(), "counted");
    }
}
