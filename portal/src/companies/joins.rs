//! 入驻高校: which companies may come to which school (A77), and the gate that others ask (A78).

use base::db::{Db, Tx, on_db};

use crate::ids::{CompanyId, SchoolId, SchoolJoinId};

base::queries! {
    /// Picked at registration: handed in once the company is certified.
    PICK_SCHOOL = "INSERT INTO school_joins (id, company_id, school_id, status, created_ms)
        VALUES ($1, $2, $3, 'waiting', $4) ON CONFLICT (company_id, school_id) DO NOTHING";
    /// What was picked at registration.
    PICKED_SCHOOLS = "SELECT id, school_id FROM school_joins
        WHERE company_id = $1 AND status = 'waiting' ORDER BY id";
    /// Asks a school. One that refused, or that the company left, may be asked again; one that
    /// blocked the company may not.
    ASK_SCHOOL = "INSERT INTO school_joins (id, company_id, school_id, status, created_ms)
        VALUES ($1, $2, $3, 'submitted', $4)
        ON CONFLICT (company_id, school_id) DO UPDATE SET status = 'submitted', reason = '',
            created_ms = $4, decided_ms = NULL
            WHERE school_joins.status IN ('waiting', 'returned', 'rejected', 'cancelled')
        RETURNING id";
    /// Where each school stands with a company, those that it has joined first.
    SCHOOLS_OF_COMPANY = "SELECT s.id AS school_id, s.name AS school_name, j.id AS join_id,
            COALESCE(j.status, '') AS status, COALESCE(j.reason, '') AS reason, r.due_ms,
            r.due_estimated
        FROM schools s
        LEFT JOIN school_joins j ON j.school_id = s.id AND j.company_id = $1
        LEFT JOIN reviews r ON r.kind = 'school_join' AND r.subject_id = j.id AND r.state = 'open'
        WHERE s.enabled OR j.id IS NOT NULL
        ORDER BY CASE j.status WHEN 'approved' THEN 0 WHEN 'returned' THEN 1
            WHEN 'submitted' THEN 2 ELSE 3 END, s.name, s.id
        LIMIT 1000";
    /// A join, in the transaction that decides it.
    FIND_JOIN = "SELECT j.id, j.company_id, j.school_id, s.name AS school_name, j.status
        FROM school_joins j JOIN schools s ON s.id = j.school_id WHERE j.id = $1";
    /// A join of one company with one school.
    JOIN_OF = "SELECT j.id, j.company_id, j.school_id, s.name AS school_name, j.status
        FROM school_joins j JOIN schools s ON s.id = j.school_id
        WHERE j.company_id = $1 AND j.school_id = $2";
    /// Where a join stands from now on.
    SET_JOIN = "UPDATE school_joins SET status = $2, reason = $3, decided_ms = $4
        WHERE id = $1 AND status <> 'blocked' RETURNING id";
    /// A school shuts a company out, whether it had joined or not.
    BLOCK_COMPANY = "INSERT INTO school_joins (id, company_id, school_id, status, reason,
            created_ms, decided_ms)
        VALUES ($1, $2, $3, 'blocked', $4, $5, $5)
        ON CONFLICT (company_id, school_id) DO UPDATE SET status = 'blocked', reason = $4,
            decided_ms = $5
        RETURNING id";
    /// A school lets a company ask again.
    UNBLOCK_COMPANY = "UPDATE school_joins SET status = 'cancelled', reason = '', decided_ms = $3
        WHERE company_id = $1 AND school_id = $2 AND status = 'blocked' RETURNING id";
    /// May a company come to a school?
    IS_JOINED = "SELECT CAST(COUNT(*) AS BIGINT) AS total FROM school_joins
        WHERE company_id = $1 AND school_id = $2 AND status = 'approved'";
}

/// A company's request to a school.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Join {
    /// Its id.
    pub id: SchoolJoinId,
    /// The company.
    pub company_id: CompanyId,
    /// The school.
    pub school_id: SchoolId,
    /// Its name.
    pub school_name: String,
    /// `waiting`, `submitted`, `returned`, `approved`, `rejected`, `cancelled` or `blocked`.
    pub status: String,
}

