//! What is no longer needed goes on schedule (C3, C5, D5): consents of companies, what they noted,
//! deleted jobs, and the interview records of wiped accounts.

use std::time::Duration;

use base::db::{Db, Tx, on_db};
use base::shutdown::Shutdown;

use super::{PrivacyMetrics, consents, rules};
use crate::audit;
use crate::config::PrivacyConfig;
use crate::ids::AccountId;
use crate::state::AppState;

/// How often it is purged.
const EVERY: Duration = Duration::from_secs(3600);
/// Rows of one slice; each is a transaction of its own, so that others get their turn.
const SLICE: i64 = 200;
/// Slices of one kind in one run; what is left waits for the next one.
const SLICES: u32 = 50;

base::queries! {
    /// Notes on interviews that are over by their age.
    PURGE_NOTES = "UPDATE call_notes SET body = '' WHERE body <> '' AND updated_ms < $1
        AND call_id IN (SELECT call_id FROM call_notes WHERE body <> '' AND updated_ms < $1
            ORDER BY updated_ms, call_id LIMIT $2)";
    /// What stands beside results, likewise.
    PURGE_EVALUATIONS = "UPDATE evaluations SET note = ''
        WHERE call_id IN (SELECT call_id FROM evaluations WHERE note <> '' AND updated_ms < $1
            ORDER BY updated_ms, call_id LIMIT $2)";
    /// Places of deleted jobs at booths.
    PURGE_BOOTH_JOBS = "DELETE FROM registration_jobs WHERE job_id IN
        (SELECT id FROM jobs WHERE status = 'deleted' AND updated_ms < $1
            ORDER BY updated_ms, id LIMIT $2)";
    /// Jobs that were deleted long ago.
    PURGE_JOBS = "DELETE FROM jobs WHERE id IN
        (SELECT id FROM jobs WHERE status = 'deleted' AND updated_ms < $1
            ORDER BY updated_ms, id LIMIT $2)";
    /// An account that was wiped long ago.
    OLD_ERASURE = "SELECT account_id FROM erasures WHERE purged_ms IS NULL AND erased_ms < $1
        ORDER BY erased_ms, account_id LIMIT 1";
    /// Its record is gone.
    CLOSE_ERASURE = "UPDATE erasures SET purged_ms = $2
        WHERE account_id = $1 AND purged_ms IS NULL";
    /// Seats in its calls.
    DROP_CALL_SEATS = "DELETE FROM call_seats WHERE call_id IN
        (SELECT id FROM calls WHERE student_id = $1)";
    /// Events of its entries.
    DROP_EVENTS = "DELETE FROM live_events WHERE entry_id IN
        (SELECT id FROM queue_entries WHERE person_id = $1)";
    /// Its calls.
    DROP_CALLS = "DELETE FROM calls WHERE student_id = $1";
    /// Its entries.
    DROP_ENTRIES = "DELETE FROM queue_entries WHERE person_id = $1";
    /// The live fairs' copies.
    DROP_PERSON = "DELETE FROM live_persons WHERE person_id = $1";
    /// Notes about it.
    DROP_NOTES = "DELETE FROM call_notes WHERE student_id = $1";
    /// Its results.
    DROP_EVALUATIONS = "DELETE FROM evaluations WHERE student_id = $1";
    /// Its feedback.
    DROP_FEEDBACK = "DELETE FROM call_feedback WHERE student_id = $1";
    /// Fairs that it was admitted to.
    DROP_ADMISSIONS = "DELETE FROM fair_admissions WHERE student_id = $1";
    /// Its consents.
    DROP_CONSENTS = "DELETE FROM consents WHERE account_id = $1";
    /// Its messages outside the site.
    DROP_SENDS = "DELETE FROM notification_sends WHERE notification_id IN
        (SELECT id FROM notifications WHERE account_id = $1)";
    /// Its messages.
    DROP_MESSAGES = "DELETE FROM notifications WHERE account_id = $1";
}

/// Statements that take a wiped account's record away, in the order of their references.
const SKELETON: [&str; 12] = [
    DROP_CALL_SEATS,
    DROP_EVENTS,
    DROP_CALLS,
    DROP_ENTRIES,
    DROP_PERSON,
    DROP_NOTES,
    DROP_EVALUATIONS,
    DROP_FEEDBACK,
    DROP_ADMISSIONS,
    DROP_CONSENTS,
    DROP_SENDS,
    DROP_MESSAGES,
];

