//! `POST /privacy/export`: everything that the platform holds about one person, for himself (C6).
//!
//! What is gathered is one list of parts ([`mod@gather`]); JSON writes its keys, PDF its labels. An
//! archive has the JSON and the person's own files beside it.

mod archive;
pub mod cases;
pub mod gather;
mod paper;
mod record;
mod source;
pub mod student;
#[cfg(test)]
mod tests;

use axum::Form;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::db::{Db, on_db};
use outside::objects::attachment;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

pub use gather::gather;
pub use record::{Field, Part, Record};
pub use source::{Limits, Source};

use super::pages;
use crate::accounts::SignedIn;
use crate::accounts::proof::{self, Shown};
use crate::audit;
use crate::ids::AccountId;
use crate::layout::{day, moment};
use crate::state::AppState;
use crate::web::{PageError, PageResult};

base::queries! {
    /// One export of an account at a time, over all processes: the others wait for the row.
    TAKE_TURN = "UPDATE accounts SET status = status WHERE id = $1";
    /// Exports that someone had since a moment, and when the first of them was.
    EXPORTS_SINCE = "SELECT CAST(COUNT(*) AS BIGINT) AS n, COALESCE(MIN(at_ms), 0) AS first_ms
        FROM audit_log WHERE actor_id = $1 AND at_ms > $2 AND action = 'privacy.export'";
}

const DAY_MS: i64 = 86_400_000;

/// Exports that are put together at once: each holds its parts in memory until it is written.
pub const AT_ONCE: usize = 2;
/// Exports that may wait for their turn.
pub const WAITING: usize = 20;

/// Lets few exports at a time be put together.
#[derive(Debug)]
pub struct Turns {
    working: Semaphore,
    waiting: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            working: Semaphore::new(AT_ONCE),
            waiting: Semaphore::new(WAITING),
        }
    }
}

impl Turns {
    /// Waits for a turn. `None`: too many wait already.
    async fn next(&self) -> Option<SemaphorePermit<'_>> {
        let _place = self.waiting.try_acquire().ok()?;
        self.working.acquire().await.ok()
    }
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Pdf,
    Json,
    Zip,
}

/// In which form, and what shows who asks.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    format: String,
    password: String,
    sms_code: String,
}

/// `POST /privacy/export`
pub(super) async fn download(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Form(asked): Form<Asked>,
) -> PageResult<Response> {
    let format = match asked.format.as_str() {
        "pdf" => Format::Pdf,
        "json" => Format::Json,
        "zip" => Format::Zip,
        _ => return Err(PageError::NotFound),
    };
    let (now_ms, me) = (state.now_ms(), session.account.id);
    let count = |outcome: &str| {
        let labels = [asked.format.as_str(), outcome];
        state.privacy.exports.with_label_values(&labels).inc();
    };
    let shown = Shown {
        password: &asked.password,
        sms_code: &asked.sms_code,
    };
    let errors = proof::check(&state, me, shown).await?;
    if !errors.is_empty() {
        count("refused");
        let page = pages::page(&state, &session, &pages::Asked::default(), errors).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let Some(_turn) = state.exporting.next().await else {
        count("busy");
        return Err(PageError::Busy);
    };
    let most = i64::from(state.config.privacy.exports_a_day);
    let begun = begin(&state.db, me, (&asked.format, most), now_ms).await?;
    if let Err(retry_after_s) = begun {
        count("capped");
        return Err(PageError::TooMany { retry_after_s });
    }
    let source = Source {
        db: &state.db,
        me,
        limits: Limits::default(),
    };
    let parts = gather(&source).await?;
    count(if parts.iter().any(|part| part.cut) {
        "cut"
    } else {
        "good"
    });
    let name = format!("个人信息-{}.{}", day(now_ms), asked.format);
    write(&state, format, (&name, parts), now_ms).await
}

async fn write(
    state: &AppState,
    format: Format,
    (name, parts): (&str, Vec<Part>),
    now_ms: i64,
) -> PageResult<Response> {
    match format {
        Format::Json => {
            let body = json_bytes(&parts, now_ms)?;
            Ok(file("application/json", name, body.into()))
        }
        Format::Zip => {
            let body = archive::write(state, parts, now_ms).await?;
            Ok(file("application/zip", name, body))
        }
        Format::Pdf => {
            let when = moment(now_ms);
            let written = tokio::task::spawn_blocking(move || paper::write(&parts, &when)).await;
            match written.map_err(|error| PageError::Internal(error.into()))? {
                Ok(body) => Ok(file("application/pdf", name, body.into())),
                Err(documents::pdf::TooLong) => {
                    Err(PageError::Conflict("内容太多，PDF 放不下，请下载 JSON。"))
                }
            }
        }
    }
}

/// Writes an export down, unless there were `most` in the last 24 hours. `Err`: seconds until it
/// may be asked for again.
async fn begin(
    db: &Db,
    me: AccountId,
    (format, most): (&str, i64),
    now_ms: i64,
) -> Result<Result<(), u64>, sqlx::Error> {
    let mut tx = db.begin().await?;
    on_db!(tx, c => sqlx::query(TAKE_TURN).bind(me).execute(c).await.map(drop))?;
    let (count, first_ms): (i64, i64) = on_db!(tx, c => sqlx::query_as(EXPORTS_SINCE)
        .bind(me).bind(now_ms - DAY_MS).fetch_one(c).await)?;
    if count >= most {
        let left_ms = first_ms + DAY_MS - now_ms;
        return Ok(Err(left_ms.unsigned_abs().div_ceil(1000)));
    }
    audit::Entry::by(me, "privacy.export", "account", &me)
        .with(json!({ "format": format }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Ok(()))
}

fn json_bytes(parts: &[Part], now_ms: i64) -> PageResult<Vec<u8>> {
    serde_json::to_vec_pretty(&as_json(parts, now_ms))
        .map_err(|error| PageError::Internal(error.into()))
}

/// The parts by their keys; a value that is not there is left out. `cut` names the parts of which
/// only the latest records are in.
fn as_json(parts: &[Part], now_ms: i64) -> Value {
    let record = |record: &Record| {
        let fields = record.0.iter();
        let fields: Map<_, _> = fields
            .map(|field| (field.key.to_owned(), json!(field.value)))
            .collect();
        Value::Object(fields)
    };
    let cut = parts.iter().filter(|part| part.cut);
    let cut: Vec<_> = cut.map(|part| part.key).collect();
    let parts: Map<_, _> = parts
        .iter()
        .map(|part| {
            let records = part.records.iter().map(record).collect();
            (part.key.to_owned(), Value::Array(records))
        })
        .collect();
    json!({
        "exported": moment(now_ms),
        "time_zone": "Asia/Shanghai",
        "cut": cut,
        "parts": parts,
    })
}

fn file(kind: &'static str, name: &str, body: Body) -> Response {
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&attachment(name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers.insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    );
    response
}
