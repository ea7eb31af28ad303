//! A year as twelve months of weeks, for the page.

use formats::beijing;
use formats::working_days::Calendar;
use time::{Date, Month};

/// A day in the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// `2026-10-01`.
    pub iso: String,
    /// Day of the month.
    pub number: u8,
    /// `off` 休, `shift` 班 (a worked weekend), `weekend`, `work`.
    pub look: &'static str,
    /// The holiday that it is part of or is worked for.
    pub name: String,
    /// It is today.
    pub today: bool,
}

impl Cell {
    /// What is read aloud.
    pub fn label(&self) -> String {
        let what = match self.look {
            "off" => "放假",
            "shift" => "调休上班",
            "weekend" => "周末",
            _ => "工作日",
        };
        format!("{} {what} {}", self.iso, self.name)
            .trim_end()
            .to_owned()
    }
}

/// A month: weeks from Monday to Sunday, `None` outside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthGrid {
    /// 1 to 12.
    pub number: u8,
    /// Its weeks.
    pub weeks: Vec<[Option<Cell>; 7]>,
    /// How many working days it has.
    pub working_days: usize,
}

/// The months of `year`.
pub fn months(calendar: &Calendar, year: i32, now_ms: i64) -> Vec<MonthGrid> {
    (1..=12)
        .filter_map(|number| month(calendar, year, number, beijing::date_at(now_ms)))
        .collect()
}

fn month(calendar: &Calendar, year: i32, number: u8, today: Date) -> Option<MonthGrid> {
    let month = Month::try_from(number).ok()?;
    let mut date = Date::from_calendar_date(year, month, 1).ok()?;
    let mut grid = MonthGrid {
        number,
        weeks: vec![Default::default()],
        working_days: 0,
    };
    while date.month() == month && date.year() == year {
        let place = usize::from(date.weekday().number_days_from_monday());
        if place == 0 && date.day() > 1 {
            grid.weeks.push(Default::default());
        }
        let cell = cell(calendar, date, today);
        grid.working_days += usize::from(matches!(cell.look, "work" | "shift"));
        if let Some(week) = grid.weeks.last_mut() {
            week[place] = Some(cell);
        }
        date = date.next_day()?;
    }
    Some(grid)
}

fn cell(calendar: &Calendar, date: Date, today: Date) -> Cell {
    let day = calendar.day(date);
    let weekend = date.weekday().number_days_from_monday() >= 5;
    let look = match (day.working, day.name, weekend) {
        (true, _, true) => "shift",
        (true, _, false) => "work",
        (false, Some(_), _) => "off",
        (false, None, true) => "weekend",
        (false, None, false) => "off",
    };
    Cell {
        iso: beijing::iso(date),
        number: date.day(),
        look,
        name: day.name.unwrap_or_default().to_owned(),
        today: date == today,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_its_days_in_their_weeks() {
        let months = months(&Calendar::built_in(), 2026, 1_795_305_600_000);
        assert_eq!(months.len(), 12);
        let days: usize = months
            .iter()
            .flat_map(|month| &month.weeks)
            .map(|week| week.iter().flatten().count())
            .sum();
        assert_eq!(days, 365);
        let working: usize = months.iter().map(|month| month.working_days).sum();
        assert_eq!(working, 248);
        let october = &months[9];
        // 1 October 2026 is a Thursday.
        let first = october.weeks[0][3].as_ref().unwrap();
        assert_eq!((first.number, first.look), (1, "off"));
        assert_eq!(first.label(), "2026-10-01 放假 国庆节");
        assert_eq!(october.weeks[1][5].as_ref().unwrap().look, "shift");
        let today = months[10].weeks.iter().flatten().flatten();
        assert_eq!(today.filter(|cell| cell.today).count(), 1);
    }
}
