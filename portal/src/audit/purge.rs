//! How long rows are kept: at least the six months of 网络安全法 art. 21, and three years as
//! records of the service are; then they go, slice by slice.

use std::time::Duration;

use base::db::{Db, on_db};
use base::shutdown::Shutdown;

use crate::ids::AuditId;
use crate::state::AppState;

const DAY_MS: i64 = 86_400_000;
/// No row goes before this, ms.
pub const KEEP_AT_LEAST_MS: i64 = 183 * DAY_MS;
/// Rows go after this, ms.
pub const KEEP_MS: i64 = 3 * 366 * DAY_MS;
const _: () = assert!(KEEP_MS > KEEP_AT_LEAST_MS);
/// Rows that one statement removes.
const SLICE: i64 = 500;
/// Slices of one run; the rest waits for the next.
const SLICES: usize = 40;
/// How often.
const EVERY: Duration = Duration::from_secs(3600);

base::queries! {
    /// Removes a slice of what is older than a moment.
    PURGE_AUDIT = "DELETE FROM audit_log WHERE id IN
        (SELECT id FROM audit_log WHERE at_ms < $1 ORDER BY at_ms, id LIMIT $2) RETURNING id";
}

/// Purges until the end.
pub async fn keep_purging(state: AppState, shutdown: Shutdown) {
    loop {
        match run_once(&state.db, state.now_ms()).await {
            Ok(0) => {}
            Ok(rows) => {
                state.audit.purged.inc_by(rows);
                tracing::info!(rows, "old audit rows purged");
            }
            Err(error) => tracing::error!(error = %error, "audit rows could not be purged"),
        }
        tokio::select! {
            () = shutdown.triggered() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// One run. Returns how many rows went.
///
/// # Errors
/// The database failed.
pub async fn run_once(db: &Db, now_ms: i64) -> Result<u64, sqlx::Error> {
    let mut gone = 0;
    for _ in 0..SLICES {
        let rows: Vec<(AuditId,)> = on_db!(db.writer().await?, c => sqlx::query_as(PURGE_AUDIT)
            .bind(now_ms - KEEP_MS).bind(SLICE).fetch_all(c).await)?;
        gone += rows.len() as u64;
        if i64::try_from(rows.len()).unwrap_or(SLICE) < SLICE {
            break;
        }
    }
    Ok(gone)
}
