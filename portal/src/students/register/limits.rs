//! Tries at matching a number with a name.
//!
//! Kept in memory: a restart forgives; each try also costs a code by SMS, whose limits are in the
//! database. A campus of thousands may share one address, so that limit is wide.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Mismatches of one mobile number in [`MOBILE_MS`].
pub const PER_MOBILE: u32 = 5;
/// Window of a mobile number, ms.
pub const MOBILE_MS: i64 = 24 * 3_600_000;
/// Mismatches from one address in [`ADDRESS_MS`].
pub const PER_ADDRESS: u32 = 200;
/// Window of an address, ms.
pub const ADDRESS_MS: i64 = 10 * 60_000;
/// Keys remembered at once; at the limit, those whose window is over are forgotten, and if none
/// is, a new key is not counted.
const KEYS: usize = 65_536;

/// Why no further try is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// Too many mismatches of this mobile number.
    Mobile,
    /// Too many from this address; again after so many seconds.
    Address(u64),
}

/// Mismatches of the current windows.
#[derive(Debug)]
pub struct MatchLimits {
    mobiles: Windows<String>,
    addresses: Windows<IpAddr>,
    /// Held while both are looked at and counted.
    turn: Mutex<()>,
}

impl Default for MatchLimits {
    fn default() -> Self {
        Self {
            mobiles: Windows::new(PER_MOBILE, MOBILE_MS),
            addresses: Windows::new(PER_ADDRESS, ADDRESS_MS),
            turn: Mutex::default(),
        }
    }
}

impl MatchLimits {
    /// May someone with this mobile number try from this address?
    ///
    /// # Errors
    /// A limit is hit.
    pub fn check(&self, mobile: &str, address: IpAddr, now_ms: i64) -> Result<(), Limited> {
        if let Some(left_ms) = self.addresses.left_ms(&address, now_ms) {
            return Err(Limited::Address(left_ms.unsigned_abs().div_ceil(1000)));
        }
        match self.mobiles.left_ms(&mobile.to_owned(), now_ms) {
            Some(_) => Err(Limited::Mobile),
            None => Ok(()),
        }
    }

    /// Counts a try before it is known how it ends, so that many at the same moment find no more
    /// room than one after the other. [`MatchLimits::give_back`] undoes it.
    ///
    /// # Errors
    /// A limit is hit; nothing was counted.
    pub fn reserve(&self, mobile: &str, address: IpAddr, now_ms: i64) -> Result<(), Limited> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.check(mobile, address, now_ms)?;
        self.mismatch(mobile, address, now_ms);
        Ok(())
    }

    /// What was reserved was no mismatch.
    pub fn give_back(&self, mobile: &str, address: IpAddr) {
        self.mobiles.give_back(&mobile.to_owned());
        self.addresses.give_back(&address);
    }

    fn mismatch(&self, mobile: &str, address: IpAddr, now_ms: i64) {
        self.mobiles.count(mobile.to_owned(), now_ms);
        self.addresses.count(address, now_ms);
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began_ms: i64,
    count: u32,
}

#[derive(Debug)]
struct Windows<K> {
    most: u32,
    length_ms: i64,
    windows: Mutex<HashMap<K, Window>>,
}

impl<K: Eq + Hash> Windows<K> {
    fn new(most: u32, length_ms: i64) -> Self {
        Self {
            most,
            length_ms,
            windows: Mutex::new(HashMap::new()),
        }
    }

    /// How long a key that is at its limit has to wait.
    fn left_ms(&self, key: &K, now_ms: i64) -> Option<i64> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows
            .get(key)
            .filter(|window| window.count >= self.most)?;
        let left_ms = window.began_ms + self.length_ms - now_ms;
        (left_ms > 0).then_some(left_ms)
    }

    fn count(&self, key: K, now_ms: i64) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= KEYS && !windows.contains_key(&key) {
            windows.retain(|_, window| now_ms - window.began_ms < self.length_ms);
            if windows.len() >= KEYS {
                return;
            }
        }
        let fresh = Window {
            began_ms: now_ms,
            count: 0,
        };
        let window = windows.entry(key).or_insert(fresh);
        if now_ms - window.began_ms >= self.length_ms {
            *window = fresh;
        }
        window.count = window.count.saturating_add(1);
    }

    fn give_back(&self, key: &K) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.get_mut(key) {
            window.count = window.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_number_waits_a_day_and_an_address_ten_minutes() {
        let limits = MatchLimits::default();
        let address = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..PER_MOBILE {
            assert_eq!(limits.reserve("13800000001", address, 0), Ok(()));
        }
        limits.give_back("13800000001", address);
        assert_eq!(limits.reserve("13800000001", address, 0), Ok(()));
        assert_eq!(
            limits.check("13800000001", address, 1),
            Err(Limited::Mobile)
        );
        assert_eq!(limits.check("13800000002", address, 1), Ok(()));
        assert_eq!(limits.check("13800000001", address, MOBILE_MS), Ok(()));
        for n in PER_MOBILE..PER_ADDRESS {
            assert_eq!(
                limits.reserve(&format!("1380001{n:04}"), address, 0),
                Ok(())
            );
        }
        assert_eq!(
            limits.check("13800000003", address, 0),
            Err(Limited::Address(600))
        );
        assert_eq!(limits.check("13800000003", address, ADDRESS_MS), Ok(()));
    }
}
