//! Takes a confirmed roster in slices: a live fair must not wait for a list of 20,000 students.

use std::time::{Duration, Instant};

use base::db::Db;
use serde_json::json;

use super::store::{self, Done, Import};
use crate::audit;
use crate::ids::RosterImportId;
use crate::schools;
use crate::state::AppState;
use crate::students::StudentMetrics;

/// A slice ends after this long, so that with its commit it stays below 20 ms.
const SLICE: Duration = Duration::from_millis(8);
/// A slice ends after so many rows, however fast they are.
const SLICE_ROWS: usize = 100;

/// What a slice came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slice {
    /// There is more.
    More,
    /// Everything is taken, or there is nothing to take.
    Over,
    /// Another task takes this import.
    NotOurs,
}

/// Takes the import to its end. What a crash interrupts is taken up where it stood, once someone
/// confirms again.
pub async fn run(state: AppState, import: RosterImportId) {
    loop {
        match slice(&state.db, &state.students, import, state.now_ms()).await {
            Ok(Slice::More) => tokio::task::yield_now().await,
            Ok(Slice::Over) => return,
            Ok(Slice::NotOurs) => {
                tracing::info!(%import, "another task takes this roster");
                return;
            }
            Err(error) => {
                tracing::error!(%import, %error, "a slice of a roster was not taken");
                return;
            }
        }
    }
}

/// Takes one slice.
///
/// # Errors
/// The database failed; nothing of the slice is taken.
pub async fn slice(
    db: &Db,
    metrics: &StudentMetrics,
    import: RosterImportId,
    now_ms: i64,
) -> Result<Slice, sqlx::Error> {
    let Some(progress) = store::progress(db, import).await? else {
        return Ok(Slice::Over);
    };
    let Some((first, rows)) = store::part(db, import, progress.taken).await? else {
        return Ok(Slice::Over);
    };
    let skip = usize::try_from(progress.taken - first).unwrap_or(0);
    let began = Instant::now();
    let mut tx = db.begin().await?;
    schools::store::lock(&mut tx, progress.school_id).await?;
    let (mut taken, mut added, mut changed) = (0_i64, 0_i64, 0_i64);
    let locked = Instant::now();
    for row in rows.iter().skip(skip).take(SLICE_ROWS) {
        match store::take(&mut tx, progress.school_id, row, now_ms).await? {
            Done::Added => added += 1,
            Done::Changed => changed += 1,
            Done::Nothing => {}
        }
        taken += 1;
        if locked.elapsed() >= SLICE {
            break;
        }
    }
    let ours = (import, progress.taken);
    if !store::advance(&mut tx, ours, (taken, added, changed)).await? {
        return Ok(Slice::NotOurs);
    }
    let over = progress.taken + taken >= progress.to_take;
    if over {
        store::finish(&mut tx, import, now_ms).await?;
        done(
            &progress,
            progress.added + added,
            progress.changed + changed,
        )
        .write_in(&mut tx, now_ms)
        .await?;
    }
    tx.commit().await?;
    metrics.slice_seconds.observe(began.elapsed().as_secs_f64());
    let count = |outcome: &str, rows: i64| {
        let rows = u64::try_from(rows).unwrap_or(0);
        metrics.rows.with_label_values(&[outcome]).inc_by(rows);
    };
    count("added", added);
    count("changed", changed);
    Ok(if over { Slice::Over } else { Slice::More })
}

fn done(import: &Import, added: i64, changed: i64) -> audit::Entry {
    audit::Entry::by(
        import.account_id,
        "roster.done",
        "roster_import",
        &import.id,
    )
    .with(json!({ "school": import.school_id, "added": added, "changed": changed }))
}
