//! SQL of students.

use base::db::{Db, Tx, on_db};

use super::rules::Profile;
use crate::ids::AccountId;

base::queries! {
    /// A student and his school.
    FIND_PROFILE = "SELECT st.school_id, s.name AS school_name, st.student_no, st.name, st.degree,
            st.faculty, st.major, st.grad_year, st.verified_ms
        FROM students st JOIN schools s ON s.id = st.school_id WHERE st.account_id = $1";
    /// A new student.
    ADD_STUDENT = "INSERT INTO students
        (account_id, school_id, student_no, name, degree, faculty, major, grad_year, verified_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
}

/// What the school knows of a student.
///
/// # Errors
/// The database failed.
pub async fn profile(db: &Db, student: AccountId) -> Result<Option<Profile>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_PROFILE).bind(student).fetch_optional(c).await)
}

/// Adds a student to an account.
///
/// # Errors
/// The student number is taken in this school, or the database failed.
pub async fn add(tx: &mut Tx, student: AccountId, profile: &Profile) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_STUDENT)
        .bind(student)
        .bind(profile.school_id)
        .bind(&profile.student_no)
        .bind(&profile.name)
        .bind(profile.degree)
        .bind(&profile.faculty)
        .bind(&profile.major)
        .bind(profile.grad_year)
        .bind(profile.verified_ms)
        .execute(c).await.map(drop))
}
