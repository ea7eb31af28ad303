//! SQL of schools.

use base::db::{Db, Tx, on_db};

use crate::ids::SchoolId;

base::queries! {
    /// A new school.
    ADD_SCHOOL = "INSERT INTO schools (id, code, name, created_ms) VALUES ($1, $2, $3, $4)";
    /// A school by its code.
    FIND_SCHOOL = "SELECT id FROM schools WHERE code = $1";
}

/// Adds a school.
///
/// # Errors
/// The code is taken, or the database failed.
pub async fn add(
    tx: &mut Tx,
    id: SchoolId,
    code: &str,
    name: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_SCHOOL)
        .bind(id).bind(code).bind(name).bind(now_ms).execute(c).await.map(drop))
}

/// The school with this code.
///
/// # Errors
/// The database failed.
pub async fn by_code(db: &Db, code: &str) -> Result<Option<SchoolId>, sqlx::Error> {
    let row: Option<(SchoolId,)> =
        on_db!(db, c => sqlx::query_as(FIND_SCHOOL).bind(code).fetch_optional(c).await)?;
    Ok(row.map(|(id,)| id))
}
