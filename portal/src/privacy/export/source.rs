//! Reads what the tables hold about one person, list by list, each to its end.
//!
//! A list is read in slices, the latest first; each slice begins after the last row of the one
//! before it, so that rows which come meanwhile shift nothing.

use base::db::{Db, on_db};
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::record::{Part, Record};
use crate::ids::AccountId;

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Rows that are read at once.
    pub slice: i64,
    /// Rows of one part, at most; the latest are kept, and the export says that there are more.
    /// Years of a busy account stay far below it.
    pub part_rows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            slice: 500,
            part_rows: 50_000,
        }
    }
}

/// Whom it is read about, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The database.
    pub db: &'a Db,
    /// The person; `$1` of every query.
    pub me: AccountId,
    /// How much.
    pub limits: Limits,
}

/// Where a row stands in its list.
#[derive(FromRow)]
struct Placed<T> {
    #[sqlx(flatten)]
    row: T,
    key_ms: i64,
    key_id: String,
}

/// The columns that say where a row stands; they are the last ones.
macro_rules! keyed {
    ($ms:literal, $id:literal) => {
        concat!(", ", $ms, " AS key_ms, ", $id, " AS key_id")
    };
}

/// One slice after the row at `$2`, `$3`.
macro_rules! slice {
    ($ms:literal, $id:literal) => {
        concat!(
            " AND (",
            $ms,
            " < $2 OR (",
            $ms,
            " = $2 AND ",
            $id,
            " < $3)) ORDER BY ",
            $ms,
            " DESC, ",
            $id,
            " DESC LIMIT $4"
        )
    };
}

pub(super) use {keyed, slice};

/// What can be read from either database.
pub(super) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

impl Source<'_> {
    /// A list of any length. `sql` ends in [`slice!`].
    ///
    /// # Errors
    /// The database failed.
    pub(super) async fn list<T: Row>(
        &self,
        (key, title): (&'static str, &'static str),
        sql: &'static str,
        record: impl Fn(T) -> Record + Send,
    ) -> Result<Part, sqlx::Error> {
        let mut records = Vec::new();
        let (mut after_ms, mut after_id) = (i64::MAX, String::new());
        let cut = loop {
            let rows: Vec<Placed<T>> = on_db!(self.db, c => sqlx::query_as(sql)
                .bind(self.me)
                .bind(after_ms)
                .bind(&after_id)
                .bind(self.limits.slice)
                .fetch_all(c).await)?;
            let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= self.limits.slice;
            for placed in rows {
                (after_ms, after_id) = (placed.key_ms, placed.key_id);
                records.push(record(placed.row));
            }
            if records.len() > self.limits.part_rows {
                records.truncate(self.limits.part_rows);
                break true;
            }
            if !more {
                break false;
            }
        };
        Ok(Part {
            key,
            title,
            records,
            cut,
        })
    }

    /// A list that a key of its table keeps short.
    ///
    /// # Errors
    /// The database failed.
    pub(super) async fn few<T: Row>(
        &self,
        names: (&'static str, &'static str),
        sql: &'static str,
        record: impl Fn(T) -> Record + Send,
    ) -> Result<Part, sqlx::Error> {
        let rows: Vec<T> =
            on_db!(self.db, c => sqlx::query_as(sql).bind(self.me).fetch_all(c).await)?;
        Ok(Part::whole(names, rows.into_iter().map(record)))
    }
}
