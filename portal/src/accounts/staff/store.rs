//! SQL of platform staff.

use base::db::{Db, Tx, on_db};

use crate::accounts::rules::PlatformRole;
use crate::ids::AccountId;

base::queries! {
    /// All platform staff, those who may sign in first.
    LIST_STAFF = "SELECT p.account_id, p.role, a.real_name, a.department, a.mobile, a.status,
            a.last_login_ms, a.password_hash
        FROM platform_staff p JOIN accounts a ON a.id = p.account_id
        ORDER BY a.status, p.role, a.created_ms, a.id";
    /// One of them.
    FIND_STAFF_MEMBER = "SELECT p.account_id, p.role, a.real_name, a.department, a.mobile,
            a.status, a.last_login_ms, a.password_hash
        FROM platform_staff p JOIN accounts a ON a.id = p.account_id WHERE p.account_id = $1";
    /// Holds the rows of all who run the platform, so that two of them who let each other go at
    /// the same moment are one after the other.
    LOCK_OPERATIONS = "UPDATE platform_staff SET role = role WHERE role = 'operations'";
    /// May this person still act as one who runs the platform?
    STILL_OPERATIONS = "SELECT p.account_id FROM platform_staff p
        JOIN accounts a ON a.id = p.account_id
        WHERE p.account_id = $1 AND p.role = 'operations' AND a.status = 'active'";
    /// Another role.
    SET_ROLE = "UPDATE platform_staff SET role = $2 WHERE account_id = $1 AND role <> $2
        RETURNING account_id";
    /// Lets someone go, or back in.
    SET_STAFF_STATUS = "UPDATE accounts SET status = $2, version = version + 1
        WHERE id = $1 AND kind = 'platform' AND status <> $2 AND NOT EXISTS
            (SELECT 1 FROM account_cancellations k WHERE k.account_id = $1
                AND k.done_ms IS NOT NULL)
        RETURNING id";
}

/// A member of the staff.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Row {
    pub account_id: AccountId,
    pub role: PlatformRole,
    pub real_name: String,
    pub department: String,
    pub mobile: Option<String>,
    pub status: String,
    pub last_login_ms: Option<i64>,
    pub password_hash: String,
}

pub(super) async fn list(db: &Db) -> Result<Vec<Row>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_STAFF).fetch_all(c).await)
}

pub(super) async fn find(tx: &mut Tx, account: AccountId) -> Result<Option<Row>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(FIND_STAFF_MEMBER).bind(account).fetch_optional(c).await)
}

/// Waits for other changes among those who run the platform. False: the actor is no longer one.
pub(super) async fn may_act(tx: &mut Tx, actor: AccountId) -> Result<bool, sqlx::Error> {
    on_db!(tx, c => sqlx::query(LOCK_OPERATIONS).execute(c).await.map(drop))?;
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(STILL_OPERATIONS)
        .bind(actor).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// False: it is the role already.
pub(super) async fn set_role(
    tx: &mut Tx,
    account: AccountId,
    role: PlatformRole,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(SET_ROLE)
        .bind(account).bind(role).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// False: so it is already, or the account is closed for good.
pub(super) async fn set_status(
    tx: &mut Tx,
    account: AccountId,
    status: &str,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(SET_STAFF_STATUS)
        .bind(account).bind(status).fetch_optional(c).await)?;
    Ok(row.is_some())
}
