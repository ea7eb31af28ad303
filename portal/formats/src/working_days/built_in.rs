//! The notices that are known to this version.

use time::macros::date;
use time::{Date, Duration};

use super::notice::{Day, Notice};

/// 国务院办公厅关于 2026 年部分节假日安排的通知 (2025-11-04): days off, first and last.
const OFF_2026: &[(&str, Date, Date)] = &[
    ("元旦", date!(2026 - 01 - 01), date!(2026 - 01 - 03)),
    ("春节", date!(2026 - 02 - 15), date!(2026 - 02 - 23)),
    ("清明节", date!(2026 - 04 - 04), date!(2026 - 04 - 06)),
    ("劳动节", date!(2026 - 05 - 01), date!(2026 - 05 - 05)),
    ("端午节", date!(2026 - 06 - 19), date!(2026 - 06 - 21)),
    ("中秋节", date!(2026 - 09 - 25), date!(2026 - 09 - 27)),
    ("国庆节", date!(2026 - 10 - 01), date!(2026 - 10 - 07)),
];

/// The same notice: weekends that are worked.
const WORKED_2026: &[(&str, Date)] = &[
    ("元旦", date!(2026 - 01 - 04)),
    ("春节", date!(2026 - 02 - 14)),
    ("春节", date!(2026 - 02 - 28)),
    ("劳动节", date!(2026 - 05 - 09)),
    ("国庆节", date!(2026 - 09 - 20)),
    ("国庆节", date!(2026 - 10 - 10)),
];

pub(super) fn notices() -> Vec<Notice> {
    let off = OFF_2026.iter().flat_map(|(name, first, last)| {
        (0..=(*last - *first).whole_days())
            .map(move |nth| (*name, *first + Duration::days(nth), true))
    });
    let worked = WORKED_2026.iter().map(|(name, date)| (*name, *date, false));
    let days = off
        .chain(worked)
        .map(|(name, date, off)| Day {
            date,
            name: name.to_owned(),
            off,
        })
        .collect();
    vec![Notice::new(2026, days).expect("invariant: a test builds it")]
}
