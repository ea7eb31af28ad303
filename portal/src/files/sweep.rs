//! Sweeps uploads that nobody used and files that their things are done with.

use std::time::Duration;

use base::db::Db;
use base::shutdown::Shutdown;

use super::{Files, store};
use crate::state::AppState;

/// How often it is swept.
const EVERY: Duration = Duration::from_secs(600);
/// Files of one slice. Slices follow one another until nothing is left that can be deleted.
const SLICE: i64 = 100;
const HOUR_MS: i64 = 3_600_000;

/// Sweeps now and then until the end.
pub async fn keep_sweeping(state: AppState, shutdown: Shutdown) {
    loop {
        let hours = state.config.files.loose_hours;
        if let Err(error) = sweep(&state.db, &state.files, hours, state.now_ms()).await {
            tracing::error!(error = format!("{error:#}"), "files could not be swept");
        }
        tokio::select! {
            () = shutdown.triggered() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Sweeps all there is to sweep; says how many files went.
///
/// # Errors
/// The database failed. An object that could not be deleted is tried again next time.
pub async fn sweep(db: &Db, files: &Files, loose_hours: u32, now_ms: i64) -> anyhow::Result<u64> {
    let swept = &files.metrics.swept;
    let before_ms = now_ms - i64::from(loose_hours) * HOUR_MS;
    loop {
        let dropped = store::drop_loose(db, before_ms, now_ms, SLICE).await?;
        swept.with_label_values(&["loose"]).inc_by(dropped);
        if dropped < SLICE.unsigned_abs() {
            break;
        }
    }
    files.loose.recount(db).await?;
    let mut gone = 0;
    loop {
        let slice = store::removed(db, SLICE).await?;
        let before = gone;
        for (id, key) in &slice {
            if let Err(error) = files.store.delete(key).await {
                tracing::warn!(file = %id, %error, "an object could not be deleted");
                swept.with_label_values(&["failed"]).inc();
                continue;
            }
            store::delete(db, *id).await?;
            swept.with_label_values(&["removed"]).inc();
            gone += 1;
        }
        if slice.len() < usize::try_from(SLICE)? || gone == before {
            return Ok(gone);
        }
    }
}
