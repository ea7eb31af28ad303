//! Working days: when something is due.

use base::db::Tx;

/// A date by which something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// 18:00 Beijing time of that day, ms since 1970.
    pub at_ms: i64,
    /// The calendar of that year is not published yet.
    pub estimated: bool,
}

/// 18:00 of the `days`-th working day after today.
///
/// # Errors
/// The database failed.
pub async fn due(_tx: &mut Tx, now_ms: i64, days: u32) -> Result<Due, sqlx::Error> {
    const DAY_MS: i64 = 86_400_000;
    const BEIJING_MS: i64 = 8 * 3_600_000;
    let mut day = (now_ms + BEIJING_MS).div_euclid(DAY_MS);
    let mut left = days;
    while left > 0 {
        day += 1;
        // 1970-01-01 was a Thursday.
        if !matches!((day + 3).rem_euclid(7), 5 | 6) {
            left -= 1;
        }
    }
    Ok(Due {
        at_ms: day * DAY_MS + 18 * 3_600_000 - BEIJING_MS,
        estimated: true,
    })
}