/// Where a school stands with a company.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SchoolRow {
    /// The school.
    pub school_id: SchoolId,
    /// Its name.
    pub school_name: String,
    /// The request, if there is or was one.
    pub join_id: Option<SchoolJoinId>,
    /// Where it stands; empty: never asked.
    pub status: String,
    /// Why not.
    pub reason: String,
    /// By when the school should decide, ms since 1970.
    pub due_ms: Option<i64>,
    /// The calendar of that year is not published yet.
    pub due_estimated: Option<bool>,
}

/// May this company come to this school (宣讲会, 双选会, 云宣讲, 在线招聘)?
///
/// # Errors
/// The database failed.
pub async fn is_joined(db: &Db, company: CompanyId, school: SchoolId) -> Result<bool, sqlx::Error> {
    let (count,): (i64,) = on_db!(db, c => sqlx::query_as(IS_JOINED)
        .bind(company).bind(school).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Keeps a school that was picked at registration.
///
/// # Errors
/// The database failed.
pub async fn pick(
    tx: &mut Tx,
    company: CompanyId,
    school: SchoolId,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(PICK_SCHOOL)
        .bind(SchoolJoinId::new()).bind(company).bind(school).bind(now_ms)
        .execute(c).await.map(drop))
}

/// What was picked at registration and waits for the certification.
///
/// # Errors
/// The database failed.
pub async fn picked(
    tx: &mut Tx,
    company: CompanyId,
) -> Result<Vec<(SchoolJoinId, SchoolId)>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(PICKED_SCHOOLS).bind(company).fetch_all(c).await)
}

/// Asks a school. `None`: it has joined, waits already, or the school has blocked the company.
///
/// # Errors
/// The database failed.
pub async fn ask(
    tx: &mut Tx,
    company: CompanyId,
    school: SchoolId,
    now_ms: i64,
) -> Result<Option<SchoolJoinId>, sqlx::Error> {
    let row: Option<(SchoolJoinId,)> = on_db!(tx, c => sqlx::query_as(ASK_SCHOOL)
        .bind(SchoolJoinId::new()).bind(company).bind(school).bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.map(|(id,)| id))
}

/// Where each school stands with a company.
///
/// # Errors
/// The database failed.
pub async fn of_company(db: &Db, company: CompanyId) -> Result<Vec<SchoolRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SCHOOLS_OF_COMPANY).bind(company).fetch_all(c).await)
}

/// A join by its id.
///
/// # Errors
/// The database failed.
pub async fn find_in(tx: &mut Tx, id: SchoolJoinId) -> Result<Option<Join>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(FIND_JOIN).bind(id).fetch_optional(c).await)
}

/// The join of a company with a school.
///
/// # Errors
/// The database failed.
pub async fn find_of(
    tx: &mut Tx,
    company: CompanyId,
    school: SchoolId,
) -> Result<Option<Join>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(JOIN_OF)
        .bind(company).bind(school).fetch_optional(c).await)
}

/// Where a join stands from now on. `false`: the school has blocked the company meanwhile.
///
/// # Errors
/// The database failed.
pub async fn set(
    tx: &mut Tx,
    id: SchoolJoinId,
    (status, reason): (&str, &str),
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(SchoolJoinId,)> = on_db!(tx, c => sqlx::query_as(SET_JOIN)
        .bind(id).bind(status).bind(reason).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// A school shuts a company out: it cannot come, and cannot ask again. The caller withdraws a
/// running review.
///
/// # Errors
/// The database failed.
pub async fn block(
    tx: &mut Tx,
    (company, school): (CompanyId, SchoolId),
    reason: &str,
    now_ms: i64,
) -> Result<SchoolJoinId, sqlx::Error> {
    let (id,): (SchoolJoinId,) = on_db!(tx, c => sqlx::query_as(BLOCK_COMPANY)
        .bind(SchoolJoinId::new()).bind(company).bind(school).bind(reason).bind(now_ms)
        .fetch_one(c).await)?;
    Ok(id)
}

/// A school lets a company ask again. `false`: it had not blocked it.
///
/// # Errors
/// The database failed.
pub async fn unblock(
    tx: &mut Tx,
    company: CompanyId,
    school: SchoolId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(SchoolJoinId,)> = on_db!(tx, c => sqlx::query_as(UNBLOCK_COMPANY)
        .bind(company).bind(school).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}