/// What is purged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Consents,
    Notes,
    Evaluations,
    Jobs,
    Skeletons,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Consents,
        Self::Notes,
        Self::Evaluations,
        Self::Jobs,
        Self::Skeletons,
    ];

    /// Its label in figures.
    fn label(self) -> &'static str {
        match self {
            Self::Consents => "consents",
            Self::Notes => "notes",
            Self::Evaluations => "evaluations",
            Self::Jobs => "jobs",
            Self::Skeletons => "skeletons",
        }
    }

    /// Rows after which another slice may follow.
    fn slice(self) -> u64 {
        match self {
            Self::Skeletons => 1,
            _ => SLICE.unsigned_abs(),
        }
    }
}

/// Purges now and then until the end.
pub async fn keep_purging(state: AppState, shutdown: Shutdown) {
    loop {
        let (config, metrics) = (&state.config.privacy, &state.privacy);
        if let Err(error) = purge(&state.db, config, metrics, state.now_ms()).await {
            tracing::error!(%error, "personal data could not be purged");
        }
        tokio::select! {
            () = shutdown.triggered() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Purges what is due, in slices; says how many rows went.
///
/// # Errors
/// The database failed; what went before that stays gone.
pub async fn purge(
    db: &Db,
    config: &PrivacyConfig,
    metrics: &PrivacyMetrics,
    now_ms: i64,
) -> Result<u64, sqlx::Error> {
    let mut all = 0;
    for kind in Kind::ALL {
        let mut rows = 0;
        for slice in 1.. {
            let done = one_slice(db, config, kind, now_ms).await?;
            rows += done;
            if done < kind.slice() {
                break;
            }
            if slice == SLICES {
                metrics.purge_full.inc();
                break;
            }
        }
        let counter = &metrics.purged;
        counter.with_label_values(&[kind.label()]).inc_by(rows);
        if kind == Kind::Consents {
            let counter = &metrics.consents;
            counter.with_label_values(&["expired"]).inc_by(rows);
        }
        all += rows;
    }
    Ok(all)
}

async fn one_slice(
    db: &Db,
    config: &PrivacyConfig,
    kind: Kind,
    now_ms: i64,
) -> Result<u64, sqlx::Error> {
    let months = match kind {
        Kind::Consents | Kind::Notes | Kind::Evaluations => config.resume_months,
        Kind::Jobs => config.job_months,
        Kind::Skeletons => config.skeleton_months,
    };
    let before_ms = rules::months_before(now_ms, months);
    let mut tx = db.begin().await?;
    let rows = match kind {
        Kind::Consents => consents::expire(&mut tx, before_ms, now_ms, SLICE).await?,
        Kind::Notes => run(&mut tx, PURGE_NOTES, before_ms).await?,
        Kind::Evaluations => run(&mut tx, PURGE_EVALUATIONS, before_ms).await?,
        Kind::Jobs => {
            run(&mut tx, PURGE_BOOTH_JOBS, before_ms).await?;
            run(&mut tx, PURGE_JOBS, before_ms).await?
        }
        Kind::Skeletons => skeleton(&mut tx, before_ms, now_ms).await?,
    };
    if rows > 0 {
        audit::Entry::system("retention.purge", "retention", &kind.label())
            .with(serde_json::json!({ "rows": rows, "before_ms": before_ms }))
            .write_in(&mut tx, now_ms)
            .await?;
    }
    tx.commit().await?;
    Ok(rows)
}

async fn run(tx: &mut Tx, query: &'static str, before_ms: i64) -> Result<u64, sqlx::Error> {
    on_db!(tx, c => sqlx::query(query)
        .bind(before_ms).bind(SLICE).execute(c).await.map(|done| done.rows_affected()))
}

/// Takes the record of one account away.
async fn skeleton(tx: &mut Tx, before_ms: i64, now_ms: i64) -> Result<u64, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(OLD_ERASURE)
        .bind(before_ms).fetch_optional(c).await)?;
    let Some((account,)) = row else { return Ok(0) };
    for query in SKELETON {
        on_db!(tx, c => sqlx::query(query).bind(account).execute(c).await.map(drop))?;
    }
    on_db!(tx, c => sqlx::query(CLOSE_ERASURE)
        .bind(account).bind(now_ms).execute(c).await.map(|done| done.rows_affected()))
}
