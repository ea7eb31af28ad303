//! SQL of bindings, scenes and callbacks.

use base::db::{Db, Tx, on_db};

use crate::accounts::devices::Device;
use crate::accounts::rules::AccountKind;
use crate::ids::AccountId;

/// Rows that one write clears away.
const SWEEP: i64 = 100;
/// Callbacks are remembered for so long, ms: WeChat's signature is good for minutes only.
const EVENTS_MS: i64 = 24 * 3_600_000;

base::queries! {
    /// An account's WeChat.
    FIND_BINDING = "SELECT openid, reachable, bound_ms FROM wechat_bindings WHERE account_id = $1";
    /// Whose WeChat it is.
    FIND_BOUND = "SELECT b.account_id, a.status FROM wechat_bindings b
        JOIN accounts a ON a.id = b.account_id WHERE b.openid = $1";
    /// Ties a WeChat to an account, unless one of them is tied already.
    ADD_BINDING = "INSERT INTO wechat_bindings (account_id, openid, reachable, bound_ms)
        VALUES ($1, $2, TRUE, $3) ON CONFLICT DO NOTHING RETURNING account_id";
    /// Unties.
    DROP_BINDING = "DELETE FROM wechat_bindings WHERE account_id = $1 RETURNING openid";
    /// Someone follows, or no longer.
    SET_REACHABLE = "UPDATE wechat_bindings SET reachable = $2 WHERE openid = $1";
    /// A new code.
    ADD_SCENE = "INSERT INTO wechat_scenes
            (nonce, kind, account_id, browser, label, state, created_ms, expires_ms)
        VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7)";
    /// Codes that an account has open.
    COUNT_OPEN = "SELECT CAST(COUNT(*) AS BIGINT) AS open FROM wechat_scenes
        WHERE account_id = $1 AND expires_ms > $2";
    /// Takes a code's one scan. The row stays locked until the transaction ends.
    SCAN_SCENE = "UPDATE wechat_scenes SET state = 'scanned', openid = $3
        WHERE nonce = $1 AND kind = $2 AND state = 'waiting' AND expires_ms > $4
        RETURNING account_id, label";
    /// What became of a scan.
    END_SCENE = "UPDATE wechat_scenes SET state = $2, account_id = $3 WHERE nonce = $1";
    /// The latest login that a person was asked to confirm.
    CONFIRM_SCENE = "UPDATE wechat_scenes SET state = 'done' WHERE nonce =
        (SELECT nonce FROM wechat_scenes WHERE openid = $1 AND state = 'scanned'
            AND kind = 'login' AND expires_ms > $2 ORDER BY created_ms DESC, nonce LIMIT 1)
        RETURNING account_id";
    /// How a code stands; a login's only for the browser that shows it.
    SCENE_STATE = "SELECT state, expires_ms FROM wechat_scenes
        WHERE nonce = $1 AND (kind = 'bind' OR browser = $2)";
    /// Uses a confirmed login.
    TAKE_LOGIN = "DELETE FROM wechat_scenes
        WHERE nonce = $1 AND browser = $2 AND kind = 'login' AND state = 'done' AND expires_ms > $3
        RETURNING account_id";
    /// Kind of an account that may sign in.
    ACTIVE_KIND = "SELECT kind FROM accounts WHERE id = $1 AND status = 'active'";
    /// Remembers a callback, once.
    ADD_EVENT = "INSERT INTO wechat_events (dedupe_key, received_ms) VALUES ($1, $2)
        ON CONFLICT (dedupe_key) DO NOTHING RETURNING dedupe_key";
    /// Clears away a slice of codes that are over.
    SWEEP_SCENES = "DELETE FROM wechat_scenes WHERE nonce IN
        (SELECT nonce FROM wechat_scenes WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2)";
    /// Clears away a slice of old callbacks.
    SWEEP_EVENTS = "DELETE FROM wechat_events WHERE dedupe_key IN
        (SELECT dedupe_key FROM wechat_events WHERE received_ms < $1
            ORDER BY received_ms LIMIT $2)";
}

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ties a WeChat to an account.
    Bind,
    /// Signs someone in.
    Login,
}

impl Kind {
    /// The word in SQL, scenes and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Login => "login",
        }
    }
}

base::words! {
    /// How a code stands.
    pub enum SceneState: "state of a scene" {
        /// Nobody has scanned it.
        Waiting = "waiting",
        /// Scanned, and asked back.
        Scanned = "scanned",
        /// Tied, or confirmed.
        Done = "done",
        /// The WeChat is somebody else's, or nobody's.
        Refused = "refused",
    }
}

/// An account's WeChat.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Binding {
    /// The person, as the official account knows him.
    pub openid: String,
    /// Follows it: messages arrive.
    pub reachable: bool,
    /// Since when, ms since 1970.
    pub bound_ms: i64,
}

/// A code to be remembered.
pub(super) struct NewScene<'a> {
    pub nonce: &'a str,
    pub kind: Kind,
    pub account: Option<AccountId>,
    pub device: Option<&'a Device>,
    pub expires_ms: i64,
}

/// An account's WeChat.
///
/// # Errors
/// The database failed.
pub async fn binding(db: &Db, account: AccountId) -> Result<Option<Binding>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_BINDING).bind(account).fetch_optional(c).await)
}

