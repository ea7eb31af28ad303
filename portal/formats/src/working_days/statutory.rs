//! 法定节假日 (全国年节及纪念日放假办法, as revised in 2024): 13 days in a year, fixed by the solar
//! or the lunar calendar. They are known long before a year's notice, which moves weekends to
//! them.

use time::{Date, Duration, Month};

/// The lunar festivals of a year as (month, day): 春节 (the first day), 端午节, 中秋节.
type Festivals = [(u8, u8); 3];

/// First year of [`LUNAR`].
const FIRST_YEAR: i32 = 2025;

/// By the lunar calendar (GB/T 33661-2017).
const LUNAR: &[Festivals] = &[
    [(1, 29), (5, 31), (10, 6)],
    [(2, 17), (6, 19), (9, 25)],
    [(2, 6), (6, 9), (9, 15)],
    [(1, 26), (5, 28), (10, 3)],
    [(2, 13), (6, 16), (9, 22)],
    [(2, 3), (6, 5), (9, 12)],
    [(1, 23), (6, 24), (10, 1)],
    [(2, 11), (6, 12), (9, 19)],
    [(1, 31), (6, 1), (9, 8)],
    [(2, 19), (6, 20), (9, 27)],
    [(2, 8), (6, 10), (9, 16)],
];

/// The statutory holiday that `date` is. Before 2025 and after 2035 the lunar ones are unknown.
pub fn name(date: Date) -> Option<&'static str> {
    solar(date).or_else(|| lunar(date))
}

fn solar(date: Date) -> Option<&'static str> {
    match (date.month(), date.day()) {
        (Month::January, 1) => Some("元旦"),
        (Month::April, day) if Some(day) == clear_and_bright(date.year()) => Some("清明节"),
        (Month::May, 1..=2) => Some("劳动节"),
        (Month::October, 1..=3) => Some("国庆节"),
        _ => None,
    }
}

/// 清明 in April of the years 2000 to 2099: the day at which the sun has gone 15° past the spring
/// equinox, by the usual linear rule.
fn clear_and_bright(year: i32) -> Option<u8> {
    let nth = (2000..=2099).contains(&year).then_some(year - 2000)?;
    u8::try_from((nth * 2422 + 48_100) / 10_000 - nth / 4).ok()
}

fn lunar(date: Date) -> Option<&'static str> {
    let nth = usize::try_from(date.year() - FIRST_YEAR).ok()?;
    let [spring, boat, autumn] = LUNAR.get(nth)?;
    let on = |(month, day): &(u8, u8)| {
        let month = Month::try_from(*month).ok()?;
        Date::from_calendar_date(date.year(), month, *day).ok()
    };
    // 除夕 and the first three days.
    let spring = on(spring)?;
    if (spring - Duration::days(1)..spring + Duration::days(3)).contains(&date) {
        return Some("春节");
    }
    if Some(date) == on(boat) {
        return Some("端午节");
    }
    (Some(date) == on(autumn)).then_some("中秋节")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn days_of(year: i32) -> Vec<(String, &'static str)> {
        let mut day = Date::from_calendar_date(year, Month::January, 1).unwrap();
        let mut days = Vec::new();
        while day.year() == year {
            days.extend(name(day).map(|name| (crate::beijing::iso(day), name)));
            day = day.next_day().unwrap();
        }
        days
    }

    #[test]
    fn the_days_of_2027() {
        let days = days_of(2027);
        let days: Vec<_> = days.iter().map(|(day, name)| (&day[5..], *name)).collect();
        assert_eq!(
            days,
            [
                ("01-01", "元旦"),
                ("02-05", "春节"),
                ("02-06", "春节"),
                ("02-07", "春节"),
                ("02-08", "春节"),
                ("04-05", "清明节"),
                ("05-01", "劳动节"),
                ("05-02", "劳动节"),
                ("06-09", "端午节"),
                ("09-15", "中秋节"),
                ("10-01", "国庆节"),
                ("10-02", "国庆节"),
                ("10-03", "国庆节"),
            ]
        );
    }

    #[test]
    fn a_year_has_thirteen_days_but_where_two_feasts_meet() {
        for year in 2025..=2035 {
            let expected = match year {
                // 中秋节 is within 国庆节.
                2028 | 2031 => 12,
                _ => 13,
            };
            assert_eq!(days_of(year).len(), expected, "{year}");
        }
        assert_eq!(days_of(2036).len(), 7);
        assert_eq!(days_of(2100).len(), 6);
    }

    #[test]
    fn clear_and_bright_is_the_fourth_or_fifth() {
        for (day, is_it) in [
            (date!(2024 - 04 - 04), true),
            (date!(2025 - 04 - 04), true),
            (date!(2026 - 04 - 05), true),
            (date!(2026 - 04 - 04), false),
            (date!(2028 - 04 - 04), true),
            (date!(2030 - 04 - 05), true),
        ] {
            assert_eq!(name(day) == Some("清明节"), is_it, "{day}");
        }
    }
}
