//! What a server stored, read from its database file by other means than its own.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// A stored evaluation with its note.
#[derive(Debug, sqlx::FromRow)]
pub struct Evaluation {
    /// pass, undecided, fail.
    pub outcome: String,
    /// The interviewer's note.
    pub note: String,
}

/// A stored call.
#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Call {
    /// Its id.
    pub id: String,
    /// Planned length, ms.
    pub length_ms: i64,
    /// Ended, ms since 1970.
    pub ended_ms: Option<i64>,
}

/// All calls in the database below `folder`, the oldest first.
///
/// # Errors
/// When it cannot be read.
pub async fn calls(folder: &Path) -> Result<Vec<Call>> {
    let pool = open(folder).await?;
    let found = sqlx::query_as("SELECT id, length_ms, ended_ms FROM calls ORDER BY started_ms")
        .fetch_all(&pool)
        .await?;
    pool.close().await;
    Ok(found)
}

async fn open(folder: &Path) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("data/pinhui.db"))
        .read_only(true);
    let pool = SqlitePoolOptions::new().max_connections(1);
    Ok(pool.connect_with(options).await?)
}

/// The one evaluation in the database below `folder`.
///
/// # Errors
/// When there is none.
pub async fn evaluation(folder: &Path) -> Result<Evaluation> {
    let pool = open(folder).await?;
    let found = sqlx::query_as(
        "SELECT e.outcome, n.body AS note FROM evaluations e JOIN call_notes n ON n.call_id = e.call_id",
    )
    .fetch_one(&pool)
    .await?;
    pool.close().await;
    Ok(found)
}

/// How many interviews the database below `folder` has: those that run, and those that are over.
///
/// # Errors
/// When it cannot be read.
pub async fn running_and_over(folder: &Path) -> Result<(usize, usize)> {
    let calls = calls(folder).await?;
    let over = calls.iter().filter(|call| call.ended_ms.is_some()).count();
    Ok((calls.len() - over, over))
}

/// Ids of all entries in the database below `folder`.
///
/// # Errors
/// When it cannot be read.
pub async fn entries(folder: &Path) -> Result<BTreeSet<String>> {
    let pool = open(folder).await?;
    let found: Vec<(String,)> = sqlx::query_as("SELECT id FROM queue_entries")
        .fetch_all(&pool)
        .await?;
    pool.close().await;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// How many students agreed, in the database below `folder`, that companies of a fair read their
/// résumés.
///
/// # Errors
/// When it cannot be read.
pub async fn consents(folder: &Path) -> Result<usize> {
    let pool = open(folder).await?;
    let (found,): (i64,) =
        sqlx::query_as("SELECT COUNT(DISTINCT account_id) FROM consents WHERE purpose = 'fair'")
            .fetch_one(&pool)
            .await?;
    pool.close().await;
    Ok(usize::try_from(found)?)
}
