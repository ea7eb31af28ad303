//! Can the database store? Asked by writing, since one that is full or read only answers every
//! question.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::{Db, Trouble, on_db, trouble};

/// The one row that readiness writes.
const BEAT: &str = "INSERT INTO heartbeats (id, beats) VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET beats = heartbeats.beats + 1";

/// An answer is good for so long: whoever asks more often is told the same.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// Whoever asks is answered within this time.
const PATIENCE: Duration = Duration::from_millis(1_800);

/// The last answer. Its lock lets one write at a time; the others wait for what it brings.
#[derive(Debug, Default)]
pub(super) struct Probe(Mutex<Option<(Instant, Result<(), Unwritable>)>>);

/// The database cannot store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Unwritable {
    /// Why, by kind.
    pub trouble: Trouble,
    /// Why, in the database's words.
    text: String,
}

impl Db {
    /// Writes a trifle, unless that was done a moment ago. It goes before other writes: the answer
    /// is about the database, not about those who wait for it.
    ///
    /// # Errors
    /// Nothing can be stored at the moment.
    pub async fn check_writable(&self) -> Result<(), Unwritable> {
        let asking = async {
            let mut last = self.shared.probe.0.lock().await;
            if let Some((at, answer)) = &*last
                && at.elapsed() < GOOD_FOR
            {
                return answer.clone();
            }
            let answer = self.beat().await;
            *last = Some((Instant::now(), answer.clone()));
            answer
        };
        let answer = tokio::time::timeout(PATIENCE, asking)
            .await
            .unwrap_or_else(|_| {
                Err(Unwritable {
                    trouble: Trouble::Busy,
                    text: "no answer in time".to_owned(),
                })
            });
        self.shared.metrics.writable.set(i64::from(answer.is_ok()));
        answer
    }

    async fn beat(&self) -> Result<(), Unwritable> {
        let beaten = async {
            let mut tx = self.for_live().begin().await?;
            on_db!(tx, c => sqlx::query(BEAT).execute(c).await.map(drop))?;
            tx.commit().await
        };
        beaten.await.map_err(|error| Unwritable {
            trouble: trouble(&error),
            text: error.to_string(),
        })
    }
}
