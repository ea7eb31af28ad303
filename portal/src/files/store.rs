//! SQL of files.

use base::db::{Tx, on_db};

use super::rules::{FileRef, Purpose};
use crate::ids::FileId;

base::queries! {
    /// Makes a loose upload part of a thing. Naming the same upload for the same thing again
    /// changes nothing.
    ATTACH_FILE = "UPDATE files SET state = 'attached', subject_kind = $3, subject_id = $4,
            changed_ms = $5
        WHERE id = $1 AND purpose = $2 AND (state = 'loose'
            OR (state = 'attached' AND subject_kind = $3 AND subject_id = $4))
        RETURNING id";
}

/// Makes an upload part of a thing. `None`: it is gone, or part of something else.
///
/// # Errors
/// The database failed.
pub async fn attach(
    tx: &mut Tx,
    file: FileRef,
    purpose: Purpose,
    (subject_kind, subject_id): (&str, &str),
    now_ms: i64,
) -> Result<Option<FileId>, sqlx::Error> {
    let row: Option<(FileId,)> = on_db!(tx, c => sqlx::query_as(ATTACH_FILE)
        .bind(file.id())
        .bind(purpose)
        .bind(subject_kind)
        .bind(subject_id)
        .bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.map(|(id,)| id))
}
