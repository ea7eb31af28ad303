//! SQL of rosters. Each query names the school, or an import that was found by it.

use base::db::{Db, JsonText, Tx, on_db};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::rows::RosterRow;
use crate::accounts::AccountKind;
use crate::accounts::NO_PASSWORD;
use crate::accounts::store::{self as accounts, NewAccount};
use crate::ids::{AccountId, RosterImportId, SchoolId};
use crate::students::list::store as list;
use crate::students::rules::{Degree, Standing};

/// Columns of an [`Import`].
macro_rules! columns {
    () => {
        "id, school_id, account_id, file_name, state, row_count, same, new_count, changed_count, \
         fault_count, to_take, taken, added, changed, created_ms, done_ms"
    };
}

base::queries! {
    /// What a school's roster holds.
    KNOWN_STUDENTS = "SELECT account_id, student_no, name, degree, faculty, major, class_name,
            grad_year, standing
        FROM students WHERE school_id = $1 AND verified_ms IS NOT NULL";
    /// One of them, in the slice that changes him.
    KNOWN_STUDENT = "SELECT account_id, student_no, name, degree, faculty, major, class_name,
            grad_year, standing
        FROM students WHERE school_id = $1 AND student_no = $2";
    /// A student that the roster brings.
    ADD_ROSTER_STUDENT = "INSERT INTO students (account_id, school_id, student_no, name, degree,
            faculty, major, class_name, grad_year, standing, verified_ms, verified_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'roster')";
    /// Facts that the roster changes.
    UPDATE_ROSTER_STUDENT = "UPDATE students SET name = $2, degree = $3, faculty = $4, major = $5,
            class_name = $6, grad_year = $7, standing = $8, version = version + 1
        WHERE account_id = $1";
    /// A roster that is being read.
    ADD_IMPORT = "INSERT INTO roster_imports (id, school_id, account_id, file_name, state,
            row_count, same, new_count, changed_count, fault_count, to_take, created_ms)
        VALUES ($1, $2, $3, $4, 'reading', $5, $6, $7, $8, $9, $10, $11)";
    /// A part of its rows or faults.
    ADD_PART = "INSERT INTO roster_parts (import_id, kind, first, entries)
        VALUES ($1, $2, $3, $4)";
    /// All parts are there.
    FINISH_READING = "UPDATE roster_imports SET state = 'checked'
        WHERE id = $1 AND state = 'reading' RETURNING id";
    /// Rosters of this school that nobody confirmed make room for a new one.
    DROP_OLD_IMPORTS = "UPDATE roster_imports SET state = 'dropped'
        WHERE school_id = $1 AND state IN ('reading', 'checked')";
    /// Clears away a few parts of what was dropped.
    SWEEP_PARTS = "DELETE FROM roster_parts WHERE (import_id, kind, first) IN
        (SELECT p.import_id, p.kind, p.first FROM roster_parts p
            JOIN roster_imports i ON i.id = p.import_id
            WHERE i.school_id = $1 AND i.state = 'dropped' LIMIT 16)";
    /// An import of a school.
    FIND_IMPORT = concat!("SELECT ", columns!(), "
        FROM roster_imports WHERE id = $1 AND school_id = $2");
    /// Imports of a school, the latest first.
    LIST_IMPORTS = concat!("SELECT ", columns!(), "
        FROM roster_imports WHERE school_id = $1 AND state <> 'dropped'
        ORDER BY created_ms DESC, id DESC LIMIT $2");
    /// Someone says yes. Saying it again to an import that stands still lets it go on.
    CONFIRM_IMPORT = "UPDATE roster_imports SET state = 'taking'
        WHERE id = $1 AND school_id = $2 AND state IN ('checked', 'taking') AND to_take > taken
        RETURNING id";
    /// How far an import is.
    PROGRESS = concat!("SELECT ", columns!(), " FROM roster_imports
        WHERE id = $1 AND state = 'taking'");
    /// The part in which a place lies.
    FIND_PART = "SELECT first, entries FROM roster_parts
        WHERE import_id = $1 AND kind = $2 AND first <= $3 ORDER BY first DESC LIMIT 1";
    /// All parts of a kind.
    LIST_PARTS = "SELECT first, entries FROM roster_parts
        WHERE import_id = $1 AND kind = $2 ORDER BY first LIMIT $3";
    /// A slice was taken, unless another task took it.
    ADVANCE = "UPDATE roster_imports SET taken = taken + $3, added = added + $4,
            changed = changed + $5
        WHERE id = $1 AND state = 'taking' AND taken = $2 RETURNING taken";
    /// Everything is taken.
    FINISH_IMPORT = "UPDATE roster_imports SET state = 'done', done_ms = $2 WHERE id = $1";
    /// Its rows are not needed any more; its faults stay.
    DELETE_ROWS = "DELETE FROM roster_parts WHERE import_id = $1 AND kind = 'row'";
}

/// Entries of a part: its write is far below 20 ms.
pub const PART: usize = 250;

/// A student whom the school has.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Known {
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
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// Its id.
    pub id: RosterImportId,
    /// The school.
    pub school_id: SchoolId,
    /// Who uploaded it.
    pub account_id: AccountId,
    /// As the file was called.
    pub file_name: String,
    /// `reading`, `checked`, `taking`, `done` or `dropped`.
    pub state: String,
    /// Rows of the file.
    pub row_count: i64,
    /// Rows that say what is there already.
    pub same: i64,
    /// Rows that bring a student.
    pub new_count: i64,
    /// Rows that change one.
    pub changed_count: i64,
    /// Rows that are not good.
    pub fault_count: i64,
    /// Rows that wait to be taken.
    pub to_take: i64,
    /// How many of them have been.
    pub taken: i64,
    /// Students that were added.
    pub added: i64,
    /// Students that were changed.
    pub changed: i64,
    /// ms since 1970.
    pub created_ms: i64,
    /// ms since 1970.
    pub done_ms: Option<i64>,
}

/// An import that begins: what its rows come to.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// Its id.
    pub id: RosterImportId,
    /// The school.
    pub school: SchoolId,
    /// Who uploads it.
    pub by: AccountId,
    /// As the file is called.
    pub file_name: String,
    /// Rows of the file.
    pub rows: i64,
    /// See [`Import::same`].
    pub same: i64,
    /// See [`Import::new_count`].
    pub new: i64,
    /// See [`Import::changed_count`].
    pub changed: i64,
    /// See [`Import::fault_count`].
    pub bad: i64,
    /// See [`Import::to_take`].
    pub to_take: i64,
}

