//! `POST /platform/audit/export`: the rows of the chosen filters, read and sent slice by slice, for
//! whoever shows once more who he is.

use std::fmt::Write as _;

use axum::Form;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;

use super::log::{self, Cursor, Scope, Wanted};
use super::pages::{self, Asked, Line, line, seen};
use crate::accounts::PlatformStaff;
use crate::accounts::proof::{self, Shown};
use crate::state::AppState;
use crate::web::PageResult;

/// Rows that are read at once.
const SLICE: i64 = 500;
/// Most rows of an export.
const EXPORT_ROWS: i64 = 100_000;
/// Column heads; the byte order mark tells spreadsheets that it is UTF-8.
const HEAD: &str = "\u{feff}时间,操作人,操作,对象类型,对象编号,附加信息\r\n";

/// Where an export stands.
enum Step {
    /// The heads are to be sent.
    Head,
    /// Rows after this one, of which so many were sent.
    Rows(Option<Cursor>, i64),
    /// All is sent.
    Done,
}

/// The filters of the page, and what shows who asks.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ExportForm {
    #[serde(flatten)]
    asked: Asked,
    password: String,
    sms_code: String,
}

/// `POST /platform/audit/export`
pub(super) async fn csv(
    State(state): State<AppState>,
    staff: PlatformStaff,
    Form(form): Form<ExportForm>,
) -> PageResult<Response> {
    let now_ms = state.now_ms();
    let mut asked = form.asked;
    let (wanted, mut errors) = asked.read(now_ms);
    if errors.is_empty() {
        let shown = Shown {
            password: &form.password,
            sms_code: &form.sms_code,
        };
        errors = proof::check(&state, staff.id, shown).await?;
    }
    if !errors.is_empty() {
        state.audit.exports_refused.inc();
        let page = pages::refused(&state, &staff, asked, errors).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    seen(Scope::Platform, staff.id, &wanted, "audit.export")
        .write(&state.db, now_ms)
        .await?;
    let rows = stream::try_unfold((state, wanted, Step::Head), next);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.csv\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(rows)).into_response())
}

type At = (AppState, Wanted, Step);

async fn next((state, wanted, step): At) -> Result<Option<(String, At)>, sqlx::Error> {
    let (after, sent) = match step {
        Step::Head => {
            return Ok(Some((
                HEAD.to_owned(),
                (state, wanted, Step::Rows(None, 0)),
            )));
        }
        Step::Rows(after, sent) => (after, sent),
        Step::Done => return Ok(None),
    };
    if sent >= EXPORT_ROWS {
        state.audit.exports_cut.inc();
        let text = format!("已到 {EXPORT_ROWS} 行上限，请缩小时间范围后再导出\r\n");
        return Ok(Some((text, (state, wanted, Step::Done))));
    }
    let limit = SLICE.min(EXPORT_ROWS - sent);
    let rows = log::rows(&state.db, Scope::Platform, &wanted, after, limit).await?;
    let Some(last) = rows.last() else {
        return Ok(None);
    };
    let count = i64::try_from(rows.len()).unwrap_or(limit);
    let step = if count < limit {
        Step::Done
    } else {
        Step::Rows(Some(last.cursor()), sent + count)
    };
    let text = rows.iter().fold(String::new(), |mut text, row| {
        push(&mut text, &line(row, true));
        text
    });
    Ok(Some((text, (state, wanted, step))))
}

fn push(text: &mut String, line: &Line) {
    let cells = [
        &line.at,
        &line.actor,
        &line.action,
        &line.subject_kind,
        &line.subject,
        &line.detail,
    ];
    for (nth, value) in cells.into_iter().enumerate() {
        let comma = if nth == 0 { "" } else { "," };
        write!(text, "{comma}{}", cell(value)).expect("invariant: writing to a String cannot fail");
    }
    text.push_str("\r\n");
}

/// A cell by RFC 4180. One that a spreadsheet would take for a formula gets an apostrophe.
fn cell(value: &str) -> String {
    let guard = if value.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    if guard.is_empty() && !value.contains([',', '"', '\n', '\r']) {
        return value.to_owned();
    }
    format!("\"{guard}{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_keeps_its_quotes() {
        assert_eq!(cell("舒平"), "舒平");
        assert_eq!(cell("{\"a\":1}"), "\"{\"\"a\"\":1}\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
    }
}
