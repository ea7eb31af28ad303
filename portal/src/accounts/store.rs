//! SQL of accounts and of failed logins.

use base::db::{Db, Tx, on_db};

use super::rules::{AccountKind, LoginName, PlatformRole};
use super::sessions;
use crate::config::AccountsConfig;
use crate::ids::{AccountId, CompanyId, FairId, SchoolId};

/// Failures of a login name are forgotten after so long without another, ms.
const FAILURES_MS: i64 = 86_400_000;

base::queries! {
    /// What a login needs, by mobile number or e-mail address.
    FIND_LOGIN = "SELECT id, kind, password_hash, status FROM accounts
        WHERE mobile = $1 OR email = $1";
    /// A new account.
    ADD_ACCOUNT = "INSERT INTO accounts (id, kind, mobile, email, password_hash, real_name,
            nickname, department, status, created_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9)";
    /// When someone last came in.
    NOTE_LOGIN = "UPDATE accounts SET last_login_ms = $2 WHERE id = $1";
    /// A login name's failures.
    FIND_FAILURES = "SELECT failures, last_ms, locked_until_ms FROM login_failures
        WHERE login_hash = $1";
    /// Counts a try before it is looked at, so that tries at the same time share none; those of
    /// over a day ago are forgotten. No row: the name is locked.
    COUNT_TRY = "INSERT INTO login_failures (login_hash, failures, last_ms)
        VALUES ($1, 1, $2)
        ON CONFLICT (login_hash) DO UPDATE SET
            failures = CASE WHEN login_failures.last_ms < $2 - 86400000 THEN 1
                ELSE login_failures.failures + 1 END,
            last_ms = $2
        WHERE login_failures.locked_until_ms <= $2
        RETURNING failures";
    /// Locks a login name; after the lock the count goes on where captchas begin.
    LOCK_LOGIN = "UPDATE login_failures SET failures = $3, locked_until_ms = $2
        WHERE login_hash = $1";
    /// A good login forgives.
    FORGET_FAILURES = "DELETE FROM login_failures WHERE login_hash = $1";
    /// Clears away a slice of what is over a day old.
    SWEEP_FAILURES = "DELETE FROM login_failures WHERE login_hash IN
        (SELECT login_hash FROM login_failures WHERE last_ms < $1 AND locked_until_ms < $1
            ORDER BY last_ms LIMIT 100)";
    /// A company member's company.
    FIND_MEMBER = "SELECT m.company_id, c.name AS company_name, c.status AS company_status,
            m.role, m.may_pay, m.guest_fair_id, m.guest_until_ms
        FROM company_members m JOIN companies c ON c.id = m.company_id
        WHERE m.account_id = $1 AND m.status = 'approved'";
    /// An account's company; none in the row: it is no approved member of one.
    COMPANY_OF_ACCOUNT = "SELECT m.company_id FROM accounts a
        LEFT JOIN company_members m ON m.account_id = a.id AND m.status = 'approved'
        WHERE a.id = $1";
    /// A staff member's school.
    FIND_STAFF = "SELECT f.school_id, s.name AS school_name, f.role, f.faculty
        FROM school_staff f JOIN schools s ON s.id = f.school_id
        WHERE f.account_id = $1 AND f.status = 'active' AND s.enabled";
    /// Adds a company member.
    ADD_MEMBER = "INSERT INTO company_members (account_id, company_id, role, status, created_ms)
        VALUES ($1, $2, $3, 'approved', $4)";
    /// What a member of the platform's staff is there for.
    FIND_PLATFORM_ROLE = "SELECT role FROM platform_staff WHERE account_id = $1";
    /// Adds platform staff.
    ADD_PLATFORM_STAFF = "INSERT INTO platform_staff (account_id, role, created_ms)
        VALUES ($1, $2, $3)";
    /// Adds school staff.
    ADD_STAFF = "INSERT INTO school_staff (account_id, school_id, created_ms) VALUES ($1, $2, $3)";
}

/// What a login needs to know.
#[derive(Debug, sqlx::FromRow)]
pub struct LoginRow {
    /// The account.
    pub id: AccountId,
    /// Its kind.
    pub kind: AccountKind,
    /// PHC string.
    pub password_hash: String,
    /// `active` or `disabled`.
    pub status: String,
}

