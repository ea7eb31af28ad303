//! SQL that reads reviews: inboxes, timelines, figures.

use base::db::{Db, JsonText, on_db};

use super::rules::{Desk, Kind, State};
use super::store::{Colleague, FIND_REVIEW, LIST_DESK, Review};
use crate::ids::{AccountId, ReviewId};

/// Rows of an inbox on one page.
pub const PAGE_ROWS: i64 = 50;

base::queries! {
    /// A page of a desk's inbox: what is open by its due date, then the rest, the latest first.
    LIST_INBOX = "SELECT r.id, r.kind, r.title, r.submitted_ms, r.due_ms, r.due_estimated,
            r.state, r.assignee_id, a.real_name AS assignee, r.first_by, r.decided_ms,
            r.version, c.name AS company, r.flags
        FROM reviews r LEFT JOIN companies c ON c.id = r.company_id
            LEFT JOIN accounts a ON a.id = r.assignee_id
        WHERE r.inbox = $1 AND (CAST($2 AS TEXT) IS NULL OR r.school_id = $2)
            AND ($3 = '' OR r.kind = $3) AND ($4 = '' OR r.state = $4)
            AND ($5 = '' OR lower(r.title) LIKE $5 ESCAPE '!' OR lower(c.name) LIKE $5 ESCAPE '!'
                OR c.uscc = $6)
            AND (CAST($7 AS TEXT) IS NULL OR r.assignee_id = $7) AND ($8 = FALSE OR r.assignee_id IS NULL)
            AND ($9 = 0 OR (r.state = 'open' AND r.due_ms < $9))
        ORDER BY CASE WHEN r.state = 'open' THEN r.due_ms
            ELSE 9000000000000000 - r.submitted_ms END, r.id
        LIMIT $10 OFFSET $11";
    /// What happened to a review, oldest first.
    LIST_EVENTS = "SELECT e.at_ms, e.actor_id, a.real_name AS actor, e.event, e.reason
        FROM review_events e LEFT JOIN accounts a ON a.id = e.actor_id
        WHERE e.review_id = $1 ORDER BY e.at_ms, e.id LIMIT 200";
    /// Open reviews of a desk by kind: all, and those due before a moment.
    COUNT_OPEN = "SELECT kind, CAST(COUNT(*) AS BIGINT) AS open_count,
            CAST(SUM(CASE WHEN due_ms < $3 THEN 1 ELSE 0 END) AS BIGINT) AS overdue
        FROM reviews WHERE state = 'open' AND inbox = $1 AND (CAST($2 AS TEXT) IS NULL OR school_id = $2)
        GROUP BY kind ORDER BY kind";
    /// A desk's open reviews that are due between two moments.
    COUNT_DUE = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM reviews
        WHERE state = 'open' AND inbox = $1 AND (CAST($2 AS TEXT) IS NULL OR school_id = $2)
            AND due_ms >= $3 AND due_ms < $4";
    /// Decisions at a desk since a moment.
    COUNT_DECIDED = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM review_events e
        JOIN reviews r ON r.id = e.review_id
        WHERE e.at_ms >= $3 AND e.event IN ('approved', 'returned', 'rejected')
            AND r.inbox = $1 AND (CAST($2 AS TEXT) IS NULL OR r.school_id = $2)";
    /// All desks: what is open now, by kind.
    MONITOR_OPEN = "SELECT kind, CAST(COUNT(*) AS BIGINT) AS open_count,
            CAST(SUM(CASE WHEN due_ms < $1 THEN 1 ELSE 0 END) AS BIGINT) AS overdue,
            MIN(submitted_ms) AS oldest_ms
        FROM reviews WHERE state = 'open' GROUP BY kind ORDER BY kind";
    /// All desks: what was decided since a moment, and how much of it in time, by kind.
    MONITOR_DECIDED = "SELECT kind, CAST(COUNT(*) AS BIGINT) AS decided,
            CAST(SUM(CASE WHEN decided_ms <= due_ms THEN 1 ELSE 0 END) AS BIGINT) AS in_time
        FROM reviews WHERE decided_ms >= $1 AND state IN ('approved', 'returned', 'rejected')
        GROUP BY kind ORDER BY kind";
    /// A person's name.
    FIND_NAME = "SELECT real_name FROM accounts WHERE id = $1";
}

/// Which reviews of a desk a page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// In this state.
    pub state: Option<State>,
    /// Taken by this person.
    pub assignee: Option<AccountId>,
    /// Taken by nobody.
    pub unassigned: bool,
    /// Open and due before this, ms since 1970.
    pub due_before_ms: Option<i64>,
    /// Part of the title or of the company's name, or its whole code.
    pub text: String,
    /// Page, from 0.
    pub page: i64,
}

/// A row of an inbox.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct InboxRow {
    /// The review.
    pub id: ReviewId,
    /// What is under review.
    pub kind: Kind,
    /// What it is called.
    pub title: String,
    /// Handed in, ms since 1970.
    pub submitted_ms: i64,
    /// Due, ms since 1970.
    pub due_ms: i64,
    /// The due date may change.
    pub due_estimated: bool,
    /// Where it stands.
    pub state: State,
    /// Who took it.
    pub assignee_id: Option<AccountId>,
    /// His name.
    pub assignee: Option<String>,
    /// Who approved first.
    pub first_by: Option<AccountId>,
    /// What was in doubt when it was handed in.
    pub flags: JsonText<Vec<String>>,
    /// Decided, ms since 1970.
    pub decided_ms: Option<i64>,
    /// Counts changes.
    pub version: i64,
    /// The company that it is about.
    pub company: Option<String>,
}

