//! Server-side sessions: begun at login, found by cookie, ended by logout or by time.

use std::fmt::Write as _;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use base::db::{Db, Tx, is_transient, on_db};
use rand::RngExt;
use ring::digest;

use super::extract::SignedIn;
use super::rules::AccountKind;
use super::seen::Seen;
use crate::config::AccountsConfig;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{PageError, cookie};

/// `seen_ms` is noted at most this often, ms.
const SEEN_EVERY_MS: i64 = 60_000;
/// Expired sessions that one login removes.
const SWEEP: i64 = 100;

base::queries! {
    /// A session and its account, unless one of them has ended.
    FIND_SESSION = "SELECT s.csrf, s.seen_ms, s.rotate, a.id, a.kind, a.real_name, a.nickname, a.department,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT n.id FROM notifications n
                WHERE n.account_id = a.id AND n.read_ms IS NULL LIMIT 100) AS unseen) AS unread
        FROM sessions s JOIN accounts a ON a.id = s.account_id
        WHERE s.token_hash = $1 AND s.expires_ms > $2 AND a.status = 'active'";
    /// A new session.
    ADD_SESSION = "INSERT INTO sessions
        (token_hash, account_id, csrf, device_hash, created_ms, seen_ms, expires_ms)
        VALUES ($1, $2, $3, $4, $5, $5, $6)";
    /// Logout.
    END_SESSION = "DELETE FROM sessions WHERE token_hash = $1 RETURNING account_id";
    /// Whether someone is still signed in elsewhere.
    COUNT_SESSIONS_OF = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM sessions
        WHERE account_id = $1 AND expires_ms > $2";
    /// All sessions of an account, after a new password or when it is disabled.
    END_SESSIONS_OF = "DELETE FROM sessions WHERE account_id = $1";
    /// All but one.
    END_OTHERS_OF = "DELETE FROM sessions WHERE account_id = $1 AND token_hash <> $2";
    /// Those in one browser.
    END_SESSIONS_IN = "DELETE FROM sessions WHERE account_id = $1 AND device_hash = $2";
    /// The account's rights have changed: each session gets a new secret with its next page.
    MARK_ROTATION = "UPDATE sessions SET rotate = TRUE WHERE account_id = $1";
    /// A new secret for a session.
    ROTATE = "UPDATE sessions SET token_hash = $2, rotate = FALSE
        WHERE token_hash = $1 AND rotate = TRUE RETURNING token_hash";
    /// Clears away a slice of what has expired.
    SWEEP_SESSIONS = "DELETE FROM sessions WHERE token_hash IN
        (SELECT token_hash FROM sessions WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT $2)";
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Its kind.
    pub kind: AccountKind,
    /// Real name: never shown to students.
    pub real_name: String,
    /// What students see of an interviewer.
    pub nickname: String,
    /// Department, for company members and staff.
    pub department: String,
}

/// A running session; a request extension wherever someone is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose.
    pub account: Account,
    /// What each form of this session carries in its field `csrf`.
    pub csrf: String,
    /// Messages that the person has not read, 100 at most.
    pub unread: i64,
    /// The account's rights have changed since it began: it wants a new secret.
    pub rotate: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    csrf: String,
    seen_ms: i64,
    rotate: bool,
    id: AccountId,
    kind: AccountKind,
    real_name: String,
    nickname: String,
    department: String,
    unread: i64,
}

/// 256 bits for a cookie or a token, hexadecimal.
pub(crate) fn secret() -> String {
    let bytes: [u8; 32] = rand::rng().random();
    hex(&bytes)
}

/// SHA-256 of `text`, hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("invariant: writing to a String cannot fail");
        text
    })
}

/// Begins a session; the result is the cookie's secret, which is stored nowhere.
///
/// # Errors
/// The database failed.
pub async fn begin(
    db: &Db,
    config: &AccountsConfig,
    account: AccountId,
    now_ms: i64,
) -> Result<String, sqlx::Error> {
    let mut tx = db.begin().await?;
    let secret = begin_in(&mut tx, config, (account, ""), now_ms).await?;
    tx.commit().await?;
    Ok(secret)
}

/// The same in a transaction and in a browser, by its hash.
///
/// # Errors
/// The database failed.
pub async fn begin_in(
    tx: &mut Tx,
    config: &AccountsConfig,
    (account, device_hash): (AccountId, &str),
    now_ms: i64,
) -> Result<String, sqlx::Error> {
    let secret_text = secret();
    let expires_ms = now_ms + i64::from(config.session_hours) * 3_600_000;
    on_db!(tx, c => sqlx::query(SWEEP_SESSIONS)
        .bind(now_ms).bind(SWEEP).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(ADD_SESSION)
        .bind(sha256(&secret_text))
        .bind(account)
        .bind(secret())
        .bind(device_hash)
        .bind(now_ms)
        .bind(expires_ms)
        .execute(c).await.map(drop))?;
    Ok(secret_text)
}