/// A new account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// Its kind.
    pub kind: AccountKind,
    /// Mobile number, 11 digits.
    pub mobile: Option<String>,
    /// E-mail address, lower case.
    pub email: Option<String>,
    /// PHC string, or [`super::password::NO_PASSWORD`].
    pub password_hash: String,
    /// Real name.
    pub real_name: String,
    /// Nickname.
    pub nickname: String,
    /// Department; may be empty.
    pub department: String,
}

/// A company member's place.
#[derive(Debug, sqlx::FromRow)]
pub struct MemberRow {
    /// The company.
    pub company_id: CompanyId,
    /// Its name.
    pub company_name: String,
    /// Where its certification stands.
    pub company_status: String,
    /// `admin` or `member`.
    pub role: String,
    /// The administrator lets him pay.
    pub may_pay: bool,
    /// A guest for this fair only.
    pub guest_fair_id: Option<FairId>,
    /// A guest until then, ms since 1970.
    pub guest_until_ms: Option<i64>,
}

/// A staff member's place.
#[derive(Debug, sqlx::FromRow)]
pub struct StaffRow {
    /// The school.
    pub school_id: SchoolId,
    /// Its name.
    pub school_name: String,
    /// `school` or `faculty`.
    pub role: String,
    /// The faculty of a faculty's staff.
    pub faculty: String,
}

/// Finds the account of a login name.
///
/// # Errors
/// The database failed.
pub async fn find_login(db: &Db, name: &LoginName) -> Result<Option<LoginRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_LOGIN).bind(name.as_str()).fetch_optional(c).await)
}

/// Adds an account.
///
/// # Errors
/// The mobile number or address is taken, or the database failed.
pub async fn add(tx: &mut Tx, account: &NewAccount, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_ACCOUNT)
        .bind(account.id)
        .bind(account.kind)
        .bind(&account.mobile)
        .bind(&account.email)
        .bind(&account.password_hash)
        .bind(&account.real_name)
        .bind(&account.nickname)
        .bind(&account.department)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// Makes an account a member of a company, approved.
///
/// # Errors
/// The company has an administrator already, or the database failed.
pub async fn add_member(
    tx: &mut Tx,
    account: AccountId,
    company: CompanyId,
    admin: bool,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let role = if admin { "admin" } else { "member" };
    on_db!(tx, c => sqlx::query(ADD_MEMBER)
        .bind(account).bind(company).bind(role).bind(now_ms).execute(c).await.map(drop))
}

/// Makes an account staff of a school.
///
/// # Errors
/// The database failed.
pub async fn add_staff(
    tx: &mut Tx,
    account: AccountId,
    school: SchoolId,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_STAFF)
        .bind(account).bind(school).bind(now_ms).execute(c).await.map(drop))
}

/// Makes an account platform staff.
///
/// # Errors
/// The database failed.
pub async fn add_platform_staff(
    tx: &mut Tx,
    account: AccountId,
    role: PlatformRole,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_PLATFORM_STAFF)
        .bind(account).bind(role).bind(now_ms).execute(c).await.map(drop))
}

/// What a member of the platform's staff is there for.
///
/// # Errors
/// The database failed.
pub async fn platform_role(
    db: &Db,
    account: AccountId,
) -> Result<Option<PlatformRole>, sqlx::Error> {
    let row: Option<(PlatformRole,)> = on_db!(db, c => sqlx::query_as(FIND_PLATFORM_ROLE)
        .bind(account).fetch_optional(c).await)?;
    Ok(row.map(|(role,)| role))
}

/// Remembers a good login.
///
/// # Errors
/// The database failed.
pub async fn note_login(
    db: &Db,
    account: AccountId,
    login_hash: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(db.writer().await?, c => sqlx::query(NOTE_LOGIN)
        .bind(account).bind(now_ms).execute(c).await.map(drop))?;
    on_db!(db.writer().await?, c => sqlx::query(FORGET_FAILURES)
        .bind(login_hash).execute(c).await.map(drop))
}

