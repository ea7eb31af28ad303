//! What an account holds of its own: the columns that its pages show and change.

use base::db::{Db, Tx, on_db};
use formats::password::Owner;

use super::rules::AccountKind;
use crate::ids::{AccountId, CompanyId, FileId};
use crate::state::AppState;
use crate::web::{PageError, PageResult};

base::queries! {
    /// An account with the company that it belongs to, in whatever state.
    FIND_OWN = "SELECT a.id, a.kind, a.mobile, a.email, a.password_hash, a.real_name, a.nickname,
            a.department, a.avatar_file, a.status, a.version, c.id AS company_id,
            c.name AS company_name, COALESCE(c.uscc, c.org_code) AS company_code
        FROM accounts a
        LEFT JOIN company_members m ON m.account_id = a.id
        LEFT JOIN companies c ON c.id = m.company_id
        WHERE a.id = $1";
    /// Whose mobile number it is.
    FIND_BY_MOBILE = "SELECT id, kind, password_hash, status FROM accounts WHERE mobile = $1";
    /// 个人资料, unless it has changed meanwhile.
    SAVE_PROFILE = "UPDATE accounts SET real_name = $3, nickname = $4, department = $5,
            avatar_file = $6, version = version + 1
        WHERE id = $1 AND version = $2 RETURNING version";
    /// A new password.
    SET_PASSWORD = "UPDATE accounts SET password_hash = $2, version = version + 1
        WHERE id = $1 RETURNING mobile, email";
    /// Another mobile number.
    SET_MOBILE = "UPDATE accounts SET mobile = $2, version = version + 1 WHERE id = $1";
    /// Another mailbox.
    SET_EMAIL = "UPDATE accounts SET email = $2, version = version + 1 WHERE id = $1";
}

/// An account's own columns.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Own {
    /// The account.
    pub id: AccountId,
    /// Its kind.
    pub kind: AccountKind,
    /// 11 digits.
    pub mobile: Option<String>,
    /// Lower case.
    pub email: Option<String>,
    /// PHC string, or [`super::NO_PASSWORD`].
    pub password_hash: String,
    /// Real name.
    pub real_name: String,
    /// Nickname.
    pub nickname: String,
    /// Department; may be empty.
    pub department: String,
    /// 头像.
    pub avatar_file: Option<FileId>,
    /// `active` or `disabled`.
    pub status: String,
    /// Counts changes.
    pub version: i64,
    /// The company, for its members and those who asked to be.
    pub company_id: Option<CompanyId>,
    /// Its name.
    pub company_name: Option<String>,
    /// Its code of 18 or 9 characters.
    pub company_code: Option<String>,
}

impl Own {
    /// Checks a new password of this account; the faults stand at `field`.
    pub fn check_password(&self, field: &'static str, password: &str) -> crate::web::FormErrors {
        let names = [
            self.real_name.as_str(),
            &self.nickname,
            self.email.as_deref().unwrap_or_default(),
            self.company_name.as_deref().unwrap_or_default(),
        ];
        let owner = Owner {
            names: &names,
            mobile: self.mobile.as_deref(),
            company_code: self.company_code.as_deref(),
        };
        super::rules::check_password(field, password, &owner)
    }
}

/// An account's own columns.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, account: AccountId) -> Result<Option<Own>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_OWN).bind(account).fetch_optional(c).await)
}

/// The own columns of whoever is signed in as `account`.
///
/// # Errors
/// The account is gone, or the database failed.
pub async fn of(state: &AppState, account: AccountId) -> PageResult<Own> {
    find(&state.db, account).await?.ok_or(PageError::SignIn)
}

/// Whose mobile number it is, also of someone who may not sign in.
///
/// # Errors
/// The database failed.
pub async fn by_mobile(
    db: &Db,
    mobile: &str,
) -> Result<Option<super::store::LoginRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_BY_MOBILE).bind(mobile).fetch_optional(c).await)
}

/// 个人资料 as its form hands it in.
#[derive(Debug, Clone)]
pub struct ProfileChange {
    /// Real name.
    pub real_name: String,
    /// Nickname.
    pub nickname: String,
    /// Department.
    pub department: String,
    /// 头像.
    pub avatar_file: Option<FileId>,
}

/// Saves 个人资料. False: someone else has changed the account since `version`.
///
/// # Errors
/// The database failed.
pub async fn save_profile(
    tx: &mut Tx,
    (account, version): (AccountId, i64),
    change: &ProfileChange,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SAVE_PROFILE)
        .bind(account)
        .bind(version)
        .bind(&change.real_name)
        .bind(&change.nickname)
        .bind(&change.department)
        .bind(change.avatar_file)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Sets a password and forgives the failures of its login names.
///
/// # Errors
/// The database failed.
pub async fn set_password(tx: &mut Tx, account: AccountId, hash: &str) -> Result<(), sqlx::Error> {
    let row: Option<(Option<String>, Option<String>)> = on_db!(tx, c => sqlx::query_as(SET_PASSWORD)
            .bind(account).bind(hash).fetch_optional(c).await)?;
    let (mobile, email) = row.unwrap_or_default();
    for name in [mobile, email].into_iter().flatten() {
        super::store::forgive(tx, &name).await?;
    }
    Ok(())
}

/// Changes the mobile number.
///
/// # Errors
/// The database failed; a unique violation: someone else has the number.
pub async fn set_mobile(tx: &mut Tx, account: AccountId, mobile: &str) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(SET_MOBILE).bind(account).bind(mobile).execute(c).await.map(drop))
}

/// Changes the mailbox.
///
/// # Errors
/// The database failed; a unique violation: another account has the address.
pub async fn set_email(tx: &mut Tx, account: AccountId, email: &str) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(SET_EMAIL).bind(account).bind(email).execute(c).await.map(drop))
}
