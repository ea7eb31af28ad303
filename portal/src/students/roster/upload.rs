//! `POST /api/school/roster`: a roster comes as the bytes of its file, is read and checked, and
//! waits to be confirmed.

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use documents::sheet::{self, Limits, Sheet};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::columns::Heading;
use super::plan::{self, Plan};
use super::rows::{self, Checked};
use super::store::{self, NewImport};
use crate::accounts::{SchoolOffice, SchoolStaff};
use crate::audit;
use crate::ids::RosterImportId;
use crate::schools::text;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, body};

/// The largest file, bytes.
const BYTES: usize = 8 * 1024 * 1024;
/// Most students of a file.
const ROWS: usize = 20_000;
/// Most columns of a file.
const COLUMNS: usize = 60;
/// Most characters of a cell.
const CELL_CHARS: usize = 500;
/// Rosters that are read at once; more wait in their browsers.
static READING: Semaphore = Semaphore::const_new(2);

/// The limits of a roster; title and heading are not counted as students.
fn limits() -> Limits {
    Limits {
        bytes: BYTES,
        rows: ROWS + 10,
        columns: COLUMNS,
        cell_chars: CELL_CHARS,
        ..Limits::default()
    }
}

/// What the address says of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    name: String,
}

/// `POST /api/school/roster?name=…`. The answer is the page of the checked roster.
pub(super) async fn read(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Query(named): Query<Named>,
    body: Body,
) -> PageResult<Json<Value>> {
    let refuse = |outcome: &str, text: String| {
        state.students.refused.with_label_values(&[outcome]).inc();
        PageError::Invalid(FormErrors::one("file", text))
    };
    let bytes = body::read(body, BYTES).await.map_err(|error| match error {
        PageError::TooLong => refuse(
            "size",
            format!("文件超过 {} MB，请分批导入", BYTES / 1024 / 1024),
        ),
        error => error,
    })?;
    let Ok(_turn) = READING.try_acquire() else {
        return Err(refuse("busy", "正在读取其他名单，请稍候再试".to_owned()));
    };
    let checked = tokio::task::spawn_blocking(move || {
        let sheet = sheet::read(&bytes, &limits()).map_err(|fault| fault.text())?;
        check(&sheet)
    })
    .await
    .map_err(|error| anyhow::anyhow!("reading a roster: {error}"))?
    .map_err(|text| refuse("table", text))?;
    let import = keep(&state, &staff, &named.name, checked).await?;
    Ok(Json(
        json!({ "page": format!("/school/students/import/{import}") }),
    ))
}

/// Reads the table.
///
/// # Errors
/// Chinese text that says why it cannot be read as a roster.
pub(super) fn check(sheet: &Sheet) -> Result<Checked, String> {
    let heading = Heading::find(&sheet.rows)?;
    let checked = rows::check(&sheet.rows, &heading);
    match checked.rows {
        0 => Err("表头下面没有学生".to_owned()),
        rows if rows > ROWS => Err(format!("学生超过 {ROWS} 名，请分批导入")),
        _ => Ok(checked),
    }
}

/// Compares the roster with what the school has, and keeps what is to be taken.
async fn keep(
    state: &AppState,
    staff: &SchoolStaff,
    name: &str,
    checked: Checked,
) -> PageResult<RosterImportId> {
    let (db, now_ms, id) = (&state.db, state.now_ms(), RosterImportId::new());
    let known = store::known(db, staff.school).await?;
    let Checked {
        rows,
        good,
        bad,
        faults,
    } = checked;
    let Plan {
        same,
        new,
        changed,
        to_take,
    } = plan::plan(good, &known);
    let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let name = text::cut(name, 120);
    let import = NewImport {
        id,
        school: staff.school,
        by: staff.id,
        file_name: if name.is_empty() {
            "学生名单".to_owned()
        } else {
            name
        },
        rows: count(rows),
        same,
        new,
        changed,
        bad: count(bad),
        to_take: count(to_take.len()),
    };
    let mut tx = db.begin().await?;
    store::begin(&mut tx, &import, now_ms).await?;
    audit::Entry::by(staff.id, "roster.upload", "roster_import", &id)
        .with(json!({ "school": staff.school, "rows": rows, "bad": bad }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    store::keep(db, id, "row", &to_take).await?;
    store::keep(db, id, "fault", &faults).await?;
    store::sweep(db, staff.school).await?;
    if !store::finish_reading(db, id).await? {
        return Err(PageError::Conflict(
            "同时上传了另一份名单，请在导入页查看。",
        ));
    }
    let metrics = &state.students.rows;
    let counted = |rows: i64| u64::try_from(rows).unwrap_or(0);
    metrics.with_label_values(&["same"]).inc_by(counted(same));
    metrics.with_label_values(&["fault"]).inc_by(bad as u64);
    Ok(id)
}