/// Remembers a login that needed no name.
///
/// # Errors
/// The database failed.
pub async fn note_entry(db: &Db, account: AccountId, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(db.writer().await?, c => sqlx::query(NOTE_LOGIN)
        .bind(account).bind(now_ms).execute(c).await.map(drop))
}

/// Forgets the failures of a login name.
///
/// # Errors
/// The database failed.
pub async fn forgive(tx: &mut Tx, login: &str) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(FORGET_FAILURES)
        .bind(sessions::sha256(login)).execute(c).await.map(drop))
}

/// How a login name stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// Failures of the last day that count.
    pub count: i64,
    /// Until when it is locked, ms since 1970; in the past or 0: it is not.
    pub locked_until_ms: i64,
}

/// How a login name stands.
///
/// # Errors
/// The database failed.
pub async fn failures(db: &Db, login_hash: &str, now_ms: i64) -> Result<Failures, sqlx::Error> {
    let row: Option<(i64, i64, i64)> = on_db!(db, c => sqlx::query_as(FIND_FAILURES)
        .bind(login_hash).fetch_optional(c).await)?;
    Ok(
        row.map_or(Failures::default(), |(count, last_ms, locked_until_ms)| {
            let fresh = last_ms >= now_ms - FAILURES_MS;
            Failures {
                count: if fresh { count } else { 0 },
                locked_until_ms,
            }
        }),
    )
}

/// Until when a login name is locked, ms since 1970; in the past or 0: it is not.
///
/// # Errors
/// The database failed.
pub async fn locked_until(db: &Db, login_hash: &str) -> Result<i64, sqlx::Error> {
    let found = failures(db, login_hash, i64::MAX).await?;
    Ok(found.locked_until_ms)
}

/// What came of counting a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// The name is locked: the password is not looked at.
    Refused,
    /// It may be looked at.
    Open,
    /// It may be looked at, and the name is locked unless it is right.
    Last,
}

/// Counts a try with a login name, and locks the name when there were too many. A good login
/// forgives ([`note_login`]).
///
/// # Errors
/// The database failed.
pub async fn count_try(
    db: &Db,
    config: &AccountsConfig,
    login_hash: &str,
    now_ms: i64,
) -> Result<Try, sqlx::Error> {
    let mut tx = db.begin().await?;
    on_db!(tx, c => sqlx::query(SWEEP_FAILURES)
        .bind(now_ms - FAILURES_MS).execute(c).await.map(drop))?;
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(COUNT_TRY)
        .bind(login_hash).bind(now_ms).fetch_optional(c).await)?;
    let Some((count,)) = row else {
        return Ok(Try::Refused);
    };
    let last = count >= i64::from(config.failures_per_login);
    if last {
        let until = now_ms + i64::from(config.lock_min) * 60_000;
        let goes_on_at = config.captcha_after.min(config.failures_per_login - 1);
        on_db!(tx, c => sqlx::query(LOCK_LOGIN)
            .bind(login_hash)
            .bind(until)
            .bind(i64::from(goes_on_at))
            .execute(c).await.map(drop))?;
    }
    tx.commit().await?;
    Ok(if last { Try::Last } else { Try::Open })
}

/// The company of a member.
///
/// # Errors
/// The database failed.
pub async fn member(db: &Db, account: AccountId) -> Result<Option<MemberRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_MEMBER).bind(account).fetch_optional(c).await)
}

/// The school of a staff member.
///
/// # Errors
/// The database failed.
pub async fn staff(db: &Db, account: AccountId) -> Result<Option<StaffRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_STAFF).bind(account).fetch_optional(c).await)
}

/// The company of an account, inside a transaction: `Some(None)` if it is no approved member of
/// one, `None` if there is no such account.
///
/// # Errors
/// The database failed.
pub async fn company_of(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Option<Option<CompanyId>>, sqlx::Error> {
    let row: Option<(Option<CompanyId>,)> = on_db!(tx, c => sqlx::query_as(COMPANY_OF_ACCOUNT)
        .bind(account).fetch_optional(c).await)?;
    Ok(row.map(|(company,)| company))
}
