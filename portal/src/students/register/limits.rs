//! Tries at matching a number with a name.
//!
//! A restart forgives; each try also costs a code by SMS, whose limits are in the database. A
//! campus of thousands may share one address, so that limit is wide.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::web::windows::{Limit, WindowMetrics, Windows};

/// Mismatches of one mobile number in [`MOBILE_MS`].
pub const PER_MOBILE: u64 = 5;
/// Window of a mobile number, ms.
pub const MOBILE_MS: i64 = 24 * 3_600_000;
/// Mismatches from one address in [`ADDRESS_MS`].
pub const PER_ADDRESS: u64 = 200;
/// Window of an address, ms.
pub const ADDRESS_MS: i64 = 10 * 60_000;

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

impl MatchLimits {
    /// Nobody has tried yet.
    pub fn new(metrics: &WindowMetrics) -> Self {
        let mobiles = Limit {
            name: "mismatches_by_mobile",
            most: PER_MOBILE,
            length_ms: MOBILE_MS,
        };
        let addresses = Limit {
            name: "mismatches_by_address",
            most: PER_ADDRESS,
            length_ms: ADDRESS_MS,
        };
        Self {
            mobiles: Windows::new(mobiles, metrics),
            addresses: Windows::new(addresses, metrics),
            turn: Mutex::default(),
        }
    }

    /// May someone with this mobile number try from this address?
    ///
    /// # Errors
    /// A limit is hit.
    pub fn check(&self, mobile: &str, address: IpAddr, now_ms: i64) -> Result<(), Limited> {
        let address = self.addresses.check(&address, now_ms);
        address.map_err(Limited::Address)?;
        let mobile = self.mobiles.check(&mobile.to_owned(), now_ms);
        mobile.map_err(|_| Limited::Mobile)
    }

    /// Counts a try before it is known how it ends, so that many at the same moment find no more
    /// room than one after the other. [`MatchLimits::give_back`] undoes it.
    ///
    /// # Errors
    /// A limit is hit; nothing was counted.
    pub fn reserve(&self, mobile: &str, address: IpAddr, now_ms: i64) -> Result<(), Limited> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.check(mobile, address, now_ms)?;
        self.mobiles.count(&mobile.to_owned(), 1, now_ms);
        self.addresses.count(&address, 1, now_ms);
        Ok(())
    }

    /// What was reserved was no mismatch.
    pub fn give_back(&self, mobile: &str, address: IpAddr) {
        self.mobiles.give_back(&mobile.to_owned(), 1);
        self.addresses.give_back(&address, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::Registry;

    #[test]
    fn a_mobile_number_waits_a_day_and_an_address_ten_minutes() {
        let limits = MatchLimits::new(&WindowMetrics::new(&Registry::new()).unwrap());
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
