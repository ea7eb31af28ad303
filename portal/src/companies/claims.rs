//! 申请成为管理员: claims of a company's administration. One waits at a time.

use base::db::{Db, Tx, on_db};

use crate::ids::{AccountId, AdminClaimId, CompanyId, FileId};

base::queries! {
    /// A new claim.
    ADD_CLAIM = "INSERT INTO admin_claims (id, company_id, account_id, letter_file, status,
            created_ms)
        VALUES ($1, $2, $3, $4, 'submitted', $5)";
    /// A claim, for whoever reviews it.
    FIND_CLAIM = "SELECT id, company_id, account_id, letter_file, status, created_ms
        FROM admin_claims WHERE id = $1";
    /// The latest claim of a person.
    LATEST_CLAIM = "SELECT id, company_id, account_id, letter_file, status, created_ms
        FROM admin_claims WHERE account_id = $1 ORDER BY created_ms DESC, id DESC LIMIT 1";
    /// The claim that waits at a company.
    OPEN_CLAIM = "SELECT id, company_id, account_id, letter_file, status, created_ms
        FROM admin_claims WHERE company_id = $1 AND status IN ('submitted', 'returned')";
    /// Hands a returned one in again.
    REDO_CLAIM = "UPDATE admin_claims SET letter_file = $3, status = 'submitted',
            decided_ms = NULL
        WHERE id = $1 AND account_id = $2 AND status = 'returned' RETURNING id";
    /// What became of it.
    SETTLE_CLAIM = "UPDATE admin_claims SET status = $2, decided_ms = $3
        WHERE id = $1 AND status IN ('submitted', 'returned') RETURNING id";
}

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Claim {
    /// Its id.
    pub id: AdminClaimId,
    /// Of which company.
    pub company_id: CompanyId,
    /// Whose.
    pub account_id: AccountId,
    /// The stamped authorization letter.
    pub letter_file: FileId,
    /// `submitted`, `returned`, `approved`, `rejected` or `withdrawn`.
    pub status: String,
    /// When, ms since 1970.
    pub created_ms: i64,
}

impl Claim {
    /// It may still be decided or handed in again.
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "submitted" | "returned")
    }
}

/// A new claim.
///
/// # Errors
/// Another one waits at this company, or the database failed.
pub async fn add(tx: &mut Tx, claim: &Claim, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_CLAIM)
        .bind(claim.id)
        .bind(claim.company_id)
        .bind(claim.account_id)
        .bind(claim.letter_file)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// A claim, for whoever reviews it.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, id: AdminClaimId) -> Result<Option<Claim>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_CLAIM).bind(id).fetch_optional(c).await)
}

/// As [`find`], in a transaction.
///
/// # Errors
/// The database failed.
pub async fn find_in(tx: &mut Tx, id: AdminClaimId) -> Result<Option<Claim>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(FIND_CLAIM).bind(id).fetch_optional(c).await)
}

/// The latest claim of a person.
///
/// # Errors
/// The database failed.
pub async fn latest(db: &Db, account: AccountId) -> Result<Option<Claim>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LATEST_CLAIM).bind(account).fetch_optional(c).await)
}

/// As [`latest`], in a transaction.
///
/// # Errors
/// The database failed.
pub async fn latest_in(tx: &mut Tx, account: AccountId) -> Result<Option<Claim>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(LATEST_CLAIM).bind(account).fetch_optional(c).await)
}

/// The claim that waits at a company.
///
/// # Errors
/// The database failed.
pub async fn open(db: &Db, company: CompanyId) -> Result<Option<Claim>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(OPEN_CLAIM).bind(company).fetch_optional(c).await)
}

/// Hands a returned one in again. `false`: it is not returned.
///
/// # Errors
/// The database failed.
pub async fn redo(
    tx: &mut Tx,
    (id, account): (AdminClaimId, AccountId),
    letter: FileId,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AdminClaimId,)> = on_db!(tx, c => sqlx::query_as(REDO_CLAIM)
        .bind(id).bind(account).bind(letter).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// What became of it. `false`: it waits for nothing.
///
/// # Errors
/// The database failed.
pub async fn settle(
    tx: &mut Tx,
    id: AdminClaimId,
    status: &str,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AdminClaimId,)> = on_db!(tx, c => sqlx::query_as(SETTLE_CLAIM)
        .bind(id).bind(status).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}
