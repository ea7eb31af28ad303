//! Editing a day, and importing a year.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::Tx;
use formats::working_days::{Calendar, Day, NAME_CHARS, Notice};
use formats::{Fault, beijing, text};
use serde::Deserialize;

use super::pages::{BUILT_IN, DayForm, ImportForm, PATH, fresh};
use super::store;
use crate::accounts::{OperationsStaff, PlatformStaff};
use crate::audit;
use crate::layout::Chrome;
use crate::reviews::reschedule::reschedule;
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// Days off that each year has by law, since 2025 (全国年节及纪念日放假办法).
const LEAST_DAYS_OFF: usize = 13;
/// Faults of an import that a page shows.
const FAULTS_SHOWN: usize = 50;
/// Characters of a source.
const SOURCE_CHARS: (usize, usize) = (1, 100);

#[derive(Debug, Deserialize)]
pub(in crate::dictionaries) struct DayFields {
    #[serde(default)]
    day: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    name: String,
}

#[derive(Debug, Deserialize)]
pub(in crate::dictionaries) struct ImportFields {
    #[serde(default)]
    text: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    year: String,
    /// Set: the year is replaced although days off are lost.
    #[serde(default)]
    confirm: String,
}

/// `POST /platform/calendar/days`
pub(in crate::dictionaries) async fn edit_day(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Form(fields): Form<DayFields>,
) -> PageResult<Response> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let changed = match read_day(&fields) {
        Ok((date, day)) => change_day(&mut tx, date, day, now_ms).await?,
        Err(errors) => Err(errors),
    };
    match changed {
        Ok(notice) => {
            let moved = follow_up(&mut tx, &staff, notice.year(), now_ms).await?;
            tx.commit().await?;
            let path = format!("{PATH}?year={}&done=day&moved={moved}", notice.year());
            Ok(Redirect::to(&path).into_response())
        }
        Err(errors) => {
            tx.rollback().await?;
            let year = beijing::parse_iso(&fields.day).map(|date| date.year());
            let chrome = Chrome::platform(&staff, "工作日历", PATH);
            let mut page = fresh(&state, chrome, year).await?;
            page.day = DayForm {
                day: fields.day,
                status: fields.status,
                name: fields.name,
            };
            page.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
        }
    }
}

/// The day, and what it shall be; `None`: what its weekday says.
fn read_day(fields: &DayFields) -> Result<(time::Date, Option<Day>), FormErrors> {
    let date = beijing::parse_iso(fields.day.trim())
        .ok_or_else(|| FormErrors::one("day", "请填写日期，写作 2026-10-01"))?;
    let off = match fields.status.as_str() {
        "weekday" => return Ok((date, None)),
        "off" => true,
        "work" => false,
        _ => return Err(FormErrors::one("status", "请选择放假、上班或按星期")),
    };
    let name = text::plain_line(&fields.name, NAME_CHARS)
        .map_err(|fault| FormErrors::one("name", fault.zh()))?;
    Ok((date, Some(Day { date, name, off })))
}

/// Changes one day of its year. A year that is not published is not made up day by day.
async fn change_day(
    tx: &mut Tx,
    date: time::Date,
    day: Option<Day>,
    now_ms: i64,
) -> Result<Result<Notice, FormErrors>, sqlx::Error> {
    let year = date.year();
    let source = format!("{BUILT_IN}，有修改");
    let source = store::touch(tx, year, &source, now_ms).await?;
    let calendar = store::load_in(tx).await?;
    let Some(notice) = calendar.notice(year) else {
        let text = format!("{year} 年安排尚未公布，请先导入整年安排");
        return Ok(Err(FormErrors::one("day", text)));
    };
    let days = notice.days().iter().filter(|other| other.date != date);
    let days = days.cloned().chain(day).collect();
    match Notice::new(year, days) {
        Ok(notice) => {
            store::save(tx, &notice, &source, now_ms).await?;
            Ok(Ok(notice))
        }
        Err(faults) => {
            let text = faults.first().map(|fault| fault.zh().into_owned());
            Ok(Err(FormErrors::one("day", text.unwrap_or_default())))
        }
    }
}

/// `POST /platform/calendar/import`
pub(in crate::dictionaries) async fn import(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Form(fields): Form<ImportFields>,
) -> PageResult<Response> {
    let now_ms = state.now_ms();
    let mut errors = FormErrors::default();
    let source = text::plain_line(&fields.source, SOURCE_CHARS);
    if let Err(fault) = &source {
        errors.add("source", fault.zh());
    }
    let notice = Notice::from_json(&fields.text);
    let faults = match &notice {
        Ok(_) => Vec::new(),
        Err(faults) => faults
            .iter()
            .take(FAULTS_SHOWN)
            .map(|fault| fault.zh().into_owned())
            .collect(),
    };
    if !faults.is_empty() {
        errors.add("text", "没有导入，请按下面的提示修改后再试");
    }
    if let Ok(notice) = &notice {
        let calendar = store::load(&state.db).await?;
        if let Some((field, text)) = doubt_of(notice, calendar.notice(notice.year()), &fields) {
            errors.add(field, text);
        }
    }
    if let (Ok(notice), Ok(source), true) = (notice, source, errors.is_empty()) {
        let mut tx = state.db.begin().await?;
        store::save(&mut tx, &notice, &source, now_ms).await?;
        let moved = follow_up(&mut tx, &staff, notice.year(), now_ms).await?;
        tx.commit().await?;
        let path = format!("{PATH}?year={}&done=import&moved={moved}", notice.year());
        return Ok(Redirect::to(&path).into_response());
    }
    let chrome = Chrome::platform(&staff, "工作日历", PATH);
    let mut page = fresh(&state, chrome, fields.year.parse().ok()).await?;
    page.import = ImportForm {
        text: fields.text,
        source: fields.source,
        faults,
    };
    page.errors = errors;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// Why a good notice is not taken at once: it is of another year than the page, or takes days off
/// away that the year has, or a whole year must have. A field and a text.
fn doubt_of(
    notice: &Notice,
    present: Option<&Notice>,
    fields: &ImportFields,
) -> Option<(&'static str, String)> {
    let year = notice.year();
    if fields.year.parse().is_ok_and(|shown: i32| shown != year) {
        let shown = &fields.year;
        let text = format!("内容是 {year} 年的安排，当前页是 {shown} 年，请先切换到 {year} 年");
        return Some(("text", text));
    }
    let off = |notice: &Notice| notice.days().iter().filter(|day| day.off).count();
    let (new, least) = (off(notice), present.map_or(LEAST_DAYS_OFF, off));
    (new < least && fields.confirm.is_empty()).then(|| {
        let text = match present {
            Some(_) => format!("{year} 年现有 {least} 个放假日，导入的只有 {new} 个"),
            None => format!("导入的只有 {new} 个放假日，全年不会少于 {least} 个"),
        };
        ("confirm", format!("{text}；核对无误的，请勾选后再导入"))
    })
}

/// Moves due dates and writes the audit row. Returns how many moved.
async fn follow_up(
    tx: &mut Tx,
    staff: &PlatformStaff,
    year: i32,
    now_ms: i64,
) -> Result<i64, sqlx::Error> {
    let calendar: Calendar = store::load_in(tx).await?;
    let moved = reschedule(tx, (&calendar, year), staff.id, now_ms).await?;
    audit::Entry::by(staff.id, "calendar.change", "calendar", &year)
        .with(serde_json::json!({ "moved": moved }))
        .write_in(tx, now_ms)
        .await?;
    Ok(moved)
}