/// What a row did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Brought a student.
    Added,
    /// Changed one.
    Changed,
    /// Nothing: he is so already.
    Nothing,
}

/// All confirmed students of a school.
///
/// # Errors
/// The database failed.
pub async fn known(db: &Db, school: SchoolId) -> Result<Vec<Known>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(KNOWN_STUDENTS).bind(school).fetch_all(c).await)
}

/// Begins an import; older ones that nobody confirmed make room.
///
/// # Errors
/// The database failed.
pub async fn begin(tx: &mut Tx, new: &NewImport, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(DROP_OLD_IMPORTS).bind(new.school).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(ADD_IMPORT)
        .bind(new.id)
        .bind(new.school)
        .bind(new.by)
        .bind(&new.file_name)
        .bind(new.rows)
        .bind(new.same)
        .bind(new.new)
        .bind(new.changed)
        .bind(new.bad)
        .bind(new.to_take)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// Keeps entries of an import in parts, each in a transaction of its own.
///
/// # Errors
/// The database failed.
pub async fn keep<T: Serialize>(
    db: &Db,
    import: RosterImportId,
    kind: &str,
    entries: &[T],
) -> Result<(), sqlx::Error> {
    for (part, chunk) in entries.chunks(PART).enumerate() {
        let first = i64::try_from(part * PART).unwrap_or(i64::MAX);
        on_db!(db.writer().await?, c => sqlx::query(ADD_PART)
            .bind(import)
            .bind(kind)
            .bind(first)
            .bind(JsonText(chunk))
            .execute(c).await.map(drop))?;
    }
    Ok(())
}

/// All parts are kept: the import may be confirmed. `false`: a newer one took its place.
///
/// # Errors
/// The database failed.
pub async fn finish_reading(db: &Db, import: RosterImportId) -> Result<bool, sqlx::Error> {
    let row: Option<(RosterImportId,)> = on_db!(db.writer().await?, c => sqlx::query_as(FINISH_READING)
        .bind(import).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Clears away parts of dropped imports, a few at a time.
///
/// # Errors
/// The database failed.
pub async fn sweep(db: &Db, school: SchoolId) -> Result<(), sqlx::Error> {
    loop {
        let gone = on_db!(db.writer().await?, c => sqlx::query(SWEEP_PARTS)
            .bind(school).execute(c).await.map(|done| done.rows_affected()))?;
        if gone == 0 {
            return Ok(());
        }
    }
}

/// An import of a school.
///
/// # Errors
/// The database failed.
pub async fn find(
    db: &Db,
    school: SchoolId,
    import: RosterImportId,
) -> Result<Option<Import>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_IMPORT).bind(import).bind(school).fetch_optional(c).await)
}

/// Imports of a school, the latest first.
///
/// # Errors
/// The database failed.
pub async fn list(db: &Db, school: SchoolId, limit: i64) -> Result<Vec<Import>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_IMPORTS).bind(school).bind(limit).fetch_all(c).await)
}

