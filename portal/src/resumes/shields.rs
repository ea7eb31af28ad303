//! 屏蔽企业: companies from which a student hides. Applying to one lifts nothing: the shield is
//! stronger than a consent, until the student takes it away.

use base::db::{Db, Tx, on_db};

use crate::ids::{AccountId, CompanyId};

/// Companies that one student may hide from.
pub const SHIELDS: i64 = 50;
/// Companies that a search finds.
const FOUND: i64 = 20;

base::queries! {
    /// Does a student hide from a company?
    IS_SHIELDED = "SELECT created_ms FROM resume_shields
        WHERE student_id = $1 AND company_id = $2";
    /// Companies from which he hides.
    SHIELDS_OF = "SELECT h.company_id, c.name, h.created_ms FROM resume_shields h
        JOIN companies c ON c.id = h.company_id
        WHERE h.student_id = $1 ORDER BY h.created_ms DESC, h.company_id LIMIT 100";
    /// How many those are.
    COUNT_SHIELDS = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM resume_shields
        WHERE student_id = $1";
    /// Companies by a part of their name.
    SEARCH_COMPANIES = "SELECT c.id AS company_id, c.name, CAST(0 AS BIGINT) AS created_ms
        FROM companies c
        WHERE c.status = 'certified' AND lower(c.name) LIKE $2 ESCAPE '!'
            AND NOT EXISTS (SELECT 1 FROM resume_shields h
                WHERE h.student_id = $1 AND h.company_id = c.id)
        ORDER BY c.name, c.id LIMIT $3";
    /// Hides from a company, if there is one.
    ADD_SHIELD = "INSERT INTO resume_shields (student_id, company_id, created_ms)
        SELECT CAST($1 AS TEXT), c.id, CAST($3 AS BIGINT) FROM companies c WHERE c.id = $2
        ON CONFLICT (student_id, company_id) DO NOTHING";
    /// Hides no longer.
    DROP_SHIELD = "DELETE FROM resume_shields WHERE student_id = $1 AND company_id = $2";
}

/// A company from which a student hides, or could.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Shield {
    /// The company.
    pub company_id: CompanyId,
    /// Its name.
    pub name: String,
    /// Since when, ms since 1970; 0 for one that was only found.
    pub created_ms: i64,
}

/// Does `student` hide from `company`? Every reader of a résumé asks.
///
/// # Errors
/// The database failed.
pub async fn is_shielded(
    db: &Db,
    student: AccountId,
    company: CompanyId,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(db, c => sqlx::query_as(IS_SHIELDED)
        .bind(student).bind(company).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Companies from which a student hides, the latest first.
///
/// # Errors
/// The database failed.
pub async fn of(db: &Db, student: AccountId) -> Result<Vec<Shield>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SHIELDS_OF).bind(student).fetch_all(c).await)
}

/// Certified companies whose name has `part` in it, without those that are hidden from already.
///
/// # Errors
/// The database failed.
pub async fn search(db: &Db, student: AccountId, part: &str) -> Result<Vec<Shield>, sqlx::Error> {
    let part = part.to_lowercase();
    let escaped: String = part
        .chars()
        .flat_map(|c| {
            let escape = matches!(c, '%' | '_' | '!').then_some('!');
            escape.into_iter().chain([c])
        })
        .collect();
    on_db!(db, c => sqlx::query_as(SEARCH_COMPANIES)
        .bind(student).bind(format!("%{escaped}%")).bind(FOUND).fetch_all(c).await)
}

/// Hides from a company. False: there is no such company, it was hidden from already, or there
/// are [`SHIELDS`] of them.
///
/// # Errors
/// The database failed.
pub async fn add(
    tx: &mut Tx,
    student: AccountId,
    company: CompanyId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let (count,): (i64,) = on_db!(tx, c => sqlx::query_as(COUNT_SHIELDS)
        .bind(student).fetch_one(c).await)?;
    if count >= SHIELDS {
        return Ok(false);
    }
    on_db!(tx, c => sqlx::query(ADD_SHIELD)
        .bind(student).bind(company).bind(now_ms)
        .execute(c).await.map(|done| done.rows_affected() > 0))
}

/// Hides no longer. False: it did not.
///
/// # Errors
/// The database failed.
pub async fn remove(
    tx: &mut Tx,
    student: AccountId,
    company: CompanyId,
) -> Result<bool, sqlx::Error> {
    on_db!(tx, c => sqlx::query(DROP_SHIELD)
        .bind(student).bind(company)
        .execute(c).await.map(|done| done.rows_affected() > 0))
}
