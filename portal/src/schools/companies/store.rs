//! SQL of the companies at a school. Each query names the school.

use base::db::{Db, Tx, on_db};

use super::super::store::like;
use crate::ids::{AccountId, CompanyId, ReviewId, SchoolId, SchoolJoinId};

base::queries! {
    /// Companies at a school by state and name, the latest change first. A company that has
    /// picked the school and is not certified yet is no matter of the school's.
    COMPANIES_AT_SCHOOL = "SELECT j.id AS join_id, c.id AS company_id, c.name, c.industry, c.nature,
            c.scale, c.city, c.status AS company_status, j.status, j.reason, j.created_ms,
            j.decided_ms, r.id AS review_id, r.due_ms, r.state AS review_state,
            (SELECT COUNT(*) FROM jobs o WHERE o.company_id = c.id AND o.status = 'open') AS jobs
        FROM school_joins j
        JOIN companies c ON c.id = j.company_id
        LEFT JOIN reviews r ON r.kind = 'school_join' AND r.subject_id = j.id
            AND r.state IN ('open', 'returned')
        WHERE j.school_id = $1 AND j.status <> 'waiting' AND ($2 = '' OR j.status = $2)
            AND ($3 = '' OR lower(c.name) LIKE $3 ESCAPE '\\')
        ORDER BY COALESCE(j.decided_ms, j.created_ms) DESC, j.id LIMIT $4 OFFSET $5";
    /// How many there are.
    COUNT_COMPANIES_AT_SCHOOL = "SELECT COUNT(*) AS total
        FROM school_joins j JOIN companies c ON c.id = j.company_id
        WHERE j.school_id = $1 AND j.status <> 'waiting' AND ($2 = '' OR j.status = $2)
            AND ($3 = '' OR lower(c.name) LIKE $3 ESCAPE '\\')";
    /// How many there are in each state.
    STATES_AT_SCHOOL = "SELECT j.status, COUNT(*) AS total FROM school_joins j
        WHERE j.school_id = $1 AND j.status <> 'waiting' GROUP BY j.status";
    /// Where a company stands from now on, if it stands where it may.
    MOVE_JOIN = "UPDATE school_joins SET status = $3, reason = $4, decided_ms = $5
        WHERE company_id = $1 AND school_id = $2
            AND (($3 = 'blocked' AND status <> 'blocked' AND status <> 'waiting')
                OR ($3 = 'cancelled' AND status = $6))
        RETURNING id";
    /// Is the company known to this school?
    FIND_AT_SCHOOL = "SELECT id FROM school_joins
        WHERE company_id = $1 AND school_id = $2 AND status <> 'waiting'";
    /// Who administers a company.
    ADMIN_OF_COMPANY = "SELECT account_id FROM company_members
        WHERE company_id = $1 AND role = 'admin' AND status = 'approved'";
}

/// A company at a school.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CompanyAtSchool {
    /// The join.
    pub join_id: SchoolJoinId,
    /// The company.
    pub company_id: CompanyId,
    /// Its name.
    pub name: String,
    /// 所属行业.
    pub industry: String,
    /// 单位性质.
    pub nature: String,
    /// 规模.
    pub scale: String,
    /// 城市.
    pub city: String,
    /// Where its certification stands.
    pub company_status: String,
    /// Where it stands with the school.
    pub status: String,
    /// Why.
    pub reason: String,
    /// When it asked, ms since 1970.
    pub created_ms: i64,
    /// When the school decided, ms since 1970.
    pub decided_ms: Option<i64>,
    /// The review that runs.
    pub review_id: Option<ReviewId>,
    /// By when it is due, ms since 1970.
    pub due_ms: Option<i64>,
    /// Where the review stands.
    pub review_state: Option<String>,
    /// Its open jobs.
    pub jobs: i64,
}

/// Companies at a school.
///
/// # Errors
/// The database failed.
pub async fn list(
    db: &Db,
    school: SchoolId,
    (status, keyword): (&str, &str),
    (limit, offset): (i64, i64),
) -> Result<Vec<CompanyAtSchool>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(COMPANIES_AT_SCHOOL)
        .bind(school)
        .bind(status)
        .bind(like(keyword))
        .bind(limit)
        .bind(offset)
        .fetch_all(c).await)
}

/// How many fit.
///
/// # Errors
/// The database failed.
pub async fn count(
    db: &Db,
    school: SchoolId,
    (status, keyword): (&str, &str),
) -> Result<i64, sqlx::Error> {
    let (total,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_COMPANIES_AT_SCHOOL)
        .bind(school).bind(status).bind(like(keyword)).fetch_one(c).await)?;
    Ok(total)
}

/// How many companies stand in each state.
///
/// # Errors
/// The database failed.
pub async fn states(db: &Db, school: SchoolId) -> Result<Vec<(String, i64)>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(STATES_AT_SCHOOL).bind(school).fetch_all(c).await)
}

/// Is the company known to this school?
///
/// # Errors
/// The database failed.
pub async fn is_known(
    tx: &mut Tx,
    school: SchoolId,
    company: CompanyId,
) -> Result<bool, sqlx::Error> {
    let row: Option<(SchoolJoinId,)> = on_db!(tx, c => sqlx::query_as(FIND_AT_SCHOOL)
        .bind(company).bind(school).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// What a school does with a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Shuts it out, whatever it is.
    Block,
    /// Lets a blocked one ask again.
    Unblock,
    /// Ends the joining of one that had joined.
    Cancel,
}

/// Takes the step. `None`: the company does not stand where this step begins.
///
/// # Errors
/// The database failed.
pub async fn take(
    tx: &mut Tx,
    (school, company): (SchoolId, CompanyId),
    (step, reason): (Step, &str),
    now_ms: i64,
) -> Result<Option<SchoolJoinId>, sqlx::Error> {
    let (to, from) = match step {
        Step::Block => ("blocked", ""),
        Step::Unblock => ("cancelled", "blocked"),
        Step::Cancel => ("cancelled", "approved"),
    };
    let row: Option<(SchoolJoinId,)> = on_db!(tx, c => sqlx::query_as(MOVE_JOIN)
        .bind(company)
        .bind(school)
        .bind(to)
        .bind(reason)
        .bind(now_ms)
        .bind(from)
        .fetch_optional(c).await)?;
    Ok(row.map(|(id,)| id))
}

/// Who administers a company.
///
/// # Errors
/// The database failed.
pub async fn admin(tx: &mut Tx, company: CompanyId) -> Result<Option<AccountId>, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(ADMIN_OF_COMPANY)
        .bind(company).fetch_optional(c).await)?;
    Ok(row.map(|(id,)| id))
}