/// Someone says yes. `false`: there is nothing to say yes to.
///
/// # Errors
/// The database failed.
pub async fn confirm(
    tx: &mut Tx,
    school: SchoolId,
    import: RosterImportId,
) -> Result<bool, sqlx::Error> {
    let row: Option<(RosterImportId,)> = on_db!(tx, c => sqlx::query_as(CONFIRM_IMPORT)
        .bind(import).bind(school).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// How far an import is that is being taken.
///
/// # Errors
/// The database failed.
pub async fn progress(db: &Db, import: RosterImportId) -> Result<Option<Import>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(PROGRESS).bind(import).fetch_optional(c).await)
}

/// The part in which entry `place` lies: the place of its first entry, and the entries.
///
/// # Errors
/// The database failed.
pub async fn part(
    db: &Db,
    import: RosterImportId,
    place: i64,
) -> Result<Option<(i64, Vec<RosterRow>)>, sqlx::Error> {
    let row: Option<(i64, JsonText<Vec<RosterRow>>)> = on_db!(db, c => sqlx::query_as(FIND_PART)
        .bind(import).bind("row").bind(place).fetch_optional(c).await)?;
    Ok(row.map(|(first, JsonText(rows))| (first, rows)))
}

/// Entries of a kind, from the first `parts` parts.
///
/// # Errors
/// The database failed.
pub async fn entries<T: DeserializeOwned + Send + Unpin>(
    db: &Db,
    import: RosterImportId,
    kind: &str,
    parts: i64,
) -> Result<Vec<T>, sqlx::Error> {
    let rows: Vec<(i64, JsonText<Vec<T>>)> = on_db!(db, c => sqlx::query_as(LIST_PARTS)
        .bind(import).bind(kind).bind(parts).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .flat_map(|(_, JsonText(part))| part)
        .collect())
}

/// Takes one row. Taking it again does nothing.
///
/// # Errors
/// The database failed.
pub async fn take(
    tx: &mut Tx,
    school: SchoolId,
    row: &RosterRow,
    now_ms: i64,
) -> Result<Done, sqlx::Error> {
    let known: Option<Known> = on_db!(tx, c => sqlx::query_as(KNOWN_STUDENT)
        .bind(school).bind(&row.student_no).fetch_optional(c).await)?;
    let Some(known) = known else {
        add(tx, school, row, now_ms).await?;
        return Ok(Done::Added);
    };
    if !super::plan::differs(row, &known) {
        return Ok(Done::Nothing);
    }
    on_db!(tx, c => sqlx::query(UPDATE_ROSTER_STUDENT)
        .bind(known.account_id)
        .bind(&row.name)
        .bind(row.degree)
        .bind(&row.faculty)
        .bind(&row.major)
        .bind(row.class_name.as_ref().unwrap_or(&known.class_name))
        .bind(row.grad_year)
        .bind(row.standing.unwrap_or(known.standing))
        .execute(c).await.map(drop))?;
    if row.name != known.name {
        list::rename(tx, known.account_id, &row.name).await?;
    }
    Ok(Done::Changed)
}

/// A student that the roster brings has an account that nobody can enter until he registers.
async fn add(
    tx: &mut Tx,
    school: SchoolId,
    row: &RosterRow,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let account = NewAccount {
        id: AccountId::new(),
        kind: AccountKind::Student,
        mobile: None,
        email: None,
        password_hash: NO_PASSWORD.to_owned(),
        real_name: row.name.clone(),
        nickname: row.name.clone(),
        department: String::new(),
    };
    accounts::add(tx, &account, now_ms).await?;
    on_db!(tx, c => sqlx::query(ADD_ROSTER_STUDENT)
        .bind(account.id)
        .bind(school)
        .bind(&row.student_no)
        .bind(&row.name)
        .bind(row.degree)
        .bind(&row.faculty)
        .bind(&row.major)
        .bind(row.class_name.as_deref().unwrap_or_default())
        .bind(row.grad_year)
        .bind(row.standing.unwrap_or(Standing::Enrolled))
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// Notes a slice that began at `from`. `false`: another task took it; roll back.
///
/// # Errors
/// The database failed.
pub async fn advance(
    tx: &mut Tx,
    (import, from): (RosterImportId, i64),
    (taken, added, changed): (i64, i64, i64),
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(ADVANCE)
        .bind(import)
        .bind(from)
        .bind(taken)
        .bind(added)
        .bind(changed)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Everything is taken: the rows go, the faults stay.
///
/// # Errors
/// The database failed.
pub async fn finish(tx: &mut Tx, import: RosterImportId, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(FINISH_IMPORT)
        .bind(import).bind(now_ms).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(DELETE_ROWS).bind(import).execute(c).await.map(drop))
}
