//! The State Council's notice about the holidays of one year, and its import.
//!
//! The import reads JSON of the form that public copies of the notices have:
//! `{"year": 2027, "days": [{"date": "2027-01-01", "name": "元旦", "isOffDay": true}, …]}`. Other keys
//! are ignored. All faults are told at once, by row, and nothing is taken unless all is right.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde::Serialize;
use serde_json::Value;
use time::{Date, Month};

use crate::beijing::{iso, parse_iso};
use crate::fault::Fault;
use crate::text::{LineFault, plain_line};

/// Years that a notice can be about.
pub const YEARS: RangeInclusive<i32> = 2007..=2100;
/// Most rows of a notice: there have never been fifty.
pub const NOTICE_ROWS: usize = 200;
/// Longest JSON of a notice.
pub const NOTICE_BYTES: usize = 64 * 1024;
/// Shortest and longest name of a holiday.
pub const NAME_CHARS: (usize, usize) = (1, 20);

/// A day that is not what its weekday says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Which day.
    pub date: Date,
    /// The holiday that it is part of or is worked for.
    pub name: String,
    /// Off, or worked.
    pub off: bool,
}

/// The notice of one year: days in their order, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    year: i32,
    days: Vec<Day>,
}

/// A fault in a notice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row:?}: {problem}")]
pub struct NoticeFault {
    /// The row, counted from 1; `None`: the whole.
    pub row: Option<usize>,
    /// What is wrong with it.
    pub problem: NoticeProblem,
}

/// What can be wrong with a notice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeProblem {
    /// Longer than [`NOTICE_BYTES`].
    #[error("too long")]
    TooLong,
    /// No JSON; the parser's line.
    #[error("no JSON, line {0}")]
    Json(usize),
    /// `year` is missing or not within [`YEARS`].
    #[error("no year")]
    Year,
    /// `days` is missing or empty.
    #[error("no days")]
    Days,
    /// More than [`NOTICE_ROWS`].
    #[error("too many rows")]
    Rows,
    /// `date` is missing or not of the form `2027-01-01`, or there is no such day.
    #[error("no date")]
    Date,
    /// The day is not in the notice's year, nor in the December before it.
    #[error("a day of another year")]
    OtherYear,
    /// An earlier row has the same day.
    #[error("the same day as row {0}")]
    Twice(usize),
    /// `name` is missing, too long, or has a control or markup character.
    #[error("no name")]
    Name,
    /// `isOffDay` is neither true nor false.
    #[error("neither off nor worked")]
    Off,
}

impl Fault for NoticeFault {
    fn zh(&self) -> Cow<'static, str> {
        let problem: Cow<'static, str> = match &self.problem {
            NoticeProblem::TooLong => format!("文件超过 {} KB", NOTICE_BYTES / 1024).into(),
            NoticeProblem::Json(line) => format!("不是有效的 JSON（第 {line} 行附近）").into(),
            NoticeProblem::Year => {
                format!("year 应为 {} 至 {} 的年份", YEARS.start(), YEARS.end()).into()
            }
            NoticeProblem::Days => "days 应为非空的列表".into(),
            NoticeProblem::Rows => format!("最多 {NOTICE_ROWS} 行").into(),
            NoticeProblem::Date => "date 应为有效日期，写作 2027-01-01".into(),
            NoticeProblem::OtherYear => "日期不在本年（或上年 12 月）".into(),
            NoticeProblem::Twice(row) => format!("日期与第 {row} 行重复").into(),
            NoticeProblem::Name => {
                format!("name 应为不超过 {} 个字的节日名称", NAME_CHARS.1).into()
            }
            NoticeProblem::Off => "isOffDay 应为 true（放假）或 false（上班）".into(),
        };
        match self.row {
            Some(row) => format!("第 {row} 行：{problem}").into(),
            None => problem,
        }
    }
}

impl Notice {
    /// A notice of these days, in any order.
    ///
    /// # Errors
    /// All that is wrong with year and rows.
    pub fn new(year: i32, days: Vec<Day>) -> Result<Self, Vec<NoticeFault>> {
        let rows = days.into_iter().map(Ok).collect();
        Self::of_rows(Some(year), rows)
    }

