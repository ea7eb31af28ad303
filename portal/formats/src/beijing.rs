//! Dates in Beijing time: UTC+8 all year, for all of China.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, Month};

/// What Beijing is ahead of UTC.
pub const OFFSET_MS: i64 = 8 * 3_600_000;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
const ISO: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// First and last moment that this crate reckons with, ms since 1970: the beginnings of 1970 and
/// of 9000 in Beijing. Others count as the nearer of these.
pub const RANGE_MS: (i64, i64) = (-OFFSET_MS, 221_845_363_200_000);

/// The day in Beijing at `ms` since 1970.
pub fn date_at(ms: i64) -> Date {
    let days = (ms.clamp(RANGE_MS.0, RANGE_MS.1) + OFFSET_MS).div_euclid(DAY_MS);
    let julian = days + i64::from(epoch().to_julian_day());
    i32::try_from(julian)
        .ok()
        .and_then(|day| Date::from_julian_day(day).ok())
        .unwrap_or(epoch())
}

/// The moment in ms since 1970 at which it is `hour` o'clock (0 to 24) in Beijing on `date`.
pub fn ms_at(date: Date, hour: u8) -> i64 {
    let days = i64::from(date.to_julian_day() - epoch().to_julian_day());
    days * DAY_MS + i64::from(hour) * HOUR_MS - OFFSET_MS
}

/// `2026-11-25`.
pub fn iso(date: Date) -> String {
    let (year, month, day) = date.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

/// Reads `2026-11-25`, and nothing else.
pub fn parse_iso(text: &str) -> Option<Date> {
    (text.len() == 10)
        .then(|| Date::parse(text, ISO).ok())
        .flatten()
}

fn epoch() -> Date {
    Date::from_calendar_date(1970, Month::January, 1).expect("invariant: 1 January is a day")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn a_day_begins_at_16_utc() {
        assert_eq!(date_at(0), date!(1970 - 01 - 01));
        let midnight = ms_at(date!(2026 - 11 - 25), 0);
        assert_eq!(midnight, 1_795_536_000_000);
        assert_eq!(date_at(midnight), date!(2026 - 11 - 25));
        assert_eq!(date_at(midnight - 1), date!(2026 - 11 - 24));
        assert_eq!(
            ms_at(date!(2026 - 11 - 25), 24),
            ms_at(date!(2026 - 11 - 26), 0)
        );
    }

    #[test]
    fn moments_far_away_count_as_the_nearest_one() {
        assert_eq!(RANGE_MS.1, ms_at(date!(9000 - 01 - 01), 0));
        assert_eq!(date_at(i64::MAX), date!(9000 - 01 - 01));
        assert_eq!(date_at(i64::MIN), date!(1970 - 01 - 01));
    }

    #[test]
    fn dates_are_written_in_one_way() {
        assert_eq!(parse_iso("2026-02-28"), Some(date!(2026 - 02 - 28)));
        assert_eq!(iso(date!(2026 - 02 - 08)), "2026-02-08");
        for text in [
            "2026-02-29",
            "2026-2-8",
            "2026/02/08",
            "20260208",
            "",
            "2026-02-08 ",
            "２０２６",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_day_is_found_again(ms in any::<i64>(), text in "\\PC{0,12}|[0-9]{4}-[0-9]{2}-[0-9]{2}") {
            let date = date_at(ms);
            prop_assert_eq!(date_at(ms_at(date, 0)), date);
            prop_assert_eq!(parse_iso(&iso(date)), Some(date));
            parse_iso(&text);
        }
    }
}
