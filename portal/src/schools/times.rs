//! Beijing time as it is typed into a form and shown on a page.

use formats::beijing::{OFFSET_MS, date_at, ms_at, parse_iso};

pub use crate::layout::{day, moment as minute};

const MINUTE_MS: i64 = 60_000;
const DAY_MIN: i64 = 24 * 60;

/// Minutes since midnight in Beijing.
fn minutes(ms: i64) -> i64 {
    (ms + OFFSET_MS).div_euclid(MINUTE_MS).rem_euclid(DAY_MIN)
}

/// `14:00`.
pub fn clock(ms: i64) -> String {
    let minutes = minutes(ms);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `11 月`, for the leaf of a calendar.
pub fn month(ms: i64) -> String {
    format!("{} 月", u8::from(date_at(ms).month()))
}

/// `22`, for the leaf of a calendar.
pub fn day_of_month(ms: i64) -> String {
    format!("{:02}", date_at(ms).day())
}

/// `周日`.
pub fn weekday(ms: i64) -> &'static str {
    const NAMES: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    NAMES[usize::from(date_at(ms).weekday().number_days_from_monday())]
}

/// What `<input type="datetime-local">` holds: `2026-11-22T14:00`.
pub fn input(ms: i64) -> String {
    format!("{}T{}", day(ms), clock(ms))
}

/// Reads what [`input`] writes, also with seconds or with a space; ms since 1970.
pub fn parse_input(text: &str) -> Option<i64> {
    let (day, time) = text.trim().split_once(['T', ' '])?;
    let mut parts = time.split(':');
    let hour: i64 = two_digits(parts.next()?)?;
    let minute: i64 = two_digits(parts.next()?)?;
    let good = hour < 24 && minute < 60 && parts.next().is_none_or(|s| two_digits(s).is_some());
    let midnight = ms_at(parse_iso(day)?, 0);
    (good && parts.next().is_none()).then_some(midnight + (hour * 60 + minute) * MINUTE_MS)
}

fn two_digits(text: &str) -> Option<i64> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        let ms = 1_795_327_200_000;
        assert_eq!(minute(ms), "2026-11-22 14:00");
        assert_eq!((weekday(ms), day_of_month(ms).as_str()), ("周日", "22"));
        assert_eq!(parse_input(&input(ms)), Some(ms));
        assert_eq!(parse_input("2026-11-22 14:00:30"), Some(ms));
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T24:00",
            "2026-11-31T10:00",
            "2026-11-22T1:00",
        ] {
            assert_eq!(parse_input(text), None, "{text}");
        }
    }
}
