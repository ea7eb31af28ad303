//! `POST /api/files?purpose=…&name=…`: takes an upload, streamed, capped, sniffed and scanned for
//! malware. Whoever is not signed in sends the proof of a mobile number with it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base::db::Text;
use futures_util::StreamExt;
use outside::objects::{Draft, ObjectError, ObjectKey, Upload};
use outside::scanner::Verdict;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::loose::Room;
use super::refusal::Refusal;
use super::rules::{FileRef, Purpose, clean_name};
use super::store::{self, File, NewFile};
use crate::accounts::codes::proof::Holder;
use crate::accounts::{AccountKind, Session};
use crate::ids::{AccountId, FileId};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address};

/// The longest time that an upload may take: 10 MB over a slow phone line.
const SLOWEST: Duration = Duration::from_secs(300);
/// The longest time that a refused one is listened to.
const PATIENCE: Duration = Duration::from_secs(30);

/// Brings the proof of a mobile number.
const PROOF_HEADER: &str = "x-number-proof";

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
    let count = |outcome: &str| {
        let labels = [purpose.as_str(), outcome];
        state.files.metrics.uploads.with_label_values(&labels).inc();
    };
    let sender = match session {
        Some(Extension(session)) => Sender::Account(session.account.id, session.account.kind),
        None if !purpose.is_for_strangers() => return Err(PageError::SignIn),
        None => Sender::Stranger {
            address: address::client(&headers, peer, &state.config.http.proxies),
            holder: holder(&state, &headers),
        },
    };
    let file = (purpose, asked.name.as_str());
    match take(&state, &sender, file, (length(&headers), body)).await {
        Ok(Ok(taken)) => {
            count("good");
            state.files.metrics.bytes.inc_by(taken.bytes.unsigned_abs());
            Ok(Json(taken).into_response())
        }
        Ok(Err(refusal)) => {
            count(refusal.label());
            Ok(refusal.into_response())
        }
        Err(error) => {
            count("failed");
            Err(PageError::Internal(error.context("upload")))
        }
    }
}

/// Who sends it.
enum Sender {
    /// Someone who is signed in.
    Account(AccountId, AccountKind),
    /// Someone who is not: from where, and who it is by a proven number.
    Stranger {
        address: IpAddr,
        holder: Option<Holder>,
    },
}

impl Sender {
    fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account(account, _) => Some(*account),
            Self::Stranger { .. } => None,
        }
    }

    /// First part of the object's key.
    fn folder(&self) -> &'static str {
        match self {
            Self::Account(_, kind) => kind.as_str(),
            Self::Stranger { .. } => "stranger",
        }
    }
}

fn holder(state: &AppState, headers: &HeaderMap) -> Option<Holder> {
    let proof = headers.get(PROOF_HEADER)?.to_str().ok()?;
    Holder::of_proof(&state.signer, proof, state.now_ms())
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

/// Looks for room before a byte is read.
async fn admit(
    state: &AppState,
    sender: &Sender,
    (purpose, length): (Purpose, Option<u64>),
    now_ms: i64,
) -> Result<Result<Room, Refusal>, sqlx::Error> {
    let limits = &state.files.limits;
    let often = match sender {
        Sender::Account(account, _) => {
            let reserved = limits.by_account.reserve(account, 1, now_ms);
            reserved.map_err(Refusal::AccountOften)
        }
        Sender::Stranger { address, holder } => {
            let reserved = limits.by_address.reserve(address, 1, now_ms);
            let reserved = reserved.map_err(Refusal::AddressOften);
            match holder {
                Some(_) => reserved,
                None => reserved.and(Err(Refusal::Unproven)),
            }
        }
    };
    if let Err(refusal) = often {
        return Ok(Err(refusal));
    }
    let cap = purpose.max_bytes();
    let most = length.unwrap_or(cap);
    if most > cap {
        return Ok(Err(Refusal::TooLarge(cap)));
    }
    let loose = &state.files.loose;
    let room = loose.reserve(&state.db, sender.account(), most, now_ms);
    let room = room.await?.map_err(Refusal::Full);
    Ok(room.and_then(|room| match sender {
        Sender::Stranger {
            holder: Some(holder),
            ..
        } => {
            let reserved = limits.bytes_by_number.reserve(holder, most, now_ms);
            reserved.map(|()| room).map_err(Refusal::NumberFull)
        }
        _ => Ok(room),
    }))
}

/// Reads a refused upload and keeps none of it: a browser that still sends when the connection ends
/// shows a broken line instead of the answer.
async fn hear_out(body: Body, most: u64) {
    let mut stream = body.into_data_stream();
    let mut heard = 0;
    let hear = async {
        while let Some(Ok(chunk)) = stream.next().await {
            heard += chunk.len();
            if u64::try_from(heard).is_ok_and(|heard| heard > most) {
                break;
            }
        }
    };
    if timeout(PATIENCE, hear).await.is_err() {
        tracing::debug!("a refused upload was not heard out");
    }
}

/// Looks for malware. A scanner that says nothing is no leave to keep the file.
async fn scan(
    state: &AppState,
    purpose: Purpose,
    draft: &Draft,
) -> Result<Option<Refusal>, ObjectError> {
    let Some(scanner) = &state.files.scanner else {
        return Ok(None);
    };
    Ok(match scanner.scan(draft.open().await?).await {
        Ok(Verdict::Clean) => None,
        Ok(Verdict::Found { signature }) => {
            tracing::warn!(signature, %purpose, "malware in an upload");
            Some(Refusal::Infected)
        }
        Err(error) => {
            let error = anyhow::Error::from(error);
            tracing::error!(error = format!("{error:#}"), %purpose, "an upload was not scanned");
            Some(Refusal::ScannerDown)
        }
    })
}

/// Receives, sniffs, scans and keeps.
async fn take(
    state: &AppState,
    sender: &Sender,
    (purpose, name): (Purpose, &str),
    (length, body): (Option<u64>, Body),
) -> anyhow::Result<Result<Taken, Refusal>> {
    let now_ms = state.now_ms();
    let mut room = match admit(state, sender, (purpose, length), now_ms).await? {
        Ok(room) => room,
        Err(refusal) => {
            if !matches!(refusal, Refusal::TooLarge(_)) {
                hear_out(body, purpose.max_bytes()).await;
            }
            return Ok(Err(refusal));
        }
    };
    let objects = &state.files.store;
    let key = ObjectKey::new(sender.folder(), now_ms)?;
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
    if let Some(refusal) = scan(state, purpose, &draft).await? {
        return Ok(Err(refusal));
    }
    let file = File {
        id: FileId::new(),
        purpose,
        owner_id: sender.account(),
        name: clean_name(name, kind),
        mime: kind.mime().to_owned(),
        bytes: i64::try_from(draft.length())?,
        object_key: Text(key),
    };
    room.keeps(file.bytes.unsigned_abs());
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
