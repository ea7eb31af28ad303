//! `POST /api/files?purpose=…&name=…`: takes an upload, streamed, capped and sniffed.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base::db::Text;
use outside::objects::{Draft, ObjectError, ObjectKey, Upload};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::timeout;

use super::rules::{FileRef, Purpose, clean_name};
use super::store::{self, File, NewFile};
use crate::accounts::{AccountKind, Session};
use crate::ids::FileId;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address};

/// The longest time that an upload may take: 10 MB over a slow phone line.
const SLOWEST: Duration = Duration::from_secs(300);

/// What the address says of the upload.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    name: String,
}

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Taken {
    /// For the form's field.
    reference: String,
    /// The name as it is kept.
    name: String,
    /// Bytes.
    bytes: i64,
}

/// Why an upload is not taken.
enum Refusal {
    TooLarge(u64),
    WrongKind(String),
    Broken,
    Slow,
}

/// `POST /api/files`
pub(super) async fn upload(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    session: Option<Extension<Session>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Body,
) -> PageResult<Response> {
    let purpose: Purpose = asked
        .purpose
        .parse()
        .map_err(|_| PageError::Invalid(FormErrors::one("purpose", "不支持这种用途")))?;
    let now_ms = state.now_ms();
    let count = |outcome: &str| {
        let labels = [purpose.as_str(), outcome];
        state.files.metrics.uploads.with_label_values(&labels).inc();
    };
    let session = session.map(|Extension(session)| session);
    if session.is_none() {
        if !purpose.is_for_strangers() {
            return Err(PageError::SignIn);
        }
        let from = address::client(&headers, peer, &state.config.http.proxies);
        if let Err(retry_after_s) = state.files.limits.by_address.reserve(&from, 1, now_ms) {
            count("limited");
            return Err(PageError::TooMany { retry_after_s });
        }
    }
    let cap = purpose.max_bytes();
    if length(&headers).is_some_and(|length| length > cap) {
        count("too_large");
        return Ok(refused(Refusal::TooLarge(cap)));
    }
    match take(
        &state,
        session.as_ref(),
        (purpose, &asked.name),
        body,
        now_ms,
    )
    .await
    {
        Ok(Ok(taken)) => {
            count("good");
            state.files.metrics.bytes.inc_by(taken.bytes.unsigned_abs());
            Ok(Json(taken).into_response())
        }
        Ok(Err(refusal)) => {
            count(refusal.label());
            Ok(refused(refusal))
        }
        Err(error) => {
            count("failed");
            Err(PageError::Internal(error.context("upload")))
        }
    }
}

/// What the client says that it will send. Not to be trusted, but an early answer if it is honest.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Receives, sniffs and keeps.
async fn take(
    state: &AppState,
    session: Option<&Session>,
    (purpose, name): (Purpose, &str),
    body: Body,
    now_ms: i64,
) -> anyhow::Result<Result<Taken, Refusal>> {
    let objects = &state.files.store;
    let folder = session.map_or("stranger", |session| folder(session.account.kind));
    let key = ObjectKey::new(folder, now_ms)?;
    let stream = Upload::stream(body.into_data_stream(), purpose.max_bytes());
    let draft = match timeout(SLOWEST, objects.receive(&key, stream)).await {
        Err(_) => return Ok(Err(Refusal::Slow)),
        Ok(Err(ObjectError::TooLarge { cap })) => return Ok(Err(Refusal::TooLarge(cap))),
        Ok(Err(ObjectError::Broken(_))) => return Ok(Err(Refusal::Broken)),
        Ok(other) => other?,
    };
    let kind = match purpose.check(draft.sniff().await?) {
        Ok(kind) => kind,
        Err(told) => return Ok(Err(Refusal::WrongKind(told))),
    };
    let file = File {
        id: FileId::new(),
        purpose,
        owner_id: session.map(|session| session.account.id),
        name: clean_name(name, kind),
        mime: kind.mime().to_owned(),
        bytes: i64::try_from(draft.length())?,
        object_key: Text(key),
    };
    keep(state, &file, draft, now_ms).await?;
    Ok(Ok(Taken {
        reference: FileRef::issue(&state.signer, file.id, purpose),
        name: file.name,
        bytes: file.bytes,
    }))
}

/// Keeps the bytes under a row that is there already. If the process dies in between, the row
/// stays loose, and the sweep takes it with whatever bytes there are.
async fn keep(state: &AppState, file: &File, draft: Draft, now_ms: i64) -> anyhow::Result<()> {
    let sha256 = draft.sha256().to_owned();
    let new = NewFile {
        file,
        sha256: &sha256,
    };
    let mut tx = state.db.begin().await?;
    store::add(&mut tx, &new, now_ms).await?;
    tx.commit().await?;
    state.files.store.keep(draft, &file.mime).await?;
    Ok(())
}

/// First part of the object's key.
fn folder(kind: AccountKind) -> &'static str {
    kind.as_str()
}

impl Refusal {
    fn label(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "too_large",
            Self::WrongKind(_) => "wrong_kind",
            Self::Broken => "broken",
            Self::Slow => "slow",
        }
    }
}

/// JSON as other refused calls have it; the fault belongs to the field `file`.
fn refused(refusal: Refusal) -> Response {
    const MIB: u64 = 1024 * 1024;
    let (status, text) = match refusal {
        Refusal::TooLarge(cap) => (
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("文件超过 {} MB，请压缩后再上传", cap / MIB),
        ),
        Refusal::WrongKind(text) => (StatusCode::UNPROCESSABLE_ENTITY, text),
        Refusal::Broken => (
            StatusCode::BAD_REQUEST,
            "上传中断，请重新选择文件".to_owned(),
        ),
        Refusal::Slow => (
            StatusCode::REQUEST_TIMEOUT,
            "上传太慢，请换个网络再试".to_owned(),
        ),
    };
    let body = json!({ "title": "文件没有上传", "text": text, "fields": { "file": text } });
    (status, Json(body)).into_response()
}
