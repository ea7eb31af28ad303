//! 工作日: which days they are, and when something is due that takes some of them.
//!
//! Each autumn the State Council publishes which days of the next year are off and which weekends
//! are worked ([`Notice`]). A year without its notice is estimated: Monday to Friday without the
//! statutory holidays ([`statutory`]).

mod built_in;
mod notice;
pub mod statutory;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Date, Weekday};

use crate::beijing;

pub use notice::{
    Day, NAME_CHARS, NOTICE_BYTES, NOTICE_ROWS, Notice, NoticeFault, NoticeProblem, YEARS,
};

/// The hour in Beijing at which a working day ends, and with it what is due on it.
pub const END_HOUR: u8 = 18;

/// The published notices, by year.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    notices: BTreeMap<i32, Notice>,
}

/// What a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayStatus<'a> {
    /// Whether it is a working day.
    pub working: bool,
    /// The holiday that it is part of or is worked for (`国庆节`).
    pub name: Option<&'a str>,
    /// Whether its year's notice is missing, so that this may change.
    pub estimated: bool,
}

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// ms since 1970.
    pub at_ms: i64,
    /// Whether a day of a year without notice was counted, so that this may change (预计).
    pub estimated: bool,
}

impl Due {
    /// For pages: `2026-11-25 18:00`, with （预计） after it.
    pub fn zh(self) -> String {
        let mark = if self.estimated { "（预计）" } else { "" };
        format!(
            "{} {END_HOUR}:00{mark}",
            beijing::iso(beijing::date_at(self.at_ms))
        )
    }
}

impl Calendar {
    /// Without any notice: all is estimated.
    pub fn empty() -> Self {
        Self::default()
    }

    /// With the notices that are known to this version: 2026.
    pub fn built_in() -> Self {
        let mut calendar = Self::empty();
        for notice in built_in::notices() {
            calendar.publish(notice);
        }
        calendar
    }

    /// Adds the notice of a year, and gives back the one that it replaces.
    pub fn publish(&mut self, notice: Notice) -> Option<Notice> {
        self.notices.insert(notice.year(), notice)
    }

    /// The notice of `year`; `None` is 未公布.
    pub fn notice(&self, year: i32) -> Option<&Notice> {
        self.notices.get(&year)
    }

    /// All notices, by year.
    pub fn notices(&self) -> impl Iterator<Item = &Notice> {
        self.notices.values()
    }

    /// What `date` is.
    pub fn day(&self, date: Date) -> DayStatus<'_> {
        let year = date.year();
        // A notice may speak of the December before its year, and is the newer one there.
        let published = [year + 1, year]
            .into_iter()
            .find_map(|year| self.notices.get(&year)?.day(date));
        let estimated = !self.notices.contains_key(&year);
        let (working, name) = match published {
            Some(day) => (!day.off, Some(day.name.as_str())),
            None if estimated => {
                let name = statutory::name(date);
                (name.is_none() && is_weekday(date), name)
            }
            None => (is_weekday(date), None),
        };
        DayStatus {
            working,
            name,
            estimated: estimated && published.is_none(),
        }
    }

    /// Whether `date` is a working day.
    pub fn is_working_day(&self, date: Date) -> bool {
        self.day(date).working
    }

    /// The end ([`END_HOUR`]) of the `working_days`-th working day after the day of
    /// `submitted_ms` in Beijing, whatever the hour. 0 counts as 1: what is due has always a day.
    pub fn due_ms(&self, submitted_ms: i64, working_days: u16) -> Due {
        let mut date = beijing::date_at(submitted_ms);
        let mut left = working_days.max(1);
        let mut estimated = false;
        while left > 0 {
            date = next(date);
            let day = self.day(date);
            estimated |= day.estimated;
            left -= u16::from(day.working);
        }
        Due {
            at_ms: beijing::ms_at(date, END_HOUR),
            estimated,
        }
    }

    /// How many working days there are after `from` up to and with `to`: what was due after `n` of
    /// them took `n`. 0 if `to` is not later.
    pub fn working_days_between(&self, from: Date, to: Date) -> u32 {
        let mut count = 0;
        let mut date = from;
        while date < to {
            date = next(date);
            count += u32::from(self.is_working_day(date));
        }
        count
    }
}

fn is_weekday(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The years reckoned with end at 9000 ([`beijing::RANGE_MS`]), and no count of working days
/// leads from there to the last year of [`Date`].
fn next(date: Date) -> Date {
    date.next_day().unwrap_or(date)
}

#[cfg(test)]
mod tests;
