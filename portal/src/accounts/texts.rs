//! Times and login names as the account pages show them.

use formats::beijing::{date_at, iso};
use formats::text::{masked_email, masked_mobile};

use super::own::Own;

/// A moment in Beijing time, such as `2027-03-01 09:30`.
pub fn moment(ms: i64) -> String {
    const OFFSET_S: i64 = 8 * 3600;
    let at = time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000) + OFFSET_S)
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    format!("{} {:02}:{:02}", iso(at.date()), at.hour(), at.minute())
}

/// A day in Beijing time, such as `2027年3月1日`.
pub fn day(ms: i64) -> String {
    let date = date_at(ms);
    format!(
        "{}年{}月{}日",
        date.year(),
        u8::from(date.month()),
        date.day()
    )
}

/// An account's login name, partly hidden.
pub fn masked_login(own: &Own) -> String {
    match (&own.mobile, &own.email) {
        (Some(mobile), _) => masked_mobile(mobile),
        (None, Some(email)) => masked_email(email),
        (None, None) => "（无）".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_beijings() {
        assert_eq!(moment(1_795_305_600_000), "2026-11-22 08:00");
        assert_eq!(day(1_795_305_600_000), "2026年11月22日");
    }
}
