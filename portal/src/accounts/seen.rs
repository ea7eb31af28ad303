//! When people were seen last, kept in memory and written together every few seconds.
//!
//! With each request of somebody who was quiet for a minute his session is to be touched. Written
//! in the request, that is a sync of the disk for each of thousands who come back at one moment,
//! and a page that is only read could not be shown while the disk is full. What a crash takes away
//! is a few seconds of not having been idle.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::db::{Db, on_db};
use base::shutdown::Shutdown;
use prometheus::{IntCounter, Registry};

use crate::state::AppState;

/// How often what gathered is written.
const WRITE_EVERY: Duration = Duration::from_secs(5);
/// Sessions that are touched in one transaction: some 10 ms of work.
const SLICE: usize = 256;
/// Sessions that may wait to be written; more are forgotten until they come again.
const MOST: usize = 50_000;

base::queries! {
    /// Someone is still there.
    TOUCH_SESSION = "UPDATE sessions SET seen_ms = $2 WHERE token_hash = $1 AND seen_ms < $2";
}

/// Who was seen. Clones share it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Hash of a session's secret → when it was seen last, ms since 1970.
    waiting: Arc<Mutex<HashMap<String, i64>>>,
    forgotten: IntCounter,
}

impl Seen {
    /// Nobody was seen yet.
    ///
    /// # Errors
    /// Its figure is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let forgotten = IntCounter::new(
            "pinhui_sessions_seen_forgotten_total",
            "Sessions of which it was not noted that they were seen: too many wait to be written.",
        )?;
        registry.register(Box::new(forgotten.clone()))?;
        Ok(Self {
            waiting: Arc::default(),
            forgotten,
        })
    }

    /// Notes that a session was seen, if there is room for it.
    pub(super) fn note(&self, token_hash: &str, now_ms: i64) {
        let mut waiting = self.waiting();
        if let Some(seen_ms) = waiting.get_mut(token_hash) {
            *seen_ms = now_ms.max(*seen_ms);
        } else if waiting.len() < MOST {
            waiting.insert(token_hash.to_owned(), now_ms);
        } else {
            self.forgotten.inc();
        }
    }

    /// When a session was seen last, if that is not written yet, ms since 1970.
    pub(super) fn last(&self, token_hash: &str) -> Option<i64> {
        self.waiting().get(token_hash).copied()
    }

    /// Writes what has gathered.
    ///
    /// # Errors
    /// The database failed. What is not written waits for the next time.
    pub async fn write(&self, db: &Db) -> Result<(), sqlx::Error> {
        loop {
            let slice: Vec<(String, i64)> = {
                let waiting = self.waiting();
                let some = waiting.iter().take(SLICE);
                some.map(|(hash, seen_ms)| (hash.clone(), *seen_ms))
                    .collect()
            };
            if slice.is_empty() {
                return Ok(());
            }
            let mut tx = db.begin().await?;
            for (token_hash, seen_ms) in &slice {
                on_db!(tx, c => sqlx::query(TOUCH_SESSION)
                    .bind(token_hash).bind(seen_ms).execute(c).await.map(drop))?;
            }
            tx.commit().await?;
            let mut waiting = self.waiting();
            for (token_hash, seen_ms) in slice {
                // Who was seen once more meanwhile waits for the next slice.
                if waiting.get(&token_hash) == Some(&seen_ms) {
                    waiting.remove(&token_hash);
                }
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, i64>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes every few seconds, and once more at the end.
pub async fn keep_writing(state: AppState, shutdown: Shutdown) {
    loop {
        tokio::select! {
            // Who is seen until the last page ends is written then.
            () = shutdown.triggered() => return,
            () = tokio::time::sleep(WRITE_EVERY) => {}
        }
        if let Err(error) = state.seen.write(&state.db).await {
            tracing::warn!(%error, "who was seen is not written yet");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::db::testing;

    #[tokio::test]
    async fn those_who_are_seen_at_one_moment_share_commits() {
        let test = testing::sqlite().await;
        let registry = Registry::new();
        test.db.register(&registry).unwrap();
        let seen = Seen::new(&registry).unwrap();
        for n in 0..1_000 {
            seen.note(&format!("hash-{n}"), n);
        }
        seen.note("hash-1", 5_000);
        assert_eq!(seen.last("hash-1"), Some(5_000));
        seen.write(&test.db).await.unwrap();
        assert_eq!(seen.last("hash-1"), None);
        let commits: f64 = registry
            .gather()
            .iter()
            .filter(|family| family.name() == "pinhui_db_commits_total")
            .flat_map(|family| family.get_metric())
            .map(|metric| metric.get_counter().get_value())
            .sum();
        assert_eq!(commits, 4.0);
    }

    #[tokio::test]
    async fn what_could_not_be_written_waits() {
        let test = testing::sqlite().await;
        let seen = Seen::new(&Registry::new()).unwrap();
        seen.note("hash", 7);
        test.db.close().await;
        seen.write(&test.db).await.unwrap_err();
        assert_eq!(seen.last("hash"), Some(7));
    }
}
