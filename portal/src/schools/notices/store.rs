//! SQL of what school staff publish. Each query names the school.

use base::db::{Db, Tx, on_db};

use super::super::rules::{NoticeKind, NoticeStatus};
use crate::ids::{AccountId, NoticeId, SchoolId};

base::queries! {
    /// Notices of a school by kind and state, the latest first.
    STAFF_NOTICES = "SELECT id, kind, title, body, starts_ms, place, status, version, created_ms,
            published_ms
        FROM school_notices
        WHERE school_id = $1 AND ($2 = '' OR kind = $2) AND ($3 = '' OR status = $3)
        ORDER BY COALESCE(published_ms, created_ms) DESC, id DESC LIMIT $4 OFFSET $5";
    /// How many there are.
    COUNT_STAFF_NOTICES = "SELECT COUNT(*) AS total FROM school_notices
        WHERE school_id = $1 AND ($2 = '' OR kind = $2) AND ($3 = '' OR status = $3)";
    /// A notice of a school.
    STAFF_NOTICE = "SELECT id, kind, title, body, starts_ms, place, status, version, created_ms,
            published_ms
        FROM school_notices WHERE id = $1 AND school_id = $2";
    /// A new notice.
    ADD_NOTICE = "INSERT INTO school_notices (id, school_id, kind, title, body, starts_ms, place,
            status, author_id, created_ms, published_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// A changed notice, unless somebody was quicker.
    SAVE_NOTICE = "UPDATE school_notices SET kind = $4, title = $5, body = $6, starts_ms = $7,
            place = $8, version = version + 1
        WHERE id = $1 AND school_id = $2 AND version = $3 RETURNING version";
    /// Publishes or withdraws a notice, unless somebody was quicker. What was published before
    /// keeps its day.
    SET_NOTICE_STATUS = "UPDATE school_notices SET status = $4,
            published_ms = CASE WHEN $4 = 'published' THEN COALESCE(published_ms, $5)
                ELSE published_ms END,
            version = version + 1
        WHERE id = $1 AND school_id = $2 AND version = $3 AND status <> $4 RETURNING version";
}

/// A notice as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StaffNotice {
    /// The notice.
    pub id: NoticeId,
    /// What it is.
    pub kind: NoticeKind,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Begin of a talk, ms since 1970.
    pub starts_ms: Option<i64>,
    /// Place of a talk; may be empty.
    pub place: String,
    /// Where it stands.
    pub status: NoticeStatus,
    /// Counts changes.
    pub version: i64,
    /// ms since 1970.
    pub created_ms: i64,
    /// ms since 1970.
    pub published_ms: Option<i64>,
}

/// What a form says of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeText {
    /// What it is.
    pub kind: NoticeKind,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Begin of a talk, ms since 1970.
    pub starts_ms: Option<i64>,
    /// Place of a talk; may be empty.
    pub place: String,
}

/// Which notices a list shows; an empty word: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    /// Word of a kind.
    pub kind: String,
    /// Word of a state.
    pub status: String,
}

/// Notices of a school, the latest first.
///
/// # Errors
/// The database failed.
pub async fn list(
    db: &Db,
    school: SchoolId,
    filter: &NoticeFilter,
    (limit, offset): (i64, i64),
) -> Result<Vec<StaffNotice>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(STAFF_NOTICES)
        .bind(school)
        .bind(&filter.kind)
        .bind(&filter.status)
        .bind(limit)
        .bind(offset)
        .fetch_all(c).await)
}

/// How many notices fit the filter.
///
/// # Errors
/// The database failed.
pub async fn count(db: &Db, school: SchoolId, filter: &NoticeFilter) -> Result<i64, sqlx::Error> {
    let (total,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_STAFF_NOTICES)
        .bind(school).bind(&filter.kind).bind(&filter.status).fetch_one(c).await)?;
    Ok(total)
}

/// A notice of a school.
///
/// # Errors
/// The database failed.
pub async fn find(
    db: &Db,
    school: SchoolId,
    id: NoticeId,
) -> Result<Option<StaffNotice>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(STAFF_NOTICE).bind(id).bind(school).fetch_optional(c).await)
}

/// Adds a notice, as a draft or published at once.
///
/// # Errors
/// The database failed.
pub async fn add(
    tx: &mut Tx,
    (id, school, author): (NoticeId, SchoolId, AccountId),
    text: &NoticeText,
    published: bool,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let status = if published {
        NoticeStatus::Published
    } else {
        NoticeStatus::Draft
    };
    on_db!(tx, c => sqlx::query(ADD_NOTICE)
        .bind(id)
        .bind(school)
        .bind(text.kind)
        .bind(&text.title)
        .bind(&text.body)
        .bind(text.starts_ms)
        .bind(&text.place)
        .bind(status)
        .bind(author)
        .bind(now_ms)
        .bind(published.then_some(now_ms))
        .execute(c).await.map(drop))
}

/// Changes a notice. `None`: it is not there, or somebody was quicker; else its new version.
///
/// # Errors
/// The database failed.
pub async fn save(
    tx: &mut Tx,
    (id, school, version): (NoticeId, SchoolId, i64),
    text: &NoticeText,
) -> Result<Option<i64>, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SAVE_NOTICE)
        .bind(id)
        .bind(school)
        .bind(version)
        .bind(text.kind)
        .bind(&text.title)
        .bind(&text.body)
        .bind(text.starts_ms)
        .bind(&text.place)
        .fetch_optional(c).await)?;
    Ok(row.map(|(version,)| version))
}

/// Publishes or withdraws a notice. `false`: it is not there, it is so already, or somebody was
/// quicker.
///
/// # Errors
/// The database failed.
pub async fn set_status(
    tx: &mut Tx,
    (id, school, version): (NoticeId, SchoolId, i64),
    status: NoticeStatus,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SET_NOTICE_STATUS)
        .bind(id)
        .bind(school)
        .bind(version)
        .bind(status)
        .bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}
