//! One database type over SQLite and PostgreSQL.
//!
//! The same SQL text runs on either through [`on_db!`](crate::on_db), so no query knows which
//! one it is on. SQLite has one writer connection and a pool of readers; every write goes through
//! [`Db::begin`] or [`Db::writer`], which on SQLite begin at once as writer (a transaction that
//! begins as reader and then writes fails under load).

pub mod conformance;
mod connect;
pub mod migrate;
pub mod query;
pub mod testing;
pub mod values;

use sqlx::postgres::{PgConnection, PgPool, Postgres};
use sqlx::sqlite::{Sqlite, SqliteConnection, SqlitePool};

pub use connect::{ConnectError, DbConfig};
pub use migrate::MIGRATIONS;
pub use query::Query;
pub use values::{JsonText, Text};

/// Runs one piece of code on whichever database `$db` is; `$c` is the executor there.
///
/// `$db` is a [`Db`] (reads), a [`Writer`] (one statement that writes) or a [`Tx`] (in a
/// transaction, where `$c` is a `&mut` connection: write `&mut *$c` to use it more than once).
///
/// ```ignore
/// let row: Option<Job> = on_db!(db, c => sqlx::query_as(FIND_JOB).bind(id).fetch_optional(c).await)?;
/// ```
#[macro_export]
macro_rules! on_db {
    ($db:expr, $c:ident => $body:expr) => {
        match $db.on() {
            $crate::db::On::Sqlite($c) => $body,
            $crate::db::On::Postgres($c) => $body,
        }
    };
}
pub use crate::on_db;

/// Something on one of the two databases.
pub enum On<S, P> {
    /// SQLite.
    Sqlite(S),
    /// PostgreSQL.
    Postgres(P),
}

/// A database. Clones share their connections.
#[derive(Debug, Clone)]
pub enum Db {
    /// Embedded.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Connections that only read (`query_only`).
        readers: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// For single statements that write.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a>(&'a Db);

/// A write transaction. Dropped without [`Tx::commit`], it is rolled back.
pub enum Tx {
    /// On SQLite: holds the writer connection, so no two are open at once.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// On PostgreSQL, READ COMMITTED.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Db {
    /// The executor for reading; used by [`on_db!`](crate::on_db).
    pub fn on(&self) -> On<&SqlitePool, &PgPool> {
        match self {
            Self::Sqlite { readers, .. } => On::Sqlite(readers),
            Self::Postgres(pool) => On::Postgres(pool),
        }
    }

    /// For single statements that write.
    pub fn writer(&self) -> Writer<'_> {
        Writer(self)
    }

    /// Begins a write transaction (`BEGIN IMMEDIATE` on SQLite).
    ///
    /// # Errors
    /// No connection was free in time, or the connection failed.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Self::Sqlite { writer, .. } => {
                writer.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite)
            }
            Self::Postgres(pool) => pool.begin().await.map(Tx::Postgres),
        }
    }

    /// `sqlite` or `postgres`, for logs and test messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Asks the database for a trifle: does it answer?
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        on_db!(self, c => sqlx::query("SELECT 1").execute(c).await.map(drop))
    }

    /// Waits for running statements, then closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl<'a> Writer<'a> {
    /// The executor for writing; used by [`on_db!`](crate::on_db).
    pub fn on(self) -> On<&'a SqlitePool, &'a PgPool> {
        match self.0 {
            Db::Sqlite { writer, .. } => On::Sqlite(writer),
            Db::Postgres(pool) => On::Postgres(pool),
        }
    }
}

impl Tx {
    /// The executor inside the transaction; used by [`on_db!`](crate::on_db).
    pub fn on(&mut self) -> On<&mut SqliteConnection, &mut PgConnection> {
        match self {
            Self::Sqlite(tx) => On::Sqlite(tx),
            Self::Postgres(tx) => On::Postgres(tx),
        }
    }

    /// Commits. When this returns `Ok`, what was written outlives a power loss.
    ///
    /// # Errors
    /// Nothing is committed then, unless the connection was lost while the answer was on its way.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    /// Rolls back now rather than at drop.
    ///
    /// # Errors
    /// The connection failed; the database rolls back then by itself.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
    }
}

/// Is this the breach of a unique index? A race that another transaction won shows like this.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(inner) if inner.is_unique_violation())
}
