//! Working days: when something is due, and how long that is from now (D10).
//!
//! The State Council's notices that this version knows are built in; a year that staff import or
//! edit stands in the database and replaces the built-in one as a whole.

pub(super) mod actions;
pub mod grid;
pub mod pages;
pub mod store;

use base::db::Tx;
use formats::beijing;
use formats::working_days::Calendar;

pub use store::{load, load_in};

/// A date by which something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// 18:00 Beijing time of that day, ms since 1970.
    pub at_ms: i64,
    /// The calendar of that year is not published yet.
    pub estimated: bool,
}

/// How long it is until something is due, for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remaining {
    /// `剩 2 个工作日`, `已超期 3 小时`.
    pub text: String,
    /// The colour of its tag.
    pub tone: &'static str,
}

/// 18:00 of the `days`-th working day after today.
///
/// # Errors
/// The database failed.
pub async fn due(tx: &mut Tx, now_ms: i64, days: u32) -> Result<Due, sqlx::Error> {
    let calendar = load_in(tx).await?;
    let days = u16::try_from(days).unwrap_or(u16::MAX);
    let due = calendar.due_ms(now_ms, days);
    Ok(Due {
        at_ms: due.at_ms,
        estimated: due.estimated,
    })
}

/// `2026-11-25 18:00`, with （预计） after it if the date may change.
pub fn zh(due: Due) -> String {
    let due = formats::working_days::Due {
        at_ms: due.at_ms,
        estimated: due.estimated,
    };
    due.zh()
}

/// How long it is from `now_ms` until `due`: by working days, by hours on the day itself, and by
/// hours or days once it has passed.
pub fn remaining(calendar: &Calendar, now_ms: i64, due: Due) -> Remaining {
    const HOUR_MS: i64 = 3_600_000;
    if now_ms >= due.at_ms {
        let text = match (now_ms - due.at_ms) / HOUR_MS {
            0 => "已超期不到 1 小时".to_owned(),
            hours @ 1..=47 => format!("已超期 {hours} 小时"),
            hours => format!("已超期 {} 天", hours / 24),
        };
        return Remaining { text, tone: "bad" };
    }
    let (today, last) = (beijing::date_at(now_ms), beijing::date_at(due.at_ms));
    let mark = if due.estimated { "（预计）" } else { "" };
    if today == last {
        let text = match (due.at_ms - now_ms) / HOUR_MS {
            0 => format!("剩不到 1 小时{mark}"),
            hours => format!("剩 {hours} 小时{mark}"),
        };
        return Remaining { text, tone: "warn" };
    }
    let days = calendar.working_days_between(today, last);
    let tone = if days <= 1 { "warn" } else { "info" };
    let text = format!("剩 {days} 个工作日{mark}");
    Remaining { text, tone }
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::working_days::END_HOUR;
    use time::macros::date;

    fn at(date: time::Date, hour: u8) -> i64 {
        beijing::ms_at(date, hour)
    }

    #[test]
    fn the_clock_speaks_of_working_days_then_hours_then_overdue() {
        let calendar = Calendar::built_in();
        let due = Due {
            at_ms: at(date!(2026 - 10 - 10), END_HOUR),
            estimated: false,
        };
        for (now_ms, text, tone) in [
            // 30 September, 8, 9 and 10 October are worked.
            (at(date!(2026 - 09 - 29), 9), "剩 4 个工作日", "info"),
            (at(date!(2026 - 10 - 05), 9), "剩 3 个工作日", "info"),
            (at(date!(2026 - 10 - 08), 9), "剩 2 个工作日", "info"),
            (at(date!(2026 - 10 - 09), 23), "剩 1 个工作日", "warn"),
            (at(date!(2026 - 10 - 10), 9), "剩 9 小时", "warn"),
            (due.at_ms - 1, "剩不到 1 小时", "warn"),
            (due.at_ms, "已超期不到 1 小时", "bad"),
            (due.at_ms + 3 * 3_600_000, "已超期 3 小时", "bad"),
            (due.at_ms + 50 * 3_600_000, "已超期 2 天", "bad"),
        ] {
            let left = remaining(&calendar, now_ms, due);
            assert_eq!((left.text.as_str(), left.tone), (text, tone), "{now_ms}");
        }
    }

    #[test]
    fn an_estimated_date_says_so() {
        let calendar = Calendar::built_in();
        let due = Due {
            at_ms: at(date!(2027 - 01 - 05), END_HOUR),
            estimated: true,
        };
        let left = remaining(&calendar, at(date!(2026 - 12 - 31), 9), due);
        assert_eq!(left.text, "剩 2 个工作日（预计）");
        assert_eq!(zh(due), "2027-01-05 18:00（预计）");
    }
}
