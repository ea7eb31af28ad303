//! SQL of lists: what staff added or changed.

use base::db::{Db, Tx, on_db};

use super::{Entry, List};

base::queries! {
    /// What staff added to or changed of a list.
    LIST_CHANGED = "SELECT code, label, parent, ordinal, enabled FROM dictionary_entries
        WHERE list = $1 ORDER BY ordinal, code";
    /// One of these.
    FIND_CHANGED = "SELECT code, label, parent, ordinal, enabled FROM dictionary_entries
        WHERE list = $1 AND code = $2";
    /// Adds or changes an entry.
    SAVE_ENTRY = "INSERT INTO dictionary_entries
            (list, code, label, parent, ordinal, enabled, changed_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (list, code) DO UPDATE SET label = $3, parent = $4, ordinal = $5,
            enabled = $6, changed_ms = $7";
    /// Adds an entry whose code nobody added before.
    ADD_ENTRY = "INSERT INTO dictionary_entries
            (list, code, label, parent, ordinal, enabled, changed_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// How many entries staff added to or changed of each list.
    COUNT_CHANGED = "SELECT list, CAST(COUNT(*) AS BIGINT) AS n FROM dictionary_entries
        GROUP BY list ORDER BY list";
}

#[derive(sqlx::FromRow)]
struct Row {
    code: String,
    label: String,
    parent: String,
    ordinal: i64,
    enabled: bool,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            code: row.code,
            label: row.label,
            parent: row.parent,
            ordinal: row.ordinal,
            enabled: row.enabled,
            changed: true,
        }
    }
}

/// What staff added to or changed of a list.
///
/// # Errors
/// The database failed.
pub async fn changed(db: &Db, list: List) -> Result<Vec<Entry>, sqlx::Error> {
    let rows: Vec<Row> =
        on_db!(db, c => sqlx::query_as(LIST_CHANGED).bind(list).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// An entry that staff added or changed.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, list: List, code: &str) -> Result<Option<Entry>, sqlx::Error> {
    let row: Option<Row> = on_db!(db, c => sqlx::query_as(FIND_CHANGED)
        .bind(list).bind(code).fetch_optional(c).await)?;
    Ok(row.map(Entry::from))
}

/// How many entries staff added to or changed of each list that they touched.
///
/// # Errors
/// The database failed.
pub async fn counts(db: &Db) -> Result<Vec<(String, i64)>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(COUNT_CHANGED).fetch_all(c).await)
}

/// Adds or changes an entry.
///
/// # Errors
/// The database failed.
pub async fn save(tx: &mut Tx, list: List, entry: &Entry, now_ms: i64) -> Result<(), sqlx::Error> {
    put(tx, SAVE_ENTRY, (list, entry), now_ms).await
}

/// Adds an entry.
///
/// # Errors
/// The code is taken, or the database failed.
pub async fn add(tx: &mut Tx, list: List, entry: &Entry, now_ms: i64) -> Result<(), sqlx::Error> {
    put(tx, ADD_ENTRY, (list, entry), now_ms).await
}

async fn put(
    tx: &mut Tx,
    sql: &'static str,
    (list, entry): (List, &Entry),
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(sql)
        .bind(list)
        .bind(&entry.code)
        .bind(&entry.label)
        .bind(&entry.parent)
        .bind(entry.ordinal)
        .bind(entry.enabled)
        .bind(now_ms)
        .execute(c).await.map(drop))
}
