//! `/platform/calendar`: which days are worked.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use formats::beijing;
use formats::working_days::{Calendar, YEARS};
use serde::Deserialize;

use super::grid::{self, MonthGrid};
use super::store::{self, YearRow};
use crate::accounts::OperationsStaff;
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// Path of the page.
pub(super) const PATH: &str = "/platform/calendar";

/// A year that can be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearLine {
    /// The year.
    pub year: i32,
    /// Where its days off are from; empty: not published.
    pub source: String,
    /// It is the one that is shown.
    pub current: bool,
    /// It is still to come, so that its notice may not have been published.
    pub ahead: bool,
}

impl YearLine {
    /// Words and colour of its tag.
    pub fn tag(&self) -> (&'static str, &'static str) {
        match (self.source.is_empty(), self.ahead) {
            (false, _) => ("已公布", "ok"),
            (true, true) => ("未公布", "warn"),
            (true, false) => ("未录入", "quiet"),
        }
    }
}

/// The form for one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayForm {
    /// `2026-10-01`.
    pub day: String,
    /// `weekday`, `off` or `work`.
    pub status: String,
    /// The holiday's name.
    pub name: String,
}

/// The form of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportForm {
    /// What was pasted.
    pub text: String,
    /// Where it is from.
    pub source: String,
    /// What is wrong with it, by row.
    pub faults: Vec<String>,
}

/// The calendar of one year, with the forms that change it.
#[derive(Debug, Template)]
#[template(path = "platform/calendar.html")]
pub struct CalendarPage {
    /// The frame.
    pub chrome: Chrome,
    /// The year that is shown.
    pub year: i32,
    /// The years around it.
    pub years: Vec<YearLine>,
    /// Its months.
    pub months: Vec<MonthGrid>,
    /// Where it is from; empty: not published.
    pub source: String,
    /// What was done just now; may be empty.
    pub done: String,
    /// The form for one day.
    pub day: DayForm,
    /// The form of an import.
    pub import: ImportForm,
    /// What is wrong with a form.
    pub errors: FormErrors,
}

impl CalendarPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let now_ms = 1_795_305_600_000;
        let chrome = Chrome::with_menu(Viewer::sample(), "工作日历", Menu::Platform, PATH);
        let mut page = Self::of(chrome, &Calendar::built_in(), &[], (2026, now_ms));
        page.import.faults = vec!["第 3 行：date 应为有效日期，写作 2027-01-01".to_owned()];
        page
    }

    /// The page of `year`, with empty forms.
    pub(super) fn of(
        chrome: Chrome,
        calendar: &Calendar,
        stored: &[YearRow],
        (year, now_ms): (i32, i64),
    ) -> Self {
        let this_year = beijing::date_at(now_ms).year();
        let mut wanted: Vec<i32> = vec![this_year - 1, this_year, this_year + 1, year];
        wanted.extend(calendar.notices().map(|notice| notice.year()));
        wanted.sort_unstable();
        wanted.dedup();
        let years: Vec<_> = wanted
            .into_iter()
            .map(|one| YearLine {
                year: one,
                source: source(calendar, stored, one),
                current: one == year,
                ahead: one > this_year,
            })
            .collect();
        Self {
            chrome,
            year,
            years,
            months: grid::months(calendar, year, now_ms),
            source: source(calendar, stored, year),
            done: String::new(),
            day: DayForm::default(),
            import: ImportForm::default(),
            errors: FormErrors::default(),
        }
    }

    /// Is the year not published yet?
    pub fn unpublished(&self) -> bool {
        self.source.is_empty()
    }
}

fn source(calendar: &Calendar, stored: &[YearRow], year: i32) -> String {
    let own = stored.iter().find(|row| row.year == i64::from(year));
    match (own, calendar.notice(year)) {
        (Some(row), _) => row.source.clone(),
        (None, Some(_)) => BUILT_IN.to_owned(),
        (None, None) => String::new(),
    }
}

/// The source of years that this version knows.
pub(super) const BUILT_IN: &str = "国务院办公厅通知（内置）";

#[derive(Debug, Deserialize)]
pub(in crate::dictionaries) struct Asked {
    #[serde(default)]
    year: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    done: String,
    #[serde(default)]
    moved: String,
}

/// `GET /platform/calendar`
pub(in crate::dictionaries) async fn show(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let chrome = Chrome::platform(&staff, "工作日历", PATH);
    let mut page = fresh(&state, chrome, asked.year.parse().ok()).await?;
    page.day = chosen(&store::load(&state.db).await?, &asked.day);
    let moved: i64 = asked.moved.parse().unwrap_or(0);
    page.done = match asked.done.as_str() {
        "import" => format!(
            "已导入 {} 年安排，{moved} 条待审事项的截止时间随之调整",
            page.year
        ),
        "day" => format!("已保存，{moved} 条待审事项的截止时间随之调整"),
        _ => String::new(),
    };
    Ok(Html(page.render()?))
}

/// The page of a year, the present one unless another is asked for.
pub(super) async fn fresh(
    state: &AppState,
    chrome: Chrome,
    year: Option<i32>,
) -> PageResult<CalendarPage> {
    let now_ms = state.now_ms();
    let year = year
        .filter(|year| YEARS.contains(year))
        .unwrap_or_else(|| beijing::date_at(now_ms).year());
    let calendar = store::load(&state.db).await?;
    let stored = store::years(&state.db).await?;
    Ok(CalendarPage::of(chrome, &calendar, &stored, (year, now_ms)))
}

fn chosen(calendar: &Calendar, day: &str) -> DayForm {
    let Some(date) = beijing::parse_iso(day) else {
        return DayForm::default();
    };
    let told = calendar
        .notice(date.year())
        .and_then(|notice| notice.day(date));
    DayForm {
        day: day.to_owned(),
        status: match told {
            Some(day) if day.off => "off",
            Some(_) => "work",
            None => "weekday",
        }
        .to_owned(),
        name: told.map(|day| day.name.clone()).unwrap_or_default(),
    }
}
