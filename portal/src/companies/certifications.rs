//! 认证信息 as handed in: the first ones and changes. What is in force stands in `companies`.

use base::db::{Db, JsonText, Tx, on_db};

use super::rules::CertificationData;
use crate::ids::{AccountId, CertificationId, CompanyId};

base::queries! {
    /// Hands data in.
    ADD_CERTIFICATION = "INSERT INTO certifications (id, company_id, kind, data, status,
            submitted_by, created_ms)
        VALUES ($1, $2, $3, $4, 'submitted', $5, $6)";
    /// One of them, for whoever reviews it.
    FIND_CERTIFICATION = "SELECT id, company_id, kind, data, status, submitted_by, created_ms
        FROM certifications WHERE id = $1";
    /// The latest one of a company.
    LATEST_CERTIFICATION = "SELECT id, company_id, kind, data, status, submitted_by, created_ms
        FROM certifications WHERE company_id = $1 ORDER BY created_ms DESC, id DESC LIMIT 1";
    /// The latest one of a company that was not taken back: its papers are there.
    LATEST_STANDING = "SELECT id, company_id, kind, data, status, submitted_by, created_ms
        FROM certifications WHERE company_id = $1 AND status <> 'withdrawn'
        ORDER BY created_ms DESC, id DESC LIMIT 1";
    /// Changes a returned one and hands it in again.
    REDO_CERTIFICATION = "UPDATE certifications SET data = $3, status = 'submitted',
            submitted_by = $4, decided_ms = NULL
        WHERE id = $1 AND company_id = $2 AND status = 'returned' RETURNING id";
    /// What became of it.
    SETTLE_CERTIFICATION = "UPDATE certifications SET status = $2, decided_ms = $3
        WHERE id = $1 AND status IN ('submitted', 'returned') RETURNING id";
}

/// Data that were handed in.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Certification {
    /// Its id.
    pub id: CertificationId,
    /// Whose.
    pub company_id: CompanyId,
    /// `first` or `change`.
    pub kind: String,
    /// The fields.
    pub data: JsonText<CertificationData>,
    /// `submitted`, `returned`, `approved`, `rejected` or `withdrawn`.
    pub status: String,
    /// Who handed it in.
    pub submitted_by: AccountId,
    /// When, ms since 1970.
    pub created_ms: i64,
}

impl Certification {
    /// The kind of its review.
    pub fn review_kind(&self) -> crate::reviews::Kind {
        if self.is_first() {
            crate::reviews::Kind::Company
        } else {
            crate::reviews::Kind::Recertification
        }
    }

    /// The company has not been certified before.
    pub fn is_first(&self) -> bool {
        self.kind == "first"
    }
}

/// Hands data in, under a fresh id.
///
/// # Errors
/// Others of this company wait already, or the database failed.
pub async fn add(
    tx: &mut Tx,
    certification: &Certification,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_CERTIFICATION)
        .bind(certification.id)
        .bind(certification.company_id)
        .bind(&certification.kind)
        .bind(&certification.data)
        .bind(certification.submitted_by)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// One of them, for whoever reviews it.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, id: CertificationId) -> Result<Option<Certification>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_CERTIFICATION).bind(id).fetch_optional(c).await)
}

/// As [`find`], in a transaction.
///
/// # Errors
/// The database failed.
pub async fn find_in(
    tx: &mut Tx,
    id: CertificationId,
) -> Result<Option<Certification>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(FIND_CERTIFICATION).bind(id).fetch_optional(c).await)
}

/// The latest one of a company.
///
/// # Errors
/// The database failed.
pub async fn latest(db: &Db, company: CompanyId) -> Result<Option<Certification>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LATEST_CERTIFICATION)
        .bind(company).fetch_optional(c).await)
}

/// The latest one of a company that was not taken back: its papers are there.
///
/// # Errors
/// The database failed.
pub async fn latest_standing(
    db: &Db,
    company: CompanyId,
) -> Result<Option<Certification>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LATEST_STANDING).bind(company).fetch_optional(c).await)
}

/// Changes a returned one and hands it in again. `false`: it is not returned.
///
/// # Errors
/// The database failed.
pub async fn redo(
    tx: &mut Tx,
    (id, company): (CertificationId, CompanyId),
    data: &CertificationData,
    by: AccountId,
) -> Result<bool, sqlx::Error> {
    let row: Option<(CertificationId,)> = on_db!(tx, c => sqlx::query_as(REDO_CERTIFICATION)
        .bind(id).bind(company).bind(JsonText(data)).bind(by).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// What became of it: `approved`, `returned`, `rejected` or `withdrawn`. `false`: it waits for
/// nothing.
///
/// # Errors
/// The database failed.
pub async fn settle(
    tx: &mut Tx,
    id: CertificationId,
    status: &str,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(CertificationId,)> = on_db!(tx, c => sqlx::query_as(SETTLE_CERTIFICATION)
        .bind(id).bind(status).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}