/// Something that happened to a review.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EventRow {
    /// When, ms since 1970.
    pub at_ms: i64,
    /// Who; none: the clock.
    pub actor_id: Option<AccountId>,
    /// His name.
    pub actor: Option<String>,
    /// The word in SQL.
    pub event: String,
    /// Why.
    pub reason: String,
}

/// Open reviews of a kind.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OpenCount {
    /// The kind.
    pub kind: Kind,
    /// How many are open.
    pub open_count: i64,
    /// How many of them are overdue.
    pub overdue: i64,
}

/// Open reviews of a kind over all desks.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MonitorOpen {
    /// The kind.
    pub kind: Kind,
    /// How many are open.
    pub open_count: i64,
    /// How many of them are overdue.
    pub overdue: i64,
    /// When the oldest was handed in, ms since 1970.
    pub oldest_ms: i64,
}

/// Decided reviews of a kind over all desks.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MonitorDecided {
    /// The kind.
    pub kind: Kind,
    /// How many were decided.
    pub decided: i64,
    /// How many of them before they were due.
    pub in_time: i64,
}

/// A review of a desk.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, id: ReviewId, desk: Desk) -> Result<Option<Review>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_REVIEW)
        .bind(id)
        .bind(desk.as_str())
        .bind(desk.school())
        .bind(desk.company())
        .fetch_optional(c).await)
}

/// A page of a desk's inbox, and one row more if there is a next page.
///
/// # Errors
/// The database failed.
pub async fn inbox(db: &Db, desk: Desk, wanted: &Wanted) -> Result<Vec<InboxRow>, sqlx::Error> {
    let text = wanted.text.trim();
    on_db!(db, c => sqlx::query_as(LIST_INBOX)
        .bind(desk.as_str())
        .bind(desk.school())
        .bind(wanted.kind.map_or("", Kind::as_str))
        .bind(wanted.state.map_or("", State::as_str))
        .bind(crate::platform::search::pattern(text))
        .bind(text.to_uppercase())
        .bind(wanted.assignee)
        .bind(wanted.unassigned)
        .bind(wanted.due_before_ms.unwrap_or(0))
        .bind(PAGE_ROWS + 1)
        .bind(wanted.page.max(0) * PAGE_ROWS)
        .fetch_all(c).await)
}

/// What happened to a review, oldest first, 200 rows at most.
///
/// # Errors
/// The database failed.
pub async fn events(db: &Db, review: ReviewId) -> Result<Vec<EventRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_EVENTS).bind(review).fetch_all(c).await)
}

/// Who sits at a desk.
///
/// # Errors
/// The database failed.
pub async fn people(db: &Db, desk: Desk) -> Result<Vec<Colleague>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_DESK)
        .bind(desk.as_str()).bind(desk.school()).bind(desk.company()).fetch_all(c).await)
}

/// Open reviews of a desk by kind.
///
/// # Errors
/// The database failed.
pub async fn open(db: &Db, desk: Desk, now_ms: i64) -> Result<Vec<OpenCount>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(COUNT_OPEN)
        .bind(desk.as_str()).bind(desk.school()).bind(now_ms).fetch_all(c).await)
}

/// How many open reviews of a desk are due from `from_ms` until before `to_ms`.
///
/// # Errors
/// The database failed.
pub async fn due_between(
    db: &Db,
    desk: Desk,
    (from_ms, to_ms): (i64, i64),
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_DUE)
        .bind(desk.as_str()).bind(desk.school()).bind(from_ms).bind(to_ms).fetch_one(c).await)?;
    Ok(count)
}

/// How many decisions were made at a desk since `since_ms`.
///
/// # Errors
/// The database failed.
pub async fn decided_since(db: &Db, desk: Desk, since_ms: i64) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_DECIDED)
        .bind(desk.as_str()).bind(desk.school()).bind(since_ms).fetch_one(c).await)?;
    Ok(count)
}

/// What is open now over all desks, by kind; kinds without any are left out.
///
/// # Errors
/// The database failed.
pub async fn monitor_open(db: &Db, now_ms: i64) -> Result<Vec<MonitorOpen>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(MONITOR_OPEN).bind(now_ms).fetch_all(c).await)
}

/// What was decided since `since_ms` over all desks, by kind.
///
/// # Errors
/// The database failed.
pub async fn monitor_decided(db: &Db, since_ms: i64) -> Result<Vec<MonitorDecided>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(MONITOR_DECIDED).bind(since_ms).fetch_all(c).await)
}

/// A person's name.
///
/// # Errors
/// The database failed.
pub async fn name_of(db: &Db, account: AccountId) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(String,)> =
        on_db!(db, c => sqlx::query_as(FIND_NAME).bind(account).fetch_optional(c).await)?;
    Ok(row.map(|(name,)| name))
}
