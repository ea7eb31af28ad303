//! Server-side sessions: begun at login, found by cookie, ended by logout or by time.

use std::fmt::Write as _;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base::db::{Db, on_db};
use rand::RngExt;
use ring::digest;

use super::rules::AccountKind;
use crate::config::AccountsConfig;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{PageError, cookie};

/// `seen_ms` is written at most this often, ms.
const SEEN_EVERY_MS: i64 = 60_000;
/// Expired sessions that one login removes.
const SWEEP: i64 = 100;

base::queries! {
    /// A session and its account, unless one of them has ended.
    FIND_SESSION = "SELECT s.csrf, s.seen_ms, a.id, a.kind, a.real_name, a.nickname, a.department,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT n.id FROM notifications n
                WHERE n.account_id = a.id AND n.read_ms IS NULL LIMIT 100) AS unseen) AS unread
        FROM sessions s JOIN accounts a ON a.id = s.account_id
        WHERE s.token_hash = $1 AND s.expires_ms > $2 AND a.status = 'active'";
    /// A new session.
    ADD_SESSION = "INSERT INTO sessions
        (token_hash, account_id, csrf, created_ms, seen_ms, expires_ms)
        VALUES ($1, $2, $3, $4, $4, $5)";
    /// Someone is still there.
    TOUCH_SESSION = "UPDATE sessions SET seen_ms = $2 WHERE token_hash = $1 AND seen_ms < $2";
    /// Logout.
    END_SESSION = "DELETE FROM sessions WHERE token_hash = $1";
    /// All sessions of an account, after a new password or when it is disabled.
    END_SESSIONS_OF = "DELETE FROM sessions WHERE account_id = $1";
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
}

#[derive(sqlx::FromRow)]
struct Row {
    csrf: String,
    seen_ms: i64,
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
    let secret_text = secret();
    let expires_ms = now_ms + i64::from(config.session_hours) * 3_600_000;
    on_db!(db.writer(), c => sqlx::query(SWEEP_SESSIONS)
        .bind(now_ms).bind(SWEEP).execute(c).await.map(drop))?;
    on_db!(db.writer(), c => sqlx::query(ADD_SESSION)
        .bind(sha256(&secret_text))
        .bind(account)
        .bind(secret())
        .bind(now_ms)
        .bind(expires_ms)
        .execute(c).await.map(drop))?;
    Ok(secret_text)
}

/// Finds the session of a cookie, unless it has expired or lain idle.
///
/// # Errors
/// The database failed.
pub async fn find(
    db: &Db,
    config: &AccountsConfig,
    secret: &str,
    now_ms: i64,
) -> Result<Option<Session>, sqlx::Error> {
    let token_hash = sha256(secret);
    let row: Option<Row> = on_db!(db, c => sqlx::query_as(FIND_SESSION)
        .bind(&token_hash).bind(now_ms).fetch_optional(c).await)?;
    let Some(row) = row else { return Ok(None) };
    let idle_min = match row.kind {
        AccountKind::Platform | AccountKind::Operator => config.staff_idle_min,
        AccountKind::Student | AccountKind::Company | AccountKind::School => config.idle_min,
    };
    if now_ms - row.seen_ms > i64::from(idle_min) * 60_000 {
        return Ok(None);
    }
    if now_ms - row.seen_ms >= SEEN_EVERY_MS {
        on_db!(db.writer(), c => sqlx::query(TOUCH_SESSION)
            .bind(&token_hash).bind(now_ms).execute(c).await.map(drop))?;
    }
    let Row {
        csrf,
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
    }))
}

/// Ends the session of a cookie.
///
/// # Errors
/// The database failed.
pub async fn end(db: &Db, secret: &str) -> Result<(), sqlx::Error> {
    on_db!(db.writer(), c => sqlx::query(END_SESSION)
        .bind(sha256(secret)).execute(c).await.map(drop))
}

/// Ends every session of an account.
///
/// # Errors
/// The database failed.
pub async fn end_all(db: &Db, account: AccountId) -> Result<(), sqlx::Error> {
    on_db!(db.writer(), c => sqlx::query(END_SESSIONS_OF)
        .bind(account).execute(c).await.map(drop))
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
    if let Some(secret) = secret {
        let found = find(&state.db, &state.config.accounts, &secret, state.now_ms()).await?;
        if let Some(session) = found {
            request.extensions_mut().insert(session);
        }
    }
    Ok(next.run(request).await)
}
