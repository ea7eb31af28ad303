//! SQL of files.

use base::db::{Db, Text, Tx, on_db};
use outside::objects::ObjectKey;

use super::rules::{FileRef, Purpose};
use crate::ids::{AccountId, FileId};

base::queries! {
    /// An upload that begins: the row is there before the bytes.
    ADD_FILE = "INSERT INTO files (id, purpose, owner_id, name, mime, bytes, sha256, object_key,
            state, created_ms, changed_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'loose', $9, $9)";
    /// Makes a loose upload part of a thing. Naming the same upload for the same thing again
    /// changes nothing.
    ATTACH_FILE = "UPDATE files SET state = 'attached', subject_kind = $3, subject_id = $4,
            changed_ms = $5
        WHERE id = $1 AND purpose = $2 AND (state = 'loose'
            OR (state = 'attached' AND subject_kind = $3 AND subject_id = $4))
        RETURNING id";
    /// A file that is not removed.
    FIND_FILE = "SELECT id, purpose, owner_id, name, mime, bytes, object_key FROM files
        WHERE id = $1 AND state <> 'removed'";
    /// Its thing is done with it; the bytes go with the next sweep.
    REMOVE_FILE = "UPDATE files SET state = 'removed', changed_ms = $2
        WHERE id = $1 AND state <> 'removed'";
    /// What is part of a thing, of one purpose.
    ATTACHED_FILES = "SELECT id FROM files WHERE subject_kind = $1 AND subject_id = $2
            AND purpose = $3 AND state = 'attached' ORDER BY id";
    /// A slice of uploads that nobody made part of anything.
    DROP_LOOSE = "UPDATE files SET state = 'removed', changed_ms = $2 WHERE state = 'loose'
        AND id IN (SELECT id FROM files WHERE state = 'loose' AND changed_ms < $1
            ORDER BY changed_ms LIMIT $3)";
    /// A slice of what is to be swept.
    REMOVED_FILES = "SELECT id, object_key FROM files WHERE state = 'removed'
        ORDER BY changed_ms, id LIMIT $1";
    /// The row of an object that is gone.
    DELETE_FILE = "DELETE FROM files WHERE id = $1 AND state = 'removed'";
    /// What strangers uploaded and nobody has made part of anything.
    LOOSE_OF_STRANGERS = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM files
        WHERE state = 'loose' AND owner_id IS NULL";
    /// The same of one account.
    LOOSE_OF_ACCOUNT = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes,
            MIN(changed_ms) AS oldest_ms
        FROM files WHERE owner_id = $1 AND state = 'loose'";
    /// What someone uploaded.
    FILES_OF = "SELECT id, purpose, owner_id, name, mime, bytes, object_key FROM files
        WHERE owner_id = $1 AND state <> 'removed' ORDER BY created_ms, id LIMIT 500";
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// What it is for.
    pub purpose: Purpose,
    /// Who uploaded it; unset: someone who was registering.
    pub owner_id: Option<AccountId>,
    /// As the person's disk calls it.
    pub name: String,
    /// Type, by its content.
    pub mime: String,
    /// Bytes.
    pub bytes: i64,
    /// Where the bytes are.
    pub object_key: Text<ObjectKey>,
}

/// An upload that is complete on this machine and not yet kept.
#[derive(Debug, Clone)]
pub struct NewFile<'a> {
    /// The file, as it will be.
    pub file: &'a File,
    /// SHA-256, hexadecimal.
    pub sha256: &'a str,
}

/// Writes the row of an upload.
///
/// # Errors
/// The database failed.
pub async fn add(tx: &mut Tx, new: &NewFile<'_>, now_ms: i64) -> Result<(), sqlx::Error> {
    let file = new.file;
    on_db!(tx, c => sqlx::query(ADD_FILE)
        .bind(file.id)
        .bind(file.purpose)
        .bind(file.owner_id)
        .bind(&file.name)
        .bind(&file.mime)
        .bind(file.bytes)
        .bind(new.sha256)
        .bind(&file.object_key)
        .bind(now_ms)
        .execute(c).await.map(drop))
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

/// A file that is not removed. Who may see it is the caller's question.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, id: FileId) -> Result<Option<File>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_FILE).bind(id).fetch_optional(c).await)
}

