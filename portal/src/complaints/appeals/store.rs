//! SQL of appeals against bans.

use base::db::{Db, Tx, on_db};

use super::Hearing;
use crate::complaints::bans::Ban;
use crate::complaints::rules::Bar;
use crate::ids::{AccountId, BanId};
use crate::notifications::{self, Event, Notice};

/// Columns of a [`Case`].
macro_rules! case {
    () => {
        "b.id, b.subject_kind, b.subject_id, b.reason, b.created_ms, b.until_ms, b.by_id,
            b.lifted_ms, COALESCE((SELECT c.name FROM companies c
                    WHERE b.subject_kind = 'company' AND c.id = b.subject_id),
                (SELECT p.nickname FROM accounts p WHERE b.subject_kind = 'account'
                    AND p.id = b.subject_id), '') AS name,
            a.account_id AS appellant, a.status AS hearing, COALESCE(a.body, '') AS body,
            COALESCE(a.answer, '') AS answer, COALESCE(a.due_ms, 0) AS due_ms,
            COALESCE(a.created_ms, 0) AS appealed_ms
        FROM bans b"
    };
}

/// Is the ban this account's, a parameter, or its company's whose administrator it is?
macro_rules! is_his {
    ($me:literal) => {
        concat!(
            "((b.subject_kind = 'account' AND b.subject_id = ",
            $me,
            ") OR (b.subject_kind = 'company' AND b.subject_id IN (SELECT m.company_id
                FROM company_members m WHERE m.account_id = ",
            $me,
            " AND m.role = 'admin' AND m.status = 'approved')))"
        )
    };
}

base::queries! {
    /// Bans of someone or of the company that he administers: those that run, and those that were
    /// appealed against.
    CASES_OF = concat!("SELECT ", case!(), " LEFT JOIN ban_appeals a ON a.ban_id = b.id
        WHERE b.kind = 'ban' AND ", is_his!("$1"), " AND (a.ban_id IS NOT NULL
            OR (b.lifted_ms IS NULL AND (b.until_ms IS NULL OR b.until_ms > $2)))
        ORDER BY b.created_ms DESC, b.id LIMIT 50");
    /// One of them.
    CASE_OF = concat!("SELECT ", case!(), " LEFT JOIN ban_appeals a ON a.ban_id = b.id
        WHERE b.kind = 'ban' AND b.id = $2 AND ", is_his!("$1"));
    /// Appeals that wait, the most urgent first.
    CASES_TO_DO = concat!("SELECT ", case!(), " JOIN ban_appeals a ON a.ban_id = b.id
        WHERE a.status = 'open' ORDER BY a.due_ms, b.id LIMIT 200");
    /// Those that are decided, the latest first.
    CASES_DONE = concat!("SELECT ", case!(), " JOIN ban_appeals a ON a.ban_id = b.id
        WHERE a.status <> 'open' ORDER BY a.decided_ms DESC, b.id LIMIT 200");
    /// A ban that was appealed against.
    FIND_CASE = concat!("SELECT ", case!(), " JOIN ban_appeals a ON a.ban_id = b.id
        WHERE b.id = $1");
    /// A new appeal; the first one counts.
    ADD_BAN_APPEAL = "INSERT INTO ban_appeals (ban_id, account_id, body, status, due_ms, created_ms)
        VALUES ($1, $2, $3, 'open', $4, $5)
        ON CONFLICT (ban_id) DO NOTHING";
    /// The decision.
    DECIDE_BAN_APPEAL = "UPDATE ban_appeals SET status = $2, answer = $3, decided_by = $4,
            decided_ms = $5
        WHERE ban_id = $1 AND status = 'open' RETURNING account_id";
}

/// A ban with what was said against it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Case {
    /// The ban.
    #[sqlx(flatten)]
    pub ban: Ban,
    /// Who imposed it.
    pub by_id: AccountId,
    /// When it was lifted, ms since 1970.
    pub lifted_ms: Option<i64>,
    /// Whom it keeps out.
    pub name: String,
    /// Who appealed; none: nobody did.
    pub appellant: Option<AccountId>,
    /// Where the appeal stands.
    pub hearing: Option<Hearing>,
    /// What was said.
    pub body: String,
    /// The answer.
    pub answer: String,
    /// When the appeal is due, ms since 1970.
    pub due_ms: i64,
    /// When it came in, ms since 1970.
    pub appealed_ms: i64,
}

impl Case {
    /// The ban keeps out now.
    pub fn runs(&self, now_ms: i64) -> bool {
        self.lifted_ms.is_none() && self.ban.until_ms.is_none_or(|end| end > now_ms)
    }

    /// The ban runs, and nobody has appealed.
    pub fn may_appeal(&self, now_ms: i64) -> bool {
        self.runs(now_ms) && self.appellant.is_none()
    }

    /// Nobody has decided.
    pub fn waits(&self) -> bool {
        self.hearing == Some(Hearing::Open)
    }

    /// Why this member of the support may not decide; none: he may.
    pub fn bar(&self, staff: AccountId) -> Option<Bar> {
        (self.by_id == staff).then_some(Bar::FirstDecision)
    }
}

/// Bans of someone or of the company that he administers, 50 at most.
///
/// # Errors
/// The database failed.
pub async fn of(db: &Db, me: AccountId, now_ms: i64) -> Result<Vec<Case>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(CASES_OF).bind(me).bind(now_ms).fetch_all(c).await)
}

/// One of them.
///
/// # Errors
/// The database failed.
pub async fn find_of(db: &Db, me: AccountId, ban: BanId) -> Result<Option<Case>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(CASE_OF).bind(me).bind(ban).fetch_optional(c).await)
}

/// Those that wait, the most urgent first; or those that are decided, the latest first.
///
/// # Errors
/// The database failed.
pub async fn inbox(db: &Db, done: bool) -> Result<Vec<Case>, sqlx::Error> {
    let query = if done { CASES_DONE } else { CASES_TO_DO };
    on_db!(db, c => sqlx::query_as(query).fetch_all(c).await)
}

/// A ban that was appealed against, for the support.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, ban: BanId) -> Result<Option<Case>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_CASE).bind(ban).fetch_optional(c).await)
}

/// Appeals. False: somebody has.
///
/// # Errors
/// The database failed.
pub async fn add(
    tx: &mut Tx,
    (ban, by): (BanId, AccountId),
    body: &str,
    due_ms: i64,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let added = on_db!(tx, c => sqlx::query(ADD_BAN_APPEAL)
        .bind(ban).bind(by).bind(body).bind(due_ms).bind(now_ms)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(added == 1)
}

/// Decides an appeal that waits, and tells who appealed. False: none waits.
///
/// # Errors
/// The database failed.
pub async fn decide(
    tx: &mut Tx,
    (ban, by): (BanId, AccountId),
    (hearing, answer): (Hearing, &str),
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(DECIDE_BAN_APPEAL)
        .bind(ban).bind(hearing).bind(answer).bind(by).bind(now_ms).fetch_optional(c).await)?;
    let Some((to,)) = row else { return Ok(false) };
    let notice = Notice {
        event: Event::BanAppealDecided,
        to,
        args: serde_json::json!({ "result": hearing.zh() }),
        link: format!("/complaints/bans/{ban}"),
        dedupe: Some(format!("ban-appeal:{ban}")),
    };
    notifications::enqueue(tx, &notice, now_ms).await?;
    Ok(true)
}
