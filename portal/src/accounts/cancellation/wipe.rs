//! What goes when an account is closed. The row stays, under an id that says nothing: orders,
//! interviews and the audit log point at it.

use base::db::{Tx, on_db};

use super::GONE;
use crate::accounts::{codes, sessions, store, wechat};
use crate::ids::AccountId;

base::queries! {
    /// How the account could be reached.
    ADDRESSES = "SELECT mobile, email FROM accounts WHERE id = $1";
    /// The account itself.
    WIPE_ACCOUNT = "UPDATE accounts SET mobile = NULL, email = NULL, password_hash = '!',
            real_name = $2, nickname = $2, department = '', avatar_file = NULL,
            status = 'disabled', version = version + 1
        WHERE id = $1";
    /// Browsers.
    WIPE_DEVICES = "DELETE FROM known_devices WHERE account_id = $1";
    /// One-time links.
    WIPE_LINKS = "DELETE FROM password_links WHERE account_id = $1";
    /// A place in a company.
    WIPE_MEMBER = "UPDATE company_members SET status = 'disabled', may_pay = FALSE, reason = ''
        WHERE account_id = $1";
    /// A place at a school.
    WIPE_STAFF = "DELETE FROM school_staff WHERE account_id = $1";
    /// A place on the platform.
    WIPE_PLATFORM = "DELETE FROM platform_staff WHERE account_id = $1";
    /// What the school knew. The number makes room for the person to come again.
    WIPE_STUDENT = "UPDATE students SET name = $2, student_no = $3, verified_ms = NULL
        WHERE account_id = $1";
    /// What the student wrote.
    WIPE_RESUME = "DELETE FROM resumes WHERE student_id = $1";
    /// Uploads of one's own; what became a company's papers stays, under no name.
    WIPE_FILES = "UPDATE files SET state = 'removed', name = '-', owner_id = NULL,
            changed_ms = $2
        WHERE owner_id = $1 AND (state = 'loose' OR purpose IN ('avatar', 'resume'))";
    /// See [`WIPE_FILES`].
    WIPE_FILE_NAMES = "UPDATE files SET name = '-', owner_id = NULL WHERE owner_id = $1";
}

/// Wipes whatever says who the account was, and everything by which it could be used.
///
/// # Errors
/// The database failed.
pub(super) async fn wipe(tx: &mut Tx, account: AccountId, now_ms: i64) -> Result<(), sqlx::Error> {
    let addresses: Option<(Option<String>, Option<String>)> =
        on_db!(tx, c => sqlx::query_as(ADDRESSES).bind(account).fetch_optional(c).await)?;
    let (mobile, email) = addresses.unwrap_or_default();
    if let Some(mobile) = &mobile {
        codes::forget(tx, mobile).await?;
    }
    for name in [&mobile, &email].into_iter().flatten() {
        store::forgive(tx, name).await?;
    }
    sessions::end_all_in(tx, account).await?;
    wechat::forget(tx, account).await?;
    for query in [
        WIPE_DEVICES,
        WIPE_LINKS,
        WIPE_MEMBER,
        WIPE_STAFF,
        WIPE_PLATFORM,
        WIPE_RESUME,
    ] {
        on_db!(tx, c => sqlx::query(query).bind(account).execute(c).await.map(drop))?;
    }
    on_db!(tx, c => sqlx::query(WIPE_FILES)
        .bind(account).bind(now_ms).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(WIPE_FILE_NAMES)
        .bind(account).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(WIPE_STUDENT)
        .bind(account)
        .bind(GONE)
        .bind(account.0.as_simple().to_string())
        .execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(WIPE_ACCOUNT)
        .bind(account).bind(GONE).execute(c).await.map(drop))
}