/// Unties an account's WeChat. False: there was none.
///
/// # Errors
/// The database failed.
pub async fn unbind(tx: &mut Tx, account: AccountId) -> Result<bool, sqlx::Error> {
    let row: Option<(String,)> = on_db!(tx, c => sqlx::query_as(DROP_BINDING)
        .bind(account).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// How many codes an account has open.
pub(super) async fn open_of(db: &Db, account: AccountId, now_ms: i64) -> Result<i64, sqlx::Error> {
    let (open,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_OPEN)
        .bind(account).bind(now_ms).fetch_one(c).await)?;
    Ok(open)
}

pub(super) async fn add(db: &Db, new: &NewScene<'_>, now_ms: i64) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    on_db!(tx, c => sqlx::query(SWEEP_SCENES)
        .bind(now_ms).bind(SWEEP).execute(c).await.map(drop))?;
    let (browser, label) = new
        .device
        .map_or(("", ""), |device| (&device.hash, &device.label));
    on_db!(tx, c => sqlx::query(ADD_SCENE)
        .bind(new.nonce)
        .bind(new.kind.as_str())
        .bind(new.account)
        .bind(browser)
        .bind(label)
        .bind(now_ms)
        .bind(new.expires_ms)
        .execute(c).await.map(drop))?;
    tx.commit().await
}

/// How a code stands for a browser; `None`: there is none, or it is over.
pub(super) async fn scene_state(
    db: &Db,
    nonce: &str,
    browser: &str,
    now_ms: i64,
) -> Result<Option<SceneState>, sqlx::Error> {
    let row: Option<(SceneState, i64)> = on_db!(db, c => sqlx::query_as(SCENE_STATE)
        .bind(nonce).bind(browser).fetch_optional(c).await)?;
    Ok(row
        .filter(|(_, ends)| *ends > now_ms)
        .map(|(state, _)| state))
}

pub(super) async fn take_login(
    db: &Db,
    nonce: &str,
    browser: &str,
    now_ms: i64,
) -> Result<Option<(AccountId, AccountKind)>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let taken: Option<(Option<AccountId>,)> = on_db!(tx, c => sqlx::query_as(TAKE_LOGIN)
        .bind(nonce).bind(browser).bind(now_ms).fetch_optional(c).await)?;
    let Some((Some(account),)) = taken else {
        return Ok(None);
    };
    let kind: Option<(AccountKind,)> = on_db!(tx, c => sqlx::query_as(ACTIVE_KIND)
        .bind(account).fetch_optional(c).await)?;
    tx.commit().await?;
    Ok(kind.map(|(kind,)| (account, kind)))
}

/// Is this the first time that this callback comes?
pub(super) async fn first_time(tx: &mut Tx, key: &str, now_ms: i64) -> Result<bool, sqlx::Error> {
    on_db!(tx, c => sqlx::query(SWEEP_EVENTS)
        .bind(now_ms - EVENTS_MS).bind(SWEEP).execute(c).await.map(drop))?;
    let row: Option<(String,)> = on_db!(tx, c => sqlx::query_as(ADD_EVENT)
        .bind(key).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Someone follows, or no longer.
pub(super) async fn set_reachable(
    tx: &mut Tx,
    openid: &str,
    reachable: bool,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(SET_REACHABLE)
        .bind(openid).bind(reachable).execute(c).await.map(drop))
}

/// A code that was scanned for the first time: its account (bind) and its browser (login).
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Scanned {
    pub account_id: Option<AccountId>,
    pub label: String,
}

pub(super) async fn scan(
    tx: &mut Tx,
    (nonce, kind): (&str, Kind),
    openid: &str,
    now_ms: i64,
) -> Result<Option<Scanned>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(SCAN_SCENE)
        .bind(nonce)
        .bind(kind.as_str())
        .bind(openid)
        .bind(now_ms)
        .fetch_optional(c).await)
}

/// Says what became of a scan.
pub(super) async fn end_scene(
    tx: &mut Tx,
    nonce: &str,
    state: SceneState,
    account: Option<AccountId>,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(END_SCENE)
        .bind(nonce).bind(state).bind(account).execute(c).await.map(drop))
}

/// Whose WeChat it is, and whether he may sign in.
pub(super) async fn bound(
    tx: &mut Tx,
    openid: &str,
) -> Result<Option<(AccountId, bool)>, sqlx::Error> {
    let row: Option<(AccountId, String)> = on_db!(tx, c => sqlx::query_as(FIND_BOUND)
        .bind(openid).fetch_optional(c).await)?;
    Ok(row.map(|(account, status)| (account, status == "active")))
}

/// Ties; false: one of the two is tied already.
pub(super) async fn bind(
    tx: &mut Tx,
    account: AccountId,
    openid: &str,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(ADD_BINDING)
        .bind(account).bind(openid).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Confirms the latest login that this person was asked about.
pub(super) async fn confirm(
    tx: &mut Tx,
    openid: &str,
    now_ms: i64,
) -> Result<Option<AccountId>, sqlx::Error> {
    let row: Option<(Option<AccountId>,)> = on_db!(tx, c => sqlx::query_as(CONFIRM_SCENE)
        .bind(openid).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.and_then(|(account,)| account))
}
