//! Sweeps uploads that nobody used and files that their things are done with.

use std::time::Duration;

use base::shutdown::Shutdown;

use super::store;
use crate::state::AppState;

/// How often it is swept.
const EVERY: Duration = Duration::from_secs(600);
/// Files of one slice. Slices follow one another until nothing is left that can be deleted.
const SLICE: i64 = 100;
const HOUR_MS: i64 = 3_600_000;

/// Sweeps now and then until the end.
pub async fn keep_sweeping(state: AppState, shutdown: Shutdown) {
    loop {
        if let Err(error) = sweep(&state).await {
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
pub async fn sweep(state: &AppState) -> anyhow::Result<u64> {
    let now_ms = state.now_ms();
    let swept = &state.files.metrics.swept;
    let before_ms = now_ms - i64::from(state.config.files.loose_hours) * HOUR_MS;
    loop {
        let dropped = store::drop_loose(&state.db, before_ms, now_ms, SLICE).await?;
        swept.with_label_values(&["loose"]).inc_by(dropped);
        if dropped < SLICE.unsigned_abs() {
            break;
        }
    }
    let mut gone = 0;
    loop {
        let slice = store::removed(&state.db, SLICE).await?;
        let before = gone;
        for (id, key) in &slice {
            if let Err(error) = state.files.store.delete(key).await {
                tracing::warn!(file = %id, %error, "an object could not be deleted");
                swept.with_label_values(&["failed"]).inc();
                continue;
            }
            store::delete(&state.db, *id).await?;
            swept.with_label_values(&["removed"]).inc();
            gone += 1;
        }
        if slice.len() < usize::try_from(SLICE)? || gone == before {
            return Ok(gone);
        }
    }
}
