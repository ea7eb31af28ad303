//! SQL that changes reviews: handing in, taking, deciding.

use base::db::{JsonText, Tx, on_db};

use super::effects;
use super::machine::{Clock, Command, Event, Refused, Standing};
use super::rules::{Decision, Desk, Inbox, Kind, State};
use crate::audit;
use crate::dictionaries::calendar;
use crate::ids::{AccountId, AuditId, CompanyId, ReviewId, SchoolId};

/// The columns of a [`Review`].
macro_rules! columns {
    () => {
        "id, kind, subject_id, inbox, school_id, company_id, title, flags, submitted_by, \
         submitted_ms, due_ms, due_estimated, state, assignee_id, escalated_ms, first_by, \
         decided_by, decided_ms, reason, version"
    };
}

base::queries! {
    /// A new review.
    ADD_REVIEW = "INSERT INTO reviews (id, kind, subject_id, inbox, school_id, company_id, title,
            flags, submitted_by, submitted_ms, due_ms, due_estimated, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open')";
    /// A review of a desk.
    FIND_REVIEW = concat!("SELECT ", columns!(), " FROM reviews
        WHERE id = $1 AND inbox = $2 AND (CAST($3 AS TEXT) IS NULL OR school_id = $3)
            AND (CAST($4 AS TEXT) IS NULL OR company_id = $4)");
    /// Decides an open review of a desk, if nobody was quicker.
    DECIDE_REVIEW = concat!("UPDATE reviews SET state = $3, decided_by = $4, decided_ms = $5,
            reason = $6, version = version + 1
        WHERE id = $1 AND version = $2 AND state = 'open' RETURNING ", columns!());
    /// Remembers the first of two approvals.
    APPROVE_FIRST = concat!("UPDATE reviews SET first_by = $3, version = version + 1
        WHERE id = $1 AND version = $2 AND state = 'open' AND first_by IS NULL
        RETURNING ", columns!());
    /// Gives an open review of a desk to somebody, or to nobody.
    ASSIGN_REVIEW = concat!("UPDATE reviews SET assignee_id = $3, version = version + 1
        WHERE id = $1 AND version = $2 AND state = 'open' RETURNING ", columns!());
    /// The running review of a thing, returned or open.
    FIND_RUNNING = concat!("SELECT ", columns!(), " FROM reviews
        WHERE kind = $1 AND subject_id = $2 AND state IN ('open', 'returned')");
    /// Puts a returned review back on the desk, with a fresh clock and unseen by anyone.
    RESUBMIT_REVIEW = "UPDATE reviews SET state = 'open', submitted_ms = $3, due_ms = $4,
            due_estimated = $5, flags = $6, title = $7, first_by = NULL, decided_by = NULL,
            decided_ms = NULL, escalated_ms = NULL, reason = '', version = version + 1
        WHERE kind = $1 AND subject_id = $2 AND state = 'returned' RETURNING id";
    /// Takes a running review back.
    WITHDRAW_REVIEW = "UPDATE reviews SET state = 'withdrawn', decided_ms = $3,
            version = version + 1
        WHERE kind = $1 AND subject_id = $2 AND state IN ('open', 'returned') RETURNING id";
    /// Adds to a review's timeline.
    ADD_REVIEW_EVENT = "INSERT INTO review_events (id, review_id, at_ms, actor_id, event, reason)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// Who sits at a desk.
    LIST_DESK = "SELECT a.id, a.real_name AS name FROM accounts a
        WHERE a.status = 'active' AND (
            ($1 = 'platform' AND EXISTS (SELECT 1 FROM platform_staff p
                WHERE p.account_id = a.id AND p.role = 'review'))
            OR ($1 = 'school' AND EXISTS (SELECT 1 FROM school_staff s
                WHERE s.account_id = a.id AND s.school_id = $2 AND s.role = 'school'
                    AND s.status = 'active'))
            OR ($1 = 'company' AND EXISTS (SELECT 1 FROM company_members m
                WHERE m.account_id = a.id AND m.company_id = $3 AND m.role = 'admin'
                    AND m.status = 'approved')))
        ORDER BY a.real_name, a.id LIMIT 200";
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
    /// When people were last told that it is overdue.
    pub escalated_ms: Option<i64>,
    /// Who approved first, where two have to.
    pub first_by: Option<AccountId>,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_ms: Option<i64>,
    /// Why it was returned or refused.
    pub reason: String,
    /// Counts changes: two reviewers at once, and the second is told.
    pub version: i64,
}

impl Review {
    /// Where it stands, for the rules.
    pub fn standing(&self) -> Standing {
        match self.state {
            State::Open => Standing::Open {
                first_by: self.first_by,
                clock: Clock {
                    submitted_ms: self.submitted_ms,
                    due_ms: self.due_ms,
                },
            },
            State::Returned => Standing::Returned,
            State::Approved => Standing::Approved,
            State::Rejected => Standing::Rejected,
            State::Withdrawn => Standing::Withdrawn,
        }
    }

    /// Whose desk it lies on.
    pub fn desk(&self) -> Desk {
        match (self.inbox.as_str(), self.school_id, self.company_id) {
            ("school", Some(school), _) => Inbox::School(school),
            ("company", _, Some(company)) => Inbox::Company(company),
            _ => Inbox::Platform,
        }
    }

    /// When it is due.
    pub fn due(&self) -> calendar::Due {
        calendar::Due {
            at_ms: self.due_ms,
            estimated: self.due_estimated,
        }
    }
}

/// Someone at a desk.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Colleague {
    /// The account.
    pub id: AccountId,
    /// Real name.
    pub name: String,
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

/// What the second of two approvals by one person is answered with.
const OTHER_REVIEWER: &str = "管理员申请须由两位审核员先后通过，请由另一位审核员复核";
/// What a delegation to someone who does not sit there is answered with.
const NOT_AT_THIS_DESK: &str = "只能转交给本处的审核人员";

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
    note(tx, id, Some(new.by), ("submitted", ""), now_ms).await?;
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
    note(tx, id, Some(new.by), ("resubmitted", ""), now_ms).await?;
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
    note(tx, id, Some(by), ("withdrawn", ""), now_ms).await?;
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

/// A review of a desk, inside a transaction.
async fn find_in(tx: &mut Tx, id: ReviewId, desk: Desk) -> Result<Option<Review>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(FIND_REVIEW)
        .bind(id)
        .bind(desk.as_str())
        .bind(desk.school())
        .bind(desk.company())
        .fetch_optional(c).await)
}

/// An open review of a desk as the page saw it.
async fn seen(
    tx: &mut Tx,
    (id, version): (ReviewId, i64),
    desk: Desk,
) -> Result<Review, DecideError> {
    let review = find_in(tx, id, desk).await?.ok_or(DecideError::NotFound)?;
    if review.version == version && review.state == State::Open {
        Ok(review)
    } else {
        Err(DecideError::Changed)
    }
}

/// A reviewer's decision with everything that follows from it, in `tx`. `version` is that of the
/// page on which he decided. Where two have to approve, the first approval leaves the review open
/// and is in [`Review::first_by`].
///
/// # Errors
/// See [`DecideError`]; `tx` must then be rolled back.
pub async fn decide(
    tx: &mut Tx,
    page: (ReviewId, i64),
    desk: Desk,
    by: AccountId,
    decision: &Decision,
    now_ms: i64,
) -> Result<Review, DecideError> {
    let review = seen(tx, page, desk).await?;
    let event = match decision {
        Decision::Approve => Event::Approve {
            by,
            eyes: review.kind.eyes(),
        },
        Decision::Return { .. } => Event::Return,
        Decision::Reject { .. } => Event::Reject,
    };
    match review.standing().on(event, now_ms) {
        Ok((_, Command::RememberFirst)) => approve_first(tx, page, by, now_ms).await,
        Ok((_, Command::CarryOut)) => carry_out(tx, page, by, decision, now_ms).await,
        Ok((_, Command::StartClock | Command::Close)) => Err(DecideError::Changed),
        Err(Refused::SameReviewer) => Err(DecideError::Refused(OTHER_REVIEWER)),
        Err(Refused::NotOpen | Refused::NotReturned | Refused::Over | Refused::DueInThePast) => {
            Err(DecideError::Changed)
        }
    }
}

async fn approve_first(
    tx: &mut Tx,
    (id, version): (ReviewId, i64),
    by: AccountId,
    now_ms: i64,
) -> Result<Review, DecideError> {
    let row: Option<Review> = on_db!(tx, c => sqlx::query_as(APPROVE_FIRST)
        .bind(id).bind(version).bind(by).fetch_optional(c).await)?;
    let review = row.ok_or(DecideError::Changed)?;
    note(tx, id, Some(by), ("first_approved", ""), now_ms).await?;
    audit::Entry::by(by, "review.first_approve", "review", &id)
        .with(serde_json::json!({
            "kind": review.kind.as_str(),
            "subject": review.subject_id,
        }))
        .write_in(tx, now_ms)
        .await?;
    Ok(review)
}

async fn carry_out(
    tx: &mut Tx,
    (id, version): (ReviewId, i64),
    by: AccountId,
    decision: &Decision,
    now_ms: i64,
) -> Result<Review, DecideError> {
    let row: Option<Review> = on_db!(tx, c => sqlx::query_as(DECIDE_REVIEW)
        .bind(id)
        .bind(version)
        .bind(decision.state())
        .bind(by)
        .bind(now_ms)
        .bind(decision.reason())
        .fetch_optional(c).await)?;
    let review = row.ok_or(DecideError::Changed)?;
    let what = (review.state.as_str(), decision.reason());
    note(tx, id, Some(by), what, now_ms).await?;
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

/// Takes an open review, hands it to a colleague at the same desk, or (`None`) puts it back for
/// all.
///
/// # Errors
/// See [`DecideError`]; refused if `to` does not sit at this desk.
pub async fn assign(
    tx: &mut Tx,
    page: (ReviewId, i64),
    desk: Desk,
    by: AccountId,
    to: Option<AccountId>,
    now_ms: i64,
) -> Result<Review, DecideError> {
    seen(tx, page, desk).await?;
    if let Some(to) = to {
        let there = people_in(tx, desk).await?;
        if !there.iter().any(|one| one.id == to) {
            return Err(DecideError::Refused(NOT_AT_THIS_DESK));
        }
    }
    let (id, version) = page;
    let row: Option<Review> = on_db!(tx, c => sqlx::query_as(ASSIGN_REVIEW)
        .bind(id).bind(version).bind(to).fetch_optional(c).await)?;
    let review = row.ok_or(DecideError::Changed)?;
    note(tx, id, Some(by), ("assigned", ""), now_ms).await?;
    audit::Entry::by(by, "review.assign", "review", &id)
        .with(serde_json::json!({ "to": to }))
        .write_in(tx, now_ms)
        .await?;
    Ok(review)
}

/// Who sits at a desk, inside a transaction.
pub(super) async fn people_in(tx: &mut Tx, desk: Desk) -> Result<Vec<Colleague>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(LIST_DESK)
        .bind(desk.as_str()).bind(desk.school()).bind(desk.company()).fetch_all(c).await)
}

/// Adds `what` (event and reason) to a review's timeline; no actor: the clock.
pub(super) async fn note(
    tx: &mut Tx,
    review: ReviewId,
    actor: Option<AccountId>,
    (event, reason): (&str, &str),
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
