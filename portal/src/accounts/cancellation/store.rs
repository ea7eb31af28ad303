//! SQL of cancellations.

use base::db::{Db, Tx, on_db};

use crate::ids::AccountId;

base::queries! {
    /// An account's cancellation.
    FIND_CANCELLATION = "SELECT asked_ms, due_ms, withdrawn_ms, done_ms
        FROM account_cancellations WHERE account_id = $1";
    /// Asks for one; one that was withdrawn begins anew, one that runs stays as it is.
    ASK = "INSERT INTO account_cancellations (account_id, asked_ms, due_ms) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET asked_ms = $2, due_ms = $3, withdrawn_ms = NULL
        WHERE account_cancellations.withdrawn_ms IS NOT NULL
            AND account_cancellations.done_ms IS NULL
        RETURNING due_ms";
    /// Withdraws one that runs.
    WITHDRAW = "UPDATE account_cancellations SET withdrawn_ms = $2
        WHERE account_id = $1 AND withdrawn_ms IS NULL AND done_ms IS NULL RETURNING due_ms";
    /// Whose cooling-off is over, the longest ago first.
    LIST_DUE = "SELECT account_id FROM account_cancellations
        WHERE due_ms <= $1 AND withdrawn_ms IS NULL AND done_ms IS NULL
        ORDER BY due_ms, account_id LIMIT $2";
    /// Closes one, unless it was withdrawn meanwhile.
    FINISH = "UPDATE account_cancellations SET done_ms = $2
        WHERE account_id = $1 AND due_ms <= $2 AND withdrawn_ms IS NULL AND done_ms IS NULL
        RETURNING asked_ms";
    /// An account's mobile number.
    FIND_MOBILE = "SELECT mobile FROM accounts WHERE id = $1";
}

/// How an account's cancellation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Cancellation {
    /// Asked for, ms since 1970.
    pub asked_ms: i64,
    /// To be done then.
    pub due_ms: i64,
    /// Withdrawn.
    pub withdrawn_ms: Option<i64>,
    /// Done.
    pub done_ms: Option<i64>,
}

impl Cancellation {
    /// Runs: neither withdrawn nor done.
    pub fn runs(&self) -> bool {
        self.withdrawn_ms.is_none() && self.done_ms.is_none()
    }
}

pub(super) async fn find(db: &Db, account: AccountId) -> Result<Option<Cancellation>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_CANCELLATION).bind(account).fetch_optional(c).await)
}

/// False: one runs already.
pub(super) async fn ask(
    tx: &mut Tx,
    account: AccountId,
    now_ms: i64,
    due_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(ASK)
        .bind(account).bind(now_ms).bind(due_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// False: none runs.
pub(super) async fn withdraw(
    tx: &mut Tx,
    account: AccountId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(WITHDRAW)
        .bind(account).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}

pub(super) async fn mobile(tx: &mut Tx, account: AccountId) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(Option<String>,)> = on_db!(tx, c => sqlx::query_as(FIND_MOBILE)
        .bind(account).fetch_optional(c).await)?;
    Ok(row.and_then(|(mobile,)| mobile))
}

pub(super) async fn due(db: &Db, now_ms: i64, most: i64) -> Result<Vec<AccountId>, sqlx::Error> {
    let rows: Vec<(AccountId,)> = on_db!(db, c => sqlx::query_as(LIST_DUE)
        .bind(now_ms).bind(most).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

/// False: it was withdrawn, or another process was quicker.
pub(super) async fn finish(
    tx: &mut Tx,
    account: AccountId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(FINISH)
        .bind(account).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}
