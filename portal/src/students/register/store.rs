//! SQL of registration.

use base::db::{Db, Tx, on_db};

use crate::ids::{AccountId, SchoolId};

base::queries! {
    /// The student whom the roster has under a number.
    ROSTER_STUDENT = "SELECT st.account_id, st.name, a.password_hash <> '!' AS claimed
        FROM students st JOIN accounts a ON a.id = st.account_id
        WHERE st.school_id = $1 AND st.student_no = $2 AND st.verified_ms IS NOT NULL";
    /// The account that waits in the roster becomes someone's, unless somebody was quicker.
    CLAIM_ACCOUNT = "UPDATE accounts SET mobile = $2, password_hash = $3, version = version + 1
        WHERE id = $1 AND password_hash = '!' AND mobile IS NULL AND status = 'active'
        RETURNING id";
    /// Agrees to the texts that were linked in the form, as they stand.
    ACCEPT_LATEST = "INSERT INTO agreement_acceptances
            (account_id, code, version, accepted_ms, address)
        SELECT CAST($1 AS TEXT), code, MAX(version), CAST($2 AS BIGINT), CAST($3 AS TEXT)
        FROM agreements WHERE code IN ('user', 'privacy') GROUP BY code
        ON CONFLICT (account_id, code, version) DO NOTHING";
}

/// A student of the roster.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RosterStudent {
    /// The account that waits, or is his.
    pub account_id: AccountId,
    /// Name in the roster.
    pub name: String,
    /// He has registered.
    pub claimed: bool,
}

/// The student whom a school's roster has under a number.
///
/// # Errors
/// The database failed.
pub async fn in_roster(
    db: &Db,
    school: SchoolId,
    student_no: &str,
) -> Result<Option<RosterStudent>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(ROSTER_STUDENT)
        .bind(school).bind(student_no).fetch_optional(c).await)
}

/// Makes the account that waits someone's. `false`: somebody was quicker.
///
/// # Errors
/// The mobile number has an account, or the database failed.
pub async fn claim(
    tx: &mut Tx,
    account: AccountId,
    mobile: &str,
    password_hash: &str,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(CLAIM_ACCOUNT)
        .bind(account).bind(mobile).bind(password_hash).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Writes down that someone agreed to the user agreement and the privacy policy.
///
/// # Errors
/// The database failed.
pub async fn accept(
    tx: &mut Tx,
    account: AccountId,
    address: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ACCEPT_LATEST)
        .bind(account).bind(now_ms).bind(address).execute(c).await.map(drop))
}
