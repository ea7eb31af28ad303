//! SQL of support's looks at accounts.

use base::db::{Db, Tx, on_db};

use crate::accounts::rules::AccountKind;
use crate::ids::AccountId;

/// Accounts that one search shows.
pub(super) const MOST: i64 = 20;

base::queries! {
    /// Accounts with this mobile number or this name.
    SEARCH = "SELECT a.id, a.kind, a.real_name, a.mobile, a.status, a.last_login_ms,
            COALESCE(c.name, s.name, t.name, '') AS belongs
        FROM accounts a
        LEFT JOIN company_members m ON m.account_id = a.id
        LEFT JOIN companies c ON c.id = m.company_id
        LEFT JOIN school_staff f ON f.account_id = a.id
        LEFT JOIN schools s ON s.id = f.school_id
        LEFT JOIN students st ON st.account_id = a.id
        LEFT JOIN schools t ON t.id = st.school_id
        WHERE a.mobile = $1 OR a.real_name = $2
        ORDER BY a.created_ms, a.id LIMIT $3";
    /// One account for support.
    FIND_FOR_SUPPORT = "SELECT a.kind, a.real_name, a.nickname, a.mobile, a.email, a.status,
            a.created_ms, a.last_login_ms, COALESCE(c.name, s.name, t.name, '') AS belongs,
            m.role AS member_role, m.status AS member_status,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM sessions x
                WHERE x.account_id = a.id AND x.expires_ms > $2) AS sessions,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM wechat_bindings b
                WHERE b.account_id = a.id) AS wechat,
            k.due_ms AS cancel_due_ms, k.withdrawn_ms AS cancel_withdrawn_ms,
            k.done_ms AS cancel_done_ms
        FROM accounts a
        LEFT JOIN company_members m ON m.account_id = a.id
        LEFT JOIN companies c ON c.id = m.company_id
        LEFT JOIN school_staff f ON f.account_id = a.id
        LEFT JOIN schools s ON s.id = f.school_id
        LEFT JOIN students st ON st.account_id = a.id
        LEFT JOIN schools t ON t.id = st.school_id
        LEFT JOIN account_cancellations k ON k.account_id = a.id
        WHERE a.id = $1";
    /// Support helps companies, schools and students; the platform's own people are not its
    /// business, and what is closed for good stays so.
    SET_STATUS = "UPDATE accounts SET status = $2, version = version + 1
        WHERE id = $1 AND status <> $2 AND kind IN ('student', 'company', 'school')
            AND NOT EXISTS (SELECT 1 FROM account_cancellations k WHERE k.account_id = $1
                AND k.done_ms IS NOT NULL)
        RETURNING id";
    /// The login names of an account that support may help.
    LOGIN_NAMES = "SELECT mobile, email FROM accounts
        WHERE id = $1 AND kind IN ('student', 'company', 'school')";
}

/// An account that a search found.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Found {
    pub id: AccountId,
    pub kind: AccountKind,
    pub real_name: String,
    pub mobile: Option<String>,
    pub status: String,
    pub last_login_ms: Option<i64>,
    pub belongs: String,
}

/// One account.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct One {
    pub kind: AccountKind,
    pub real_name: String,
    pub nickname: String,
    pub mobile: Option<String>,
    pub email: Option<String>,
    pub status: String,
    pub created_ms: i64,
    pub last_login_ms: Option<i64>,
    pub belongs: String,
    pub member_role: Option<String>,
    pub member_status: Option<String>,
    pub sessions: i64,
    pub wechat: i64,
    pub cancel_due_ms: Option<i64>,
    pub cancel_withdrawn_ms: Option<i64>,
    pub cancel_done_ms: Option<i64>,
}

pub(super) async fn search(
    db: &Db,
    mobile: Option<&str>,
    name: &str,
) -> Result<Vec<Found>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SEARCH)
        .bind(mobile).bind(name).bind(MOST).fetch_all(c).await)
}

pub(super) async fn find(
    db: &Db,
    account: AccountId,
    now_ms: i64,
) -> Result<Option<One>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_FOR_SUPPORT)
        .bind(account).bind(now_ms).fetch_optional(c).await)
}

/// False: so it is already, or it is not support's to change.
pub(super) async fn set_status(
    tx: &mut Tx,
    account: AccountId,
    status: &str,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(SET_STATUS)
        .bind(account).bind(status).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// The login names of an account; `None`: it is not support's to help.
pub(super) async fn login_names(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Option<Vec<String>>, sqlx::Error> {
    let row: Option<(Option<String>, Option<String>)> =
        on_db!(tx, c => sqlx::query_as(LOGIN_NAMES).bind(account).fetch_optional(c).await)?;
    Ok(row.map(|(mobile, email)| [mobile, email].into_iter().flatten().collect()))
}