    /// Reads the JSON of the module's doc.
    ///
    /// # Errors
    /// All that is wrong with the whole and with the rows.
    pub fn from_json(text: &str) -> Result<Self, Vec<NoticeFault>> {
        if text.len() > NOTICE_BYTES {
            return Err(whole(NoticeProblem::TooLong));
        }
        let text = text.trim_start_matches('\u{feff}');
        let json: Value =
            serde_json::from_str(text).map_err(|error| whole(NoticeProblem::Json(error.line())))?;
        let year = json["year"]
            .as_i64()
            .and_then(|year| i32::try_from(year).ok());
        let rows = json["days"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if rows.len() > NOTICE_ROWS {
            return Err(whole(NoticeProblem::Rows));
        }
        Self::of_rows(year, rows.iter().map(read_row).collect())
    }

    /// As [`Self::from_json`] reads it.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Row<'a> {
            date: String,
            name: &'a str,
            #[serde(rename = "isOffDay")]
            off: bool,
        }
        let days: Vec<_> = self
            .days
            .iter()
            .map(|day| Row {
                date: iso(day.date),
                name: &day.name,
                off: day.off,
            })
            .collect();
        serde_json::json!({ "year": self.year, "days": days }).to_string()
    }

    /// The year.
    pub fn year(&self) -> i32 {
        self.year
    }

    /// The days in their order.
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// What it says of `date`.
    pub fn day(&self, date: Date) -> Option<&Day> {
        let nth = self.days.binary_search_by_key(&date, |day| day.date).ok()?;
        self.days.get(nth)
    }

    fn of_rows(
        year: Option<i32>,
        rows: Vec<Result<Day, Vec<NoticeProblem>>>,
    ) -> Result<Self, Vec<NoticeFault>> {
        let year = year.filter(|year| YEARS.contains(year));
        let mut faults = Vec::new();
        if year.is_none() {
            faults.extend(whole(NoticeProblem::Year));
        }
        match rows.len() {
            0 => faults.extend(whole(NoticeProblem::Days)),
            1..=NOTICE_ROWS => {}
            _ => return Err(whole(NoticeProblem::Rows)),
        }
        let mut days: Vec<(usize, Day)> = Vec::with_capacity(rows.len());
        for (row, day) in (1..).zip(rows) {
            let problems = match day {
                Err(problems) => problems,
                Ok(day) if year.is_some_and(|year| !is_about(year, day.date)) => {
                    vec![NoticeProblem::OtherYear]
                }
                Ok(day) => match days.iter().find(|(_, other)| other.date == day.date) {
                    Some((first, _)) => vec![NoticeProblem::Twice(*first)],
                    None => {
                        days.push((row, day));
                        continue;
                    }
                },
            };
            let row = Some(row);
            faults.extend(
                problems
                    .into_iter()
                    .map(|problem| NoticeFault { row, problem }),
            );
        }
        match year {
            Some(year) if faults.is_empty() => {
                let mut days: Vec<Day> = days.into_iter().map(|(_, day)| day).collect();
                days.sort_by_key(|day| day.date);
                Ok(Self { year, days })
            }
            _ => Err(faults),
        }
    }
}

fn whole(problem: NoticeProblem) -> Vec<NoticeFault> {
    vec![NoticeFault { row: None, problem }]
}

/// A notice speaks of its year; New Year's can begin in the December before.
fn is_about(year: i32, date: Date) -> bool {
    date.year() == year || (date.year() == year - 1 && date.month() == Month::December)
}

fn read_row(row: &Value) -> Result<Day, Vec<NoticeProblem>> {
    let date = row["date"].as_str().and_then(parse_iso);
    let name = row["name"]
        .as_str()
        .ok_or(LineFault::Empty)
        .and_then(|name| plain_line(name, NAME_CHARS));
    let off = row["isOffDay"].as_bool();
    let mut problems = Vec::new();
    if date.is_none() {
        problems.push(NoticeProblem::Date);
    }
    if name.is_err() {
        problems.push(NoticeProblem::Name);
    }
    if off.is_none() {
        problems.push(NoticeProblem::Off);
    }
    match (date, name, off) {
        (Some(date), Ok(name), Some(off)) => Ok(Day { date, name, off }),
        _ => Err(problems),
    }
}
