//! SQL of school staff. Each query names the school.

use base::db::{Db, Tx, on_db};

use super::super::store as schools;
use crate::ids::{AccountId, SchoolId};

base::queries! {
    /// Staff of a school, those who may sign in first.
    LIST_SCHOOL_STAFF = "SELECT a.id, a.real_name, a.department, COALESCE(a.mobile, '') AS mobile,
            CASE WHEN a.status = 'active' THEN f.status ELSE a.status END AS status, f.role,
            f.faculty, a.last_login_ms, a.password_hash <> '!' AS has_password
        FROM school_staff f JOIN accounts a ON a.id = f.account_id
        WHERE f.school_id = $1 ORDER BY CASE WHEN a.status = 'active' AND f.status = 'active'
            THEN 0 ELSE 1 END, f.role DESC, f.faculty, a.id LIMIT 500";
    /// One of them.
    FIND_SCHOOL_STAFF = "SELECT a.id, a.real_name, a.department,
            COALESCE(a.mobile, '') AS mobile,
            CASE WHEN a.status = 'active' THEN f.status ELSE a.status END AS status, f.role,
            f.faculty, a.last_login_ms, a.password_hash <> '!' AS has_password
        FROM school_staff f JOIN accounts a ON a.id = f.account_id
        WHERE f.account_id = $1 AND f.school_id = $2";
    /// Makes an account staff of a school.
    ADD_SCHOOL_STAFF = "INSERT INTO school_staff (account_id, school_id, role, faculty, created_ms)
        VALUES ($1, $2, $3, $4, $5)";
    /// What someone is there for.
    SET_STAFF_ROLE = "UPDATE school_staff SET role = $3, faculty = $4
        WHERE account_id = $1 AND school_id = $2 RETURNING account_id";
    /// May he work here? His account is the platform's: nobody is let in whom it has disabled.
    SET_STAFF_STATUS = "UPDATE school_staff SET status = $3
        WHERE account_id = $1 AND school_id = $2
            AND ($3 = 'disabled' OR EXISTS (SELECT 1 FROM accounts a
                WHERE a.id = school_staff.account_id AND a.status = 'active'))
        RETURNING account_id";
    /// Ends all sessions of one of them.
    END_STAFF_SESSIONS = "DELETE FROM sessions WHERE account_id = $1";
    /// 校级 staff who may work.
    COUNT_OFFICE = "SELECT COUNT(*) AS total
        FROM school_staff f JOIN accounts a ON a.id = f.account_id
        WHERE f.school_id = $1 AND f.role = 'school' AND f.status = 'active'
            AND a.status = 'active'";
}

/// Someone who works at a school.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Member {
    /// The account.
    pub id: AccountId,
    /// Name.
    pub real_name: String,
    /// Department.
    pub department: String,
    /// Mobile number; may be empty.
    pub mobile: String,
    /// `active` or `disabled`.
    pub status: String,
    /// `school` or `faculty`.
    pub role: String,
    /// The faculty of 院系 staff.
    pub faculty: String,
    /// Last login, ms since 1970.
    pub last_login_ms: Option<i64>,
    /// Has set a password.
    pub has_password: bool,
}

impl Member {
    /// 校级 staff who may sign in?
    pub fn is_office(&self) -> bool {
        self.role == "school" && self.status == "active"
    }
}

/// Staff of a school.
///
/// # Errors
/// The database failed.
pub async fn list(db: &Db, school: SchoolId) -> Result<Vec<Member>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_SCHOOL_STAFF).bind(school).fetch_all(c).await)
}

/// One of a school's staff.
///
/// # Errors
/// The database failed.
pub async fn find(
    tx: &mut Tx,
    school: SchoolId,
    account: AccountId,
) -> Result<Option<Member>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(FIND_SCHOOL_STAFF)
        .bind(account).bind(school).fetch_optional(c).await)
}

/// Makes an account staff of a school.
///
/// # Errors
/// The database failed.
pub async fn add(
    tx: &mut Tx,
    (account, school): (AccountId, SchoolId),
    faculty: Option<&str>,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_SCHOOL_STAFF)
        .bind(account)
        .bind(school)
        .bind(role(faculty))
        .bind(faculty.unwrap_or_default())
        .bind(now_ms)
        .execute(c).await.map(drop))
}

fn role(faculty: Option<&str>) -> &'static str {
    if faculty.is_some() {
        "faculty"
    } else {
        "school"
    }
}

/// What someone is there for; `faculty` unset: 校级.
///
/// # Errors
/// The database failed.
async fn set_role(
    tx: &mut Tx,
    (account, school): (AccountId, SchoolId),
    faculty: Option<&str>,
) -> Result<(), sqlx::Error> {
    let _row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(SET_STAFF_ROLE)
        .bind(account)
        .bind(school)
        .bind(role(faculty))
        .bind(faculty.unwrap_or_default())
        .fetch_optional(c).await)?;
    Ok(())
}

/// Lets someone work here, or no more; his sessions end. `false`: the platform has disabled him.
///
/// # Errors
/// The database failed.
async fn set_active(
    tx: &mut Tx,
    (account, school): (AccountId, SchoolId),
    active: bool,
) -> Result<bool, sqlx::Error> {
    let status = if active { "active" } else { "disabled" };
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(SET_STAFF_STATUS)
        .bind(account).bind(school).bind(status).fetch_optional(c).await)?;
    end_sessions(tx, account).await?;
    Ok(row.is_some())
}

/// Ends all sessions of an account: after a change of what it may.
///
/// # Errors
/// The database failed.
async fn end_sessions(tx: &mut Tx, account: AccountId) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(END_STAFF_SESSIONS).bind(account).execute(c).await.map(drop))
}

/// How many 校级 staff may sign in.
///
/// # Errors
/// The database failed.
async fn count_office(tx: &mut Tx, school: SchoolId) -> Result<i64, sqlx::Error> {
    let (total,): (i64,) =
        on_db!(tx, c => sqlx::query_as(COUNT_OFFICE).bind(school).fetch_one(c).await)?;
    Ok(total)
}

/// What 校级 staff change about another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// He may sign in no more.
    Disable,
    /// He may sign in again.
    Enable,
    /// Another role; `None`: 校级, else the faculty.
    Role(Option<String>),
}

impl Change {
    /// The word in the audit log.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Role(_) => "role",
        }
    }
}

/// What a change came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It stands.
    Done,
    /// He is no staff of this school.
    NotThere,
    /// The platform has disabled him, and a school does not let him in.
    Withheld,
    /// No 校级 member would be left who may sign in; roll back.
    LastOne,
}

/// Changes a member of the staff; changes of one school come one after the other, so that two who
/// disable each other at once do not both succeed.
///
/// # Errors
/// The database failed.
pub async fn change(
    tx: &mut Tx,
    (account, school): (AccountId, SchoolId),
    change: &Change,
) -> Result<Changed, sqlx::Error> {
    schools::lock(tx, school).await?;
    if find(tx, school, account).await?.is_none() {
        return Ok(Changed::NotThere);
    }
    let this = (account, school);
    let done = match change {
        Change::Disable => set_active(tx, this, false).await?,
        Change::Enable => set_active(tx, this, true).await?,
        Change::Role(faculty) => {
            set_role(tx, this, faculty.as_deref()).await?;
            end_sessions(tx, account).await?;
            true
        }
    };
    if !done {
        return Ok(Changed::Withheld);
    }
    if count_office(tx, school).await? == 0 {
        return Ok(Changed::LastOne);
    }
    Ok(Changed::Done)
}
