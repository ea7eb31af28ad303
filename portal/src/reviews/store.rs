//! SQL of reviews.

use base::db::{JsonText, Tx, on_db};

use super::effects;
use super::rules::{Decision, Desk, Inbox, Kind, State};
use crate::audit;
use crate::dictionaries::calendar;
use crate::ids::{AccountId, AuditId, CompanyId, ReviewId, SchoolId};

base::queries! {
    /// A new review.
    ADD_REVIEW = "INSERT INTO reviews (id, kind, subject_id, inbox, school_id, company_id, title,
            flags, submitted_by, submitted_ms, due_ms, due_estimated, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open')";
    /// Decides an open review of a desk, if nobody was quicker.
    DECIDE_REVIEW = "UPDATE reviews SET state = $3, decided_by = $4, decided_ms = $5, reason = $6,
            version = version + 1
        WHERE id = $1 AND version = $2 AND state = 'open'
            AND inbox = $7 AND ($8 IS NULL OR school_id = $8) AND ($9 IS NULL OR company_id = $9)
        RETURNING id, kind, subject_id, inbox, school_id, company_id, title, flags, submitted_by,
            submitted_ms, due_ms, due_estimated, state, assignee_id, escalated_ms, decided_by,
            decided_ms, reason, version";
    /// A review of a desk.
    FIND_REVIEW = "SELECT id, kind, subject_id, inbox, school_id, company_id, title, flags,
            submitted_by, submitted_ms, due_ms, due_estimated, state, assignee_id, escalated_ms,
            decided_by, decided_ms, reason, version
        FROM reviews
        WHERE id = $1 AND inbox = $2 AND ($3 IS NULL OR school_id = $3)
            AND ($4 IS NULL OR company_id = $4)";
    /// The running review of a thing, returned or open.
    FIND_RUNNING = "SELECT id, kind, subject_id, inbox, school_id, company_id, title, flags,
            submitted_by, submitted_ms, due_ms, due_estimated, state, assignee_id, escalated_ms,
            decided_by, decided_ms, reason, version
        FROM reviews WHERE kind = $1 AND subject_id = $2 AND state IN ('open', 'returned')";
    /// Puts a returned review back on the desk, with a fresh clock.
    RESUBMIT_REVIEW = "UPDATE reviews SET state = 'open', submitted_ms = $3, due_ms = $4,
            due_estimated = $5, flags = $6, title = $7, decided_by = NULL, decided_ms = NULL,
            escalated_ms = NULL, version = version + 1
        WHERE kind = $1 AND subject_id = $2 AND state = 'returned' RETURNING id";
    /// Takes a running review back.
    WITHDRAW_REVIEW = "UPDATE reviews SET state = 'withdrawn', decided_ms = $3,
            version = version + 1
        WHERE kind = $1 AND subject_id = $2 AND state IN ('open', 'returned') RETURNING id";
    /// Adds to a review's timeline.
    ADD_REVIEW_EVENT = "INSERT INTO review_events (id, review_id, at_ms, actor_id, event, reason)
        VALUES ($1, $2, $3, $4, $5, $6)";
}

/// A review.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// What is under review.
    pub kind: Kind,
    /// The thing's id in the table of its kind.
    pub subject_id: String,
    /// `platform`, `school` or `company`.
    pub inbox: String,
    /// The school whose desk it lies on.
    pub school_id: Option<SchoolId>,
    /// The company that it is about.
    pub company_id: Option<CompanyId>,
    /// What a list shows.
    pub title: String,
    /// Soft findings for the reviewer, Chinese.
    pub flags: JsonText<Vec<String>>,
    /// Who handed it in.
    pub submitted_by: AccountId,
    /// When, ms since 1970.
    pub submitted_ms: i64,
    /// By when it should be decided, ms since 1970.
    pub due_ms: i64,
    /// The calendar of that year is not published yet.
    pub due_estimated: bool,
    /// Where it stands.
    pub state: State,
    /// Who took it.
    pub assignee_id: Option<AccountId>,
    /// When it was escalated.
    pub escalated_ms: Option<i64>,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_ms: Option<i64>,
    /// Why it was returned or refused.
    pub reason: String,
    /// Counts changes: two reviewers at once, and the second is told.
    pub version: i64,
}

/// A thing to be reviewed.
#[derive(Debug, Clone)]
pub struct NewReview {
    /// What it is.
    pub kind: Kind,
    /// Its id.
    pub subject: String,
    /// Whose desk.
    pub inbox: Inbox,
    /// The company that it is about.
    pub company: Option<CompanyId>,
    /// What a list shows.
    pub title: String,
    /// Soft findings for the reviewer, Chinese.
    pub flags: Vec<String>,
    /// Who handed it in.
    pub by: AccountId,
}

