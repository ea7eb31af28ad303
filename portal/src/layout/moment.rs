//! Moments as pages show them.

use formats::beijing;

const MINUTE_MS: i64 = 60_000;

/// Beijing time with its year: `2026-11-25 09:30`.
pub fn moment(ms: i64) -> String {
    let (first, last) = beijing::RANGE_MS;
    let minutes = (ms.clamp(first, last) + beijing::OFFSET_MS).div_euclid(MINUTE_MS);
    let of_day = minutes.rem_euclid(24 * 60);
    let date = beijing::iso(beijing::date_at(ms));
    format!("{date} {:02}:{:02}", of_day / 60, of_day % 60)
}

/// The day alone: `2026-11-25`.
pub fn day(ms: i64) -> String {
    beijing::iso(beijing::date_at(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_beijings() {
        assert_eq!(moment(0), "1970-01-01 08:00");
        assert_eq!(moment(1_795_305_600_000), "2026-11-22 08:00");
        assert_eq!(day(1_795_305_600_000 - 8 * 3_600_000 - 1), "2026-11-21");
        assert_eq!(moment(i64::MAX).len(), 16);
    }
}
