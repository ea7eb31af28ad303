//! SQL of registration.

use std::net::IpAddr;

use base::db::{Db, Tx, on_db};

use crate::agreements;
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

/// Writes down that someone agreed to the texts that were linked in the form, as they stand.
///
/// # Errors
/// The database failed.
pub async fn accept(
    tx: &mut Tx,
    account: AccountId,
    from: IpAddr,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    for code in [agreements::rules::USER, agreements::rules::PRIVACY] {
        if let Some(text) = agreements::store::latest_in(tx, code).await? {
            agreements::accept(tx, account, code, text.version, from, now_ms).await?;
        }
    }
    Ok(())
}