/// Says that a thing is done with a file. Its links end at once, its bytes with the next sweep.
///
/// # Errors
/// The database failed.
pub async fn remove(tx: &mut Tx, id: FileId, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(REMOVE_FILE).bind(id).bind(now_ms).execute(c).await.map(drop))
}

/// Says which files of a purpose a thing has from now on: [`remove`]s its others.
///
/// # Errors
/// The database failed.
pub async fn keep_only(
    tx: &mut Tx,
    purpose: Purpose,
    (subject_kind, subject_id): (&str, &str),
    kept: &[FileId],
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let attached: Vec<(FileId,)> = on_db!(tx, c => sqlx::query_as(ATTACHED_FILES)
        .bind(subject_kind)
        .bind(subject_id)
        .bind(purpose)
        .fetch_all(c).await)?;
    for (id,) in attached {
        if !kept.contains(&id) {
            remove(tx, id, now_ms).await?;
        }
    }
    Ok(())
}

/// What someone uploaded, 500 at most.
///
/// # Errors
/// The database failed.
pub async fn of(db: &Db, owner: AccountId) -> Result<Vec<File>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FILES_OF).bind(owner).fetch_all(c).await)
}

/// What lies loose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loose {
    /// Bytes of all of it.
    pub bytes: u64,
    /// When the oldest of it came, ms since 1970.
    pub oldest_ms: Option<i64>,
}

/// Bytes that strangers have lying loose.
///
/// # Errors
/// The database failed.
pub async fn loose_of_strangers(db: &Db) -> Result<u64, sqlx::Error> {
    let (bytes,): (i64,) = on_db!(db, c => sqlx::query_as(LOOSE_OF_STRANGERS).fetch_one(c).await)?;
    Ok(bytes.unsigned_abs())
}

/// What an account has lying loose.
///
/// # Errors
/// The database failed.
pub async fn loose_of(db: &Db, owner: AccountId) -> Result<Loose, sqlx::Error> {
    let (bytes, oldest_ms): (i64, Option<i64>) =
        on_db!(db, c => sqlx::query_as(LOOSE_OF_ACCOUNT).bind(owner).fetch_one(c).await)?;
    Ok(Loose {
        bytes: bytes.unsigned_abs(),
        oldest_ms,
    })
}

/// Gives up to `slice` uploads up that have been loose since before `before_ms`; says how many.
///
/// # Errors
/// The database failed.
pub async fn drop_loose(
    db: &Db,
    before_ms: i64,
    now_ms: i64,
    slice: i64,
) -> Result<u64, sqlx::Error> {
    on_db!(db.writer().await?, c => sqlx::query(DROP_LOOSE)
        .bind(before_ms).bind(now_ms).bind(slice)
        .execute(c).await.map(|done| done.rows_affected()))
}

/// Up to `slice` files whose bytes are to go.
///
/// # Errors
/// The database failed.
pub async fn removed(db: &Db, slice: i64) -> Result<Vec<(FileId, ObjectKey)>, sqlx::Error> {
    let rows: Vec<(FileId, Text<ObjectKey>)> =
        on_db!(db, c => sqlx::query_as(REMOVED_FILES).bind(slice).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(id, key)| (id, key.0)).collect())
}

/// Deletes the row of a removed file.
///
/// # Errors
/// The database failed.
pub async fn delete(db: &Db, id: FileId) -> Result<(), sqlx::Error> {
    on_db!(db.writer().await?, c => sqlx::query(DELETE_FILE).bind(id).execute(c).await.map(drop))
}