/// Finds the session of a cookie, unless it has expired or lain idle, and notes that it was seen.
///
/// # Errors
/// The database failed.
pub async fn find(
    db: &Db,
    (config, seen): (&AccountsConfig, &Seen),
    secret: &str,
    now_ms: i64,
) -> Result<Option<Session>, sqlx::Error> {
    let token_hash = sha256(secret);
    let row: Option<Row> = on_db!(db, c => sqlx::query_as(FIND_SESSION)
        .bind(&token_hash).bind(now_ms).fetch_optional(c).await)?;
    let Some(row) = row else { return Ok(None) };
    let idle_min = match row.kind {
        AccountKind::Student => config.idle_min,
        AccountKind::Company
        | AccountKind::School
        | AccountKind::Platform
        | AccountKind::Operator => config.staff_idle_min,
    };
    let seen_ms = seen.last(&token_hash).unwrap_or(0).max(row.seen_ms);
    if now_ms - seen_ms > i64::from(idle_min) * 60_000 {
        return Ok(None);
    }
    if now_ms - seen_ms >= SEEN_EVERY_MS {
        seen.note(&token_hash, now_ms);
    }
    let Row {
        csrf,
        rotate,
        id,
        kind,
        real_name,
        nickname,
        department,
        unread,
        ..
    } = row;
    let account = Account {
        id,
        kind,
        real_name,
        nickname,
        department,
    };
    Ok(Some(Session {
        account,
        csrf,
        unread,
        rotate,
    }))
}

/// Ends the session of a cookie and says whose it was, if it was there.
///
/// # Errors
/// The database failed.
pub async fn end_in(tx: &mut Tx, secret: &str) -> Result<Option<AccountId>, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(END_SESSION)
        .bind(sha256(secret)).fetch_optional(c).await)?;
    Ok(row.map(|(account,)| account))
}

/// Sessions of an account that have not run out.
///
/// # Errors
/// The database failed.
pub async fn count_of(tx: &mut Tx, account: AccountId, now_ms: i64) -> Result<i64, sqlx::Error> {
    let (sessions,): (i64,) = on_db!(tx, c => sqlx::query_as(COUNT_SESSIONS_OF)
        .bind(account).bind(now_ms).fetch_one(c).await)?;
    Ok(sessions)
}

/// Ends every session of an account.
///
/// # Errors
/// The database failed.
pub async fn end_all(db: &Db, account: AccountId) -> Result<(), sqlx::Error> {
    on_db!(db.writer().await?, c => sqlx::query(END_SESSIONS_OF)
        .bind(account).execute(c).await.map(drop))
}

/// Ends every session of an account, in the transaction that makes it needful.
///
/// # Errors
/// The database failed.
pub async fn end_all_in(tx: &mut Tx, account: AccountId) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(END_SESSIONS_OF)
        .bind(account).execute(c).await.map(drop))
}

/// Ends every session of an account but the one with this secret.
///
/// # Errors
/// The database failed.
pub async fn end_others(tx: &mut Tx, account: AccountId, own: &str) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(END_OTHERS_OF)
        .bind(account).bind(sha256(own)).execute(c).await.map(drop))
}

/// Ends an account's sessions in one browser, by its hash.
///
/// # Errors
/// The database failed.
pub async fn end_device(
    tx: &mut Tx,
    account: AccountId,
    device_hash: &str,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(END_SESSIONS_IN)
        .bind(account).bind(device_hash).execute(c).await.map(drop))
}

/// Call this where an account's role changes: each of its sessions gets a new secret with its
/// next page, so that one that was taken before the change does not share in what came by it.
///
/// # Errors
/// The database failed.
pub async fn rotate_all(tx: &mut Tx, account: AccountId) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(MARK_ROTATION)
        .bind(account).execute(c).await.map(drop))
}

/// A new secret for a session that wants one; `None`: another request was quicker.
async fn rotate(db: &Db, old: &str) -> Result<Option<String>, sqlx::Error> {
    let new = secret();
    let row: Option<(String,)> = on_db!(db.writer().await?, c => sqlx::query_as(ROTATE)
        .bind(sha256(old)).bind(sha256(&new)).fetch_optional(c).await)?;
    Ok(row.map(|_| new))
}

/// The layer that puts the [`Session`] of the cookie into the request.
///
/// # Errors
/// [`PageError::Internal`] if the database failed.
pub async fn load(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, PageError> {
    // Files and health need no one's session; spare the database.
    let path = request.uri().path();
    if path.starts_with("/static/") || path == "/healthz" {
        return Ok(next.run(request).await);
    }
    let secret = cookie::read(request.headers(), state.secure()).map(str::to_owned);
    let Some(secret) = secret else {
        return Ok(next.run(request).await);
    };
    let by = (&state.config.accounts, &state.seen);
    let found = find(&state.db, by, &secret, state.now_ms()).await?;
    let Some(session) = found else {
        return Ok(next.run(request).await);
    };
    let wants = session.rotate && is_navigation(&request);
    request.extensions_mut().insert(session);
    let mut response = next.run(request).await;
    if wants && !sets_session(response.headers(), state.secure()) {
        match rotate(&state.db, &secret).await {
            Ok(Some(new)) => {
                let set = cookie::set(&new, state.secure());
                response.headers_mut().append(header::SET_COOKIE, set);
            }
            Ok(None) => {}
            // The page is there; the secret comes with the next one.
            Err(error) if is_transient(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(response)
}

/// A page that is opened: one request at a time. The requests that it makes of its own come
/// several at once, and only one of them could bring the new secret.
fn is_navigation(request: &Request) -> bool {
    let takes_pages = request
        .headers()
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    *request.method() == Method::GET && takes_pages
}

fn sets_session(headers: &HeaderMap, secure: bool) -> bool {
    headers
        .get_all(header::SET_COOKIE)
        .iter()
        .any(|set| cookie::is_session(set, secure))
}

/// `POST /api/alive`: a live page is open. Whoever works on one is not idle, though it asks for
/// nothing else over HTTP; finding the session has noted it.
pub(super) async fn alive(_: SignedIn) -> StatusCode {
    StatusCode::NO_CONTENT
}
