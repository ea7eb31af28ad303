//! SQL of a school's students. Each query names the school, and the faculty of 院系 staff: what is
//! not theirs is not there.

use base::db::{Db, Tx, on_db};

use super::super::rules::{Degree, Standing};
use crate::accounts::SchoolStaff;
use crate::ids::{AccountId, SchoolId};
use crate::schools::store::like;

/// Columns of a [`Listed`].
macro_rules! columns {
    () => {
        "st.account_id, st.student_no, st.name, st.degree, st.faculty, st.major, st.class_name, \
         st.grad_year, st.standing, st.verified_ms, st.verified_by, st.version, \
         COALESCE(a.mobile, '') AS mobile, a.password_hash <> '!' AS claimed, a.last_login_ms"
    };
}

/// Which students a list shows.
macro_rules! filter {
    () => {
        " FROM students st JOIN accounts a ON a.id = st.account_id
        WHERE st.school_id = $1 AND ($2 = '' OR st.faculty = $2) AND ($3 = '' OR st.faculty = $3)
            AND ($4 = '' OR st.degree = $4) AND ($5 = 0 OR st.grad_year = $5)
            AND ($6 = '' OR st.standing = $6)
            AND ($7 = ''
                OR ($7 = 'registered' AND a.password_hash <> '!' AND st.verified_ms IS NOT NULL)
                OR ($7 = 'unregistered' AND a.password_hash = '!' AND st.verified_ms IS NOT NULL)
                OR ($7 = 'unverified' AND st.verified_ms IS NULL))
            AND ($8 = '' OR lower(st.name) LIKE $8 ESCAPE '\\'
                OR lower(st.student_no) LIKE $8 ESCAPE '\\')"
    };
}

base::queries! {
    /// Students by the filters of the page, by number.
    LIST_STUDENTS = concat!("SELECT ", columns!(), filter!(),
        " ORDER BY st.student_no, st.account_id LIMIT $9 OFFSET $10");
    /// How many there are.
    COUNT_STUDENTS = concat!("SELECT COUNT(*) AS total", filter!());
    /// One student.
    FIND_STUDENT = concat!("SELECT ", columns!(), "
        FROM students st JOIN accounts a ON a.id = st.account_id
        WHERE st.account_id = $1 AND st.school_id = $2 AND ($3 = '' OR st.faculty = $3)");
    /// Faculties of a school's students.
    FACULTIES = "SELECT DISTINCT faculty FROM students
        WHERE school_id = $1 AND faculty <> '' ORDER BY faculty LIMIT 200";
    /// Years in which a school's students graduate.
    GRAD_YEARS = "SELECT DISTINCT grad_year FROM students WHERE school_id = $1
        ORDER BY grad_year DESC LIMIT 50";
    /// Changed facts, unless somebody was quicker.
    SAVE_FACTS = "UPDATE students SET student_no = $5, name = $6, degree = $7, faculty = $8,
            major = $9, class_name = $10, grad_year = $11, version = version + 1
        WHERE account_id = $1 AND school_id = $2 AND ($3 = '' OR faculty = $3) AND version = $4
            AND verified_ms IS NOT NULL
        RETURNING version";
    /// The account goes by the student's name.
    RENAME_ACCOUNT = "UPDATE accounts SET real_name = $2, nickname = $2, version = version + 1
        WHERE id = $1 AND real_name <> $2";
    /// 在读, 毕业 or 离校.
    SET_STANDING = "UPDATE students SET standing = $4, version = version + 1
        WHERE account_id = $1 AND school_id = $2 AND ($3 = '' OR faculty = $3) RETURNING version";
    /// Takes mobile number, address and password off an account: its student registers again.
    UNCLAIM = "UPDATE accounts SET mobile = NULL, email = NULL, password_hash = '!',
            version = version + 1
        WHERE id = $1 AND password_hash <> '!' AND EXISTS (SELECT 1 FROM students st
            WHERE st.account_id = accounts.id AND st.school_id = $2
                AND ($3 = '' OR st.faculty = $3) AND st.verified_ms IS NOT NULL)
        RETURNING id";
    /// Ends all sessions of a student.
    END_STUDENT_SESSIONS = "DELETE FROM sessions WHERE account_id = $1";
    /// Nobody sets a password by an old link.
    SPEND_STUDENT_LINKS = "UPDATE password_links SET used_ms = $2
        WHERE account_id = $1 AND used_ms IS NULL";
    /// Nobody comes in by an old WeChat binding.
    UNBIND_WECHAT = "DELETE FROM wechat_bindings WHERE account_id = $1";
}

/// A student as staff see him.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The account.
    pub account_id: AccountId,
    /// 学号.
    pub student_no: String,
    /// Name.
    pub name: String,
    /// Degree.
    pub degree: Degree,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// 班级.
    pub class_name: String,
    /// 届别.
    pub grad_year: i64,
    /// 在读, 毕业, 离校.
    pub standing: Standing,
    /// When number and name were confirmed, ms since 1970.
    pub verified_ms: Option<i64>,
    /// How.
    pub verified_by: String,
    /// Counts changes by staff.
    pub version: i64,
    /// Mobile number; may be empty.
    pub mobile: String,
    /// He has registered.
    pub claimed: bool,
    /// Last login, ms since 1970.
    pub last_login_ms: Option<i64>,
}

impl Listed {
    /// Registered, not registered, or not confirmed: label and colour.
    pub fn state(&self) -> (&'static str, &'static str) {
        match (self.verified_ms, self.claimed) {
            (None, _) => ("待核验", "warn"),
            (Some(_), true) => ("已注册", "ok"),
            (Some(_), false) => ("未注册", "quiet"),
        }
    }

