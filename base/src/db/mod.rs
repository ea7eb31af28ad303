//! One database type over SQLite and PostgreSQL.
//!
//! The same SQL text runs on either through [`on_db!`](crate::on_db), so no query knows which
//! one it is on. SQLite has one writer connection and a pool of readers; every write goes through
//! [`Db::begin`] or [`Db::writer`], which on SQLite begin at once as writer (a transaction that
//! begins as reader and then writes fails under load).
//!
//! Writes take turns by [`Class`]: those of running fairs ([`Db::for_live`]) go before all others.
//! A turn is held as long as the [`Tx`] lives, so a transaction does not loop over many rows: it
//! takes a slice, commits, and comes again.

pub mod backup;
pub mod conformance;
mod connect;
mod files;
mod gate;
mod group;
mod metrics;
pub mod migrate;
pub mod query;
pub mod testing;
mod trouble;
mod turns;
pub mod values;
mod writable;

use std::sync::Arc;

use prometheus::Registry;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, Postgres};
use sqlx::sqlite::{Sqlite, SqliteConnection, SqlitePool};

pub use connect::{ConnectError, DbConfig};
pub use files::make_folder;
pub use gate::Class;
pub use group::{Group, Job};
pub use migrate::MIGRATIONS;
pub use query::Query;
pub use trouble::{
    Trouble, is_constraint, is_transient, is_unique_violation, may_have_committed, trouble,
};
pub use turns::Taking;
pub use values::{JsonText, Text};
pub use writable::Unwritable;

use gate::Gate;
use metrics::DbMetrics;
use turns::Held;
use writable::Probe;

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

/// A database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Db {
    class: Class,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pools: Pools,
    gate: Gate,
    metrics: DbMetrics,
    probe: Probe,
}

/// Connections. Those of the live fairs are their own: a page that reads long, or requests that
/// emptied the pool, are in nobody's way there.
#[derive(Debug)]
enum Pools {
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Connections that only read (`query_only`).
        readers: SqlitePool,
        /// The same for the live fairs.
        live_readers: SqlitePool,
    },
    Postgres(PgPools),
}

#[derive(Debug)]
struct PgPools {
    portal: PgPool,
    live: PgPool,
}

impl PgPools {
    fn of(&self, class: Class) -> &PgPool {
        match class {
            Class::Live | Class::Crowd => &self.live,
            Class::Portal => &self.portal,
        }
    }
}

/// The writer for one statement.
///
/// ```ignore
/// on_db!(db.writer().await?, c => sqlx::query(END_SESSION).bind(id).execute(c).await)?;
/// ```
pub struct Writer {
    // Goes before the turn: the next one finds the connection on its way back.
    connection: On<PoolConnection<Sqlite>, PoolConnection<Postgres>>,
    _held: Held,
}

/// A write transaction. Dropped without [`Tx::commit`], it is rolled back. On SQLite it holds the
/// one turn to write; on PostgreSQL it runs at READ COMMITTED.
pub struct Tx {
    // Goes before the turn, as above.
    open: On<sqlx::Transaction<'static, Sqlite>, sqlx::Transaction<'static, Postgres>>,
    held: Held,
}

impl Db {
    fn new(pools: Pools, metrics: DbMetrics) -> Self {
        metrics.writable.set(1);
        Self {
            class: Class::Portal,
            shared: Arc::new(Shared {
                pools,
                gate: Gate::default(),
                metrics,
                probe: Probe::default(),
            }),
        }
    }

    /// The same database for the live fairs: writes go before all others, and connections are
    /// their own.
    #[must_use]
    pub fn for_live(&self) -> Self {
        self.in_class(Class::Live)
    }

    fn in_class(&self, class: Class) -> Self {
        Self {
            class,
            shared: self.shared.clone(),
        }
    }

    /// Has the database's figures served with those of `registry`.
    ///
    /// # Errors
    /// They are registered already.
    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        self.shared.metrics.register(registry)
    }

    /// The executor for reading; used by [`on_db!`](crate::on_db).
    pub fn on(&self) -> On<&SqlitePool, &PgPool> {
        match &self.shared.pools {
            Pools::Sqlite { live_readers, .. } if self.class == Class::Live => {
                On::Sqlite(live_readers)
            }
            Pools::Sqlite { readers, .. } => On::Sqlite(readers),
            Pools::Postgres(pools) => On::Postgres(pools.of(self.class)),
        }
    }

    /// `sqlite` or `postgres`, for logs and test messages.
    pub fn kind(&self) -> &'static str {
        match &self.shared.pools {
            Pools::Sqlite { .. } => "sqlite",
            Pools::Postgres(_) => "postgres",
        }
    }

    /// Waits for running statements, then closes all connections.
    pub async fn close(&self) {
        match &self.shared.pools {
            Pools::Sqlite {
                writer,
                readers,
                live_readers,
            } => {
                live_readers.close().await;
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pools) => {
                pools.live.close().await;
                pools.portal.close().await;
            }
        }
    }
}

impl Writer {
    /// The executor for writing; used by [`on_db!`](crate::on_db).
    pub fn on(&mut self) -> On<&mut SqliteConnection, &mut PgConnection> {
        match &mut self.connection {
            On::Sqlite(connection) => On::Sqlite(connection),
            On::Postgres(connection) => On::Postgres(connection),
        }
    }
}

impl Tx {
    /// The executor inside the transaction; used by [`on_db!`](crate::on_db).
    pub fn on(&mut self) -> On<&mut SqliteConnection, &mut PgConnection> {
        match &mut self.open {
            On::Sqlite(tx) => On::Sqlite(tx),
            On::Postgres(tx) => On::Postgres(tx),
        }
    }

    /// Commits. When this returns `Ok`, what was written outlives a power loss.
    ///
    /// # Errors
    /// Nothing is committed then, unless [`may_have_committed`] says that nobody knows.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        let committed = match self.open {
            On::Sqlite(tx) => tx.commit().await,
            On::Postgres(tx) => tx.commit().await,
        };
        self.held.note_commit(&committed);
        committed
    }

    /// Rolls back now rather than at drop.
    ///
    /// # Errors
    /// The connection failed; the database rolls back then by itself.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        match self.open {
            On::Sqlite(tx) => tx.rollback().await,
            On::Postgres(tx) => tx.rollback().await,
        }
    }
}
