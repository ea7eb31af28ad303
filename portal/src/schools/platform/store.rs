//! SQL of operations staff about schools.

use base::db::{Db, Tx, on_db};

use super::super::store::like;
use crate::ids::SchoolId;

base::queries! {
    /// Schools by name, those that are open first.
    ALL_SCHOOLS = "SELECT s.id, s.code, s.name, s.host, s.province_code, s.enabled, s.created_ms,
            (SELECT COUNT(*) FROM students st WHERE st.school_id = s.id) AS students,
            (SELECT COUNT(*) FROM school_joins j
                WHERE j.school_id = s.id AND j.status = 'approved') AS companies,
            (SELECT COUNT(*) FROM school_staff f WHERE f.school_id = s.id) AS staff
        FROM schools s
        WHERE ($1 = '' OR lower(s.name) LIKE $1 ESCAPE '\\' OR s.code LIKE $1 ESCAPE '\\')
        ORDER BY s.enabled DESC, s.province_code, s.code LIMIT $2 OFFSET $3";
    /// How many there are.
    COUNT_ALL_SCHOOLS = "SELECT COUNT(*) AS total FROM schools s
        WHERE ($1 = '' OR lower(s.name) LIKE $1 ESCAPE '\\' OR s.code LIKE $1 ESCAPE '\\')";
    /// What operations staff decide about a school.
    SAVE_SCHOOL = "UPDATE schools SET name = $3, host = $4, province_code = $5, enabled = $6,
            version = version + 1
        WHERE id = $1 AND version = $2 RETURNING version";
    /// Ends the sessions of a school's staff: it was disabled.
    END_SCHOOL_SESSIONS = "DELETE FROM sessions WHERE account_id IN
        (SELECT account_id FROM school_staff WHERE school_id = $1)";
}

/// A school in the list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SchoolLine {
    /// The school.
    pub id: SchoolId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Host name of its own site.
    pub host: Option<String>,
    /// Two digits; may be empty.
    pub province_code: String,
    /// Open to the public.
    pub enabled: bool,
    /// ms since 1970.
    pub created_ms: i64,
    /// Its students.
    pub students: i64,
    /// Companies that joined it.
    pub companies: i64,
    /// Its staff.
    pub staff: i64,
}

impl SchoolLine {
    /// Its province, for pages.
    pub fn province(&self) -> &'static str {
        formats::regions::province(&self.province_code).map_or("—", |province| province.short)
    }

    /// Its host, for pages.
    pub fn host_text(&self) -> &str {
        self.host.as_deref().unwrap_or("—")
    }
}

/// What operations staff decide about a school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolFacts {
    /// Its name.
    pub name: String,
    /// Host name of its own site.
    pub host: Option<String>,
    /// Two digits.
    pub province_code: String,
    /// Open to the public.
    pub enabled: bool,
}

/// Schools with `keyword` in name or code.
///
/// # Errors
/// The database failed.
pub async fn list(
    db: &Db,
    keyword: &str,
    (limit, offset): (i64, i64),
) -> Result<Vec<SchoolLine>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(ALL_SCHOOLS)
        .bind(like(keyword)).bind(limit).bind(offset).fetch_all(c).await)
}

/// How many there are.
///
/// # Errors
/// The database failed.
pub async fn count(db: &Db, keyword: &str) -> Result<i64, sqlx::Error> {
    let (total,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_ALL_SCHOOLS)
        .bind(like(keyword)).fetch_one(c).await)?;
    Ok(total)
}

/// Changes a school. `false`: somebody else has changed it meanwhile.
///
/// # Errors
/// The host is another school's, or the database failed.
pub async fn save(
    tx: &mut Tx,
    (school, version): (SchoolId, i64),
    facts: &SchoolFacts,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SAVE_SCHOOL)
        .bind(school)
        .bind(version)
        .bind(&facts.name)
        .bind(&facts.host)
        .bind(&facts.province_code)
        .bind(facts.enabled)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Ends the sessions of a school's staff.
///
/// # Errors
/// The database failed.
pub async fn end_sessions(tx: &mut Tx, school: SchoolId) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(END_SCHOOL_SESSIONS).bind(school).execute(c).await.map(drop))
}
