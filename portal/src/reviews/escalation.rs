//! Overdue reviews: people are told once a day (N28).
//!
//! Told are whoever took the review, else everyone at its desk; and the supervisor: the
//! platform's operations staff for the platform's desk, the whole office for a school's, the
//! administrator for a company's.

use std::collections::BTreeSet;
use std::time::Duration;

use base::db::{Db, Tx, on_db};
use base::shutdown::Shutdown;
use formats::beijing;

use super::lists;
use super::rules::Inbox;
use super::store::{self, Review};
use crate::complaints;
use crate::dictionaries::calendar;
use crate::ids::{AccountId, ReviewId};
use crate::notifications::{self, Event, Notice};
use crate::state::AppState;

/// How often overdue reviews are looked for.
const LOOK: Duration = Duration::from_secs(60);
/// Reviews that one look takes; the rest waits for the next.
const SLICE: i64 = 200;

base::queries! {
    /// Overdue reviews of which nobody was told since a moment.
    LIST_OVERDUE = "SELECT id FROM reviews
        WHERE state = 'open' AND due_ms < $1 AND (escalated_ms IS NULL OR escalated_ms < $2)
        ORDER BY due_ms, id LIMIT $3";
    /// Marks one as told of, unless another server was quicker.
    MARK_ESCALATED = "UPDATE reviews SET escalated_ms = $2
        WHERE id = $1 AND state = 'open' AND due_ms < $2
            AND (escalated_ms IS NULL OR escalated_ms < $3)
        RETURNING id, kind, subject_id, inbox, school_id, company_id, title, flags, submitted_by,
            submitted_ms, due_ms, due_estimated, state, assignee_id, escalated_ms, first_by,
            decided_by, decided_ms, reason, version";
    /// The platform's operations staff.
    LIST_OPERATIONS = "SELECT p.account_id FROM platform_staff p
        JOIN accounts a ON a.id = p.account_id AND a.status = 'active'
        WHERE p.role = 'operations' ORDER BY p.account_id LIMIT 200";
}

/// Looks for overdue reviews until the end; keeps the figures fresh.
pub async fn keep_escalating(state: AppState, shutdown: Shutdown) {
    loop {
        if let Err(error) = run_once(&state).await {
            tracing::error!(error = %error, "overdue reviews could not be looked for");
        }
        tokio::select! {
            () = shutdown.triggered() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// One look, at complaints as well. Returns of how many reviews people were told.
///
/// # Errors
/// The database failed.
pub async fn run_once(state: &AppState) -> Result<usize, sqlx::Error> {
    let now_ms = state.now_ms();
    complaints::escalation::escalate(&state.db, now_ms).await?;
    let told = escalate(&state.db, now_ms).await?;
    for _ in 0..told {
        state.reviews.escalated();
    }
    let open = lists::monitor_open(&state.db, now_ms).await?;
    state.reviews.show(&open, now_ms);
    Ok(told)
}

/// Tells of each overdue review once a day (Beijing). Each is a transaction of its own, and one
/// that fails keeps no other back.
///
/// # Errors
/// The database failed.
pub async fn escalate(db: &Db, now_ms: i64) -> Result<usize, sqlx::Error> {
    let today_ms = beijing::ms_at(beijing::date_at(now_ms), 0);
    let overdue: Vec<(ReviewId,)> = on_db!(db, c => sqlx::query_as(LIST_OVERDUE)
        .bind(now_ms).bind(today_ms).bind(SLICE).fetch_all(c).await)?;
    let mut told = 0;
    for (id,) in overdue {
        match escalate_one(db, id, (now_ms, today_ms)).await {
            Ok(done) => told += usize::from(done),
            Err(error) => tracing::error!(%error, review = %id, "a review could not be escalated"),
        }
    }
    Ok(told)
}

/// Tells of one, unless someone else just did.
async fn escalate_one(
    db: &Db,
    id: ReviewId,
    (now_ms, today_ms): (i64, i64),
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let marked: Option<Review> = on_db!(tx, c => sqlx::query_as(MARK_ESCALATED)
        .bind(id).bind(now_ms).bind(today_ms).fetch_optional(c).await)?;
    let Some(review) = marked else {
        return Ok(false);
    };
    tell(&mut tx, &review, now_ms).await?;
    tx.commit().await?;
    tracing::info!(review = %id, kind = %review.kind, "overdue review escalated");
    Ok(true)
}

async fn tell(tx: &mut Tx, review: &Review, now_ms: i64) -> Result<(), sqlx::Error> {
    store::note(tx, review.id, None, ("escalated", ""), now_ms).await?;
    let day = beijing::iso(beijing::date_at(now_ms));
    let due = calendar::zh(review.due());
    for (account, link) in readers(tx, review).await? {
        let notice = Notice {
            event: Event::ReviewOverdue,
            to: account,
            args: serde_json::json!({ "title": review.title, "due": due }),
            link,
            dedupe: Some(format!("N28:{}:{day}:{account}", review.id)),
        };
        notifications::enqueue(tx, &notice, now_ms).await?;
    }
    Ok(())
}

/// Who is told, each once, with the page that it leads to.
async fn readers(tx: &mut Tx, review: &Review) -> Result<Vec<(AccountId, String)>, sqlx::Error> {
    let inbox = review.desk();
    let everyone = store::people_in(tx, inbox).await?;
    let everyone = everyone.into_iter().map(|one| one.id);
    let (own, page): (BTreeSet<AccountId>, String) = match inbox {
        Inbox::Platform => (
            review
                .assignee_id
                .map_or_else(|| everyone.collect(), |one| BTreeSet::from([one])),
            format!("/platform/reviews/{}", review.id),
        ),
        Inbox::School(_) => (everyone.collect(), format!("/school/reviews/{}", review.id)),
        Inbox::Company(_) => (everyone.collect(), "/company/members".to_owned()),
    };
    let mut readers: Vec<_> = own.iter().map(|one| (*one, page.clone())).collect();
    if inbox == Inbox::Platform {
        let above: Vec<(AccountId,)> =
            on_db!(tx, c => sqlx::query_as(LIST_OPERATIONS).fetch_all(c).await)?;
        let above = above.into_iter().map(|(id,)| id);
        readers.extend(
            above
                .filter(|id| !own.contains(id))
                .map(|id| (id, "/platform".to_owned())),
        );
    }
    Ok(readers)
}