/// Why a decision did not stand.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// No such review on this desk.
    #[error("no such review on this desk")]
    NotFound,
    /// Somebody else decided, or the applicant changed it meanwhile.
    #[error("the review has changed meanwhile")]
    Changed,
    /// The domain refuses; the Chinese text says why.
    #[error("{0}")]
    Refused(&'static str),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Hands a thing in. The clock starts on the next working day (D10).
///
/// # Errors
/// A review of this thing runs already, or the database failed.
pub async fn submit(tx: &mut Tx, new: &NewReview, now_ms: i64) -> Result<ReviewId, sqlx::Error> {
    let id = ReviewId::new();
    let due = calendar::due(tx, now_ms, new.kind.working_days()).await?;
    on_db!(tx, c => sqlx::query(ADD_REVIEW)
        .bind(id)
        .bind(new.kind)
        .bind(&new.subject)
        .bind(new.inbox.as_str())
        .bind(new.inbox.school())
        .bind(new.company.or(new.inbox.company()))
        .bind(&new.title)
        .bind(JsonText(&new.flags))
        .bind(new.by)
        .bind(now_ms)
        .bind(due.at_ms)
        .bind(due.estimated)
        .execute(c).await.map(drop))?;
    note(tx, id, Some(new.by), "submitted", "", now_ms).await?;
    Ok(id)
}

/// Hands a returned thing in again, with a fresh clock. `false`: it was not returned.
///
/// # Errors
/// The database failed.
pub async fn resubmit(tx: &mut Tx, new: &NewReview, now_ms: i64) -> Result<bool, sqlx::Error> {
    let due = calendar::due(tx, now_ms, new.kind.working_days()).await?;
    let row: Option<(ReviewId,)> = on_db!(tx, c => sqlx::query_as(RESUBMIT_REVIEW)
        .bind(new.kind)
        .bind(&new.subject)
        .bind(now_ms)
        .bind(due.at_ms)
        .bind(due.estimated)
        .bind(JsonText(&new.flags))
        .bind(&new.title)
        .fetch_optional(c).await)?;
    let Some((id,)) = row else { return Ok(false) };
    note(tx, id, Some(new.by), "resubmitted", "", now_ms).await?;
    Ok(true)
}

/// Takes a running review back. `false`: none runs.
///
/// # Errors
/// The database failed.
pub async fn withdraw(
    tx: &mut Tx,
    kind: Kind,
    subject: &str,
    by: AccountId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(ReviewId,)> = on_db!(tx, c => sqlx::query_as(WITHDRAW_REVIEW)
        .bind(kind).bind(subject).bind(now_ms).fetch_optional(c).await)?;
    let Some((id,)) = row else { return Ok(false) };
    note(tx, id, Some(by), "withdrawn", "", now_ms).await?;
    Ok(true)
}

/// The running review of a thing.
///
/// # Errors
/// The database failed.
pub async fn running(
    tx: &mut Tx,
    kind: Kind,
    subject: &str,
) -> Result<Option<Review>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(FIND_RUNNING)
        .bind(kind).bind(subject).fetch_optional(c).await)
}

/// A reviewer's decision with everything that follows from it, in `tx`. `version` is that of the
/// page on which he decided.
///
/// # Errors
/// See [`DecideError`]; `tx` must then be rolled back.
pub async fn decide(
    tx: &mut Tx,
    (id, version): (ReviewId, i64),
    desk: Desk,
    by: AccountId,
    decision: &Decision,
    now_ms: i64,
) -> Result<Review, DecideError> {
    let decided: Option<Review> = on_db!(tx, c => sqlx::query_as(DECIDE_REVIEW)
        .bind(id)
        .bind(version)
        .bind(decision.state())
        .bind(by)
        .bind(now_ms)
        .bind(decision.reason())
        .bind(desk.as_str())
        .bind(desk.school())
        .bind(desk.company())
        .fetch_optional(c).await)?;
    let Some(review) = decided else {
        let there: Option<Review> = on_db!(tx, c => sqlx::query_as(FIND_REVIEW)
            .bind(id)
            .bind(desk.as_str())
            .bind(desk.school())
            .bind(desk.company())
            .fetch_optional(c).await)?;
        return Err(there.map_or(DecideError::NotFound, |_| DecideError::Changed));
    };
    note(
        tx,
        id,
        Some(by),
        review.state.as_str(),
        decision.reason(),
        now_ms,
    )
    .await?;
    effects::apply(tx, &review, decision, now_ms).await?;
    audit::Entry::by(by, "review.decide", "review", &id)
        .with(serde_json::json!({
            "kind": review.kind.as_str(),
            "subject": review.subject_id,
            "state": review.state.as_str(),
        }))
        .write_in(tx, now_ms)
        .await?;
    Ok(review)
}

async fn note(
    tx: &mut Tx,
    review: ReviewId,
    actor: Option<AccountId>,
    event: &str,
    reason: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_REVIEW_EVENT)
        .bind(AuditId::new())
        .bind(review)
        .bind(now_ms)
        .bind(actor)
        .bind(event)
        .bind(reason)
        .execute(c).await.map(drop))
}