    /// How number and name were confirmed, for pages.
    pub fn verified_zh(&self) -> &'static str {
        match (self.verified_ms, self.verified_by.as_str()) {
            (None, _) => "尚未核验",
            (_, "chsi") => "学信网",
            (_, "staff") => "人工核验",
            _ => "学生名单",
        }
    }
}

/// Filters of the list, as they stand in the address; empty or 0: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// 学院.
    pub faculty: String,
    /// Word of a degree.
    pub degree: String,
    /// 届别.
    pub year: i64,
    /// Word of a standing.
    pub standing: String,
    /// `registered`, `unregistered` or `unverified`.
    pub state: String,
    /// In name or number.
    pub q: String,
}

/// What staff write about a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// 学号.
    pub student_no: String,
    /// Name.
    pub name: String,
    /// Degree.
    pub degree: Degree,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// 班级.
    pub class_name: String,
    /// 届别.
    pub grad_year: i64,
}

/// The faculty that staff are limited to; empty: none.
fn own(staff: &SchoolStaff) -> &str {
    staff.faculty.as_deref().unwrap_or_default()
}

/// Students of the staff's school, or faculty.
///
/// # Errors
/// The database failed.
pub async fn list(
    db: &Db,
    staff: &SchoolStaff,
    filter: &Filter,
    (limit, offset): (i64, i64),
) -> Result<Vec<Listed>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_STUDENTS)
        .bind(staff.school)
        .bind(own(staff))
        .bind(&filter.faculty)
        .bind(&filter.degree)
        .bind(filter.year)
        .bind(&filter.standing)
        .bind(&filter.state)
        .bind(like(&filter.q))
        .bind(limit)
        .bind(offset)
        .fetch_all(c).await)
}

/// How many fit.
///
/// # Errors
/// The database failed.
pub async fn count(db: &Db, staff: &SchoolStaff, filter: &Filter) -> Result<i64, sqlx::Error> {
    let (total,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_STUDENTS)
        .bind(staff.school)
        .bind(own(staff))
        .bind(&filter.faculty)
        .bind(&filter.degree)
        .bind(filter.year)
        .bind(&filter.standing)
        .bind(&filter.state)
        .bind(like(&filter.q))
        .fetch_one(c).await)?;
    Ok(total)
}

/// A student of the staff's school, or faculty.
///
/// # Errors
/// The database failed.
pub async fn find(
    db: &Db,
    staff: &SchoolStaff,
    student: AccountId,
) -> Result<Option<Listed>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_STUDENT)
        .bind(student).bind(staff.school).bind(own(staff)).fetch_optional(c).await)
}

/// Faculties of a school's students.
///
/// # Errors
/// The database failed.
pub async fn faculties(db: &Db, school: SchoolId) -> Result<Vec<String>, sqlx::Error> {
    let rows: Vec<(String,)> =
        on_db!(db, c => sqlx::query_as(FACULTIES).bind(school).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(faculty,)| faculty).collect())
}

/// Years in which a school's students graduate, the latest first.
///
/// # Errors
/// The database failed.
pub async fn grad_years(db: &Db, school: SchoolId) -> Result<Vec<i64>, sqlx::Error> {
    let rows: Vec<(i64,)> =
        on_db!(db, c => sqlx::query_as(GRAD_YEARS).bind(school).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(year,)| year).collect())
}

/// Changes a student's facts. `false`: he is not theirs, not confirmed, or somebody was quicker.
///
/// # Errors
/// The number is another student's, or the database failed.
pub async fn save(
    tx: &mut Tx,
    staff: &SchoolStaff,
    (student, version): (AccountId, i64),
    facts: &Facts,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SAVE_FACTS)
        .bind(student)
        .bind(staff.school)
        .bind(own(staff))
        .bind(version)
        .bind(&facts.student_no)
        .bind(&facts.name)
        .bind(facts.degree)
        .bind(&facts.faculty)
        .bind(&facts.major)
        .bind(&facts.class_name)
        .bind(facts.grad_year)
        .fetch_optional(c).await)?;
    if row.is_some() {
        rename(tx, student, &facts.name).await?;
    }
    Ok(row.is_some())
}

/// Lets an account go by its student's name.
///
/// # Errors
/// The database failed.
pub async fn rename(tx: &mut Tx, student: AccountId, name: &str) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(RENAME_ACCOUNT)
        .bind(student).bind(name).execute(c).await.map(drop))
}

/// Sets 在读, 毕业 or 离校. `false`: he is not theirs.
///
/// # Errors
/// The database failed.
pub async fn set_standing(
    tx: &mut Tx,
    staff: &SchoolStaff,
    student: AccountId,
    standing: Standing,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SET_STANDING)
        .bind(student)
        .bind(staff.school)
        .bind(own(staff))
        .bind(standing)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Takes everything off an account by which its student comes in: he registers again. `false`: he
/// is not theirs, or has not registered.
///
/// # Errors
/// The database failed.
pub async fn unclaim(
    tx: &mut Tx,
    staff: &SchoolStaff,
    student: AccountId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(UNCLAIM)
        .bind(student).bind(staff.school).bind(own(staff)).fetch_optional(c).await)?;
    if row.is_none() {
        return Ok(false);
    }
    on_db!(tx, c => sqlx::query(END_STUDENT_SESSIONS)
        .bind(student).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(SPEND_STUDENT_LINKS)
        .bind(student).bind(now_ms).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(UNBIND_WECHAT)
        .bind(student).execute(c).await.map(drop))?;
    Ok(true)
}
