//! The clock of the load test: UTC nanoseconds, the same clock that the kernel stamps received
//! datagrams with, so that a send stamp and a receive stamp can be compared.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds in a millisecond.
pub const MS: i64 = 1_000_000;
/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;

/// Now, nanoseconds since 1970 UTC.
#[must_use]
pub fn now_ns() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Now, milliseconds since 1970 UTC.
#[must_use]
pub fn now_ms() -> i64 {
    now_ns() / MS
}

/// `ns` as milliseconds with a fraction.
#[must_use]
pub fn as_ms(ns: i64) -> f64 {
    ns as f64 / MS as f64
}
