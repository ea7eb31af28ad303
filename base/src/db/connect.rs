//! Opening a database, with the settings that the durability promise needs.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use prometheus::IntCounter;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Sqlite};

use super::metrics::DbMetrics;
use super::turns::{LIVE_WAIT, PORTAL_WAIT};
use super::{Db, PgPools, Pools, files};
use crate::config::Secret;

/// How long SQLite waits for another process's lock: `pinhui import` beside a server.
const BUSY: Duration = Duration::from_millis(1_500);
/// SQLite: how long a page waits for a connection that reads. Others read before it, and nothing is
/// out of order: on a server a pool without a connection may be a server that is gone.
const READ_WAIT: Duration = Duration::from_secs(10);
/// SQLite: connections that read for the live fairs, beside those of `readers`.
const LIVE_READERS: u32 = 2;

/// Section `[database]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DbConfig {
    /// `postgres://user:password@host/name`, or the path of a SQLite file. Holds a password
    /// perhaps, so it is never printed.
    pub url: Secret,
    /// SQLite: connections that read.
    pub readers: u32,
    /// PostgreSQL: connections of pages and chores.
    pub connections: u32,
    /// PostgreSQL: connections of the running fairs, which no page can take.
    pub live_connections: u32,
}

impl Default for DbConfig {
    fn default() -> Self {
        Self {
            url: Secret::new("data/pinhui.db"),
            readers: 4,
            connections: 16,
            live_connections: 4,
        }
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL cannot be read. (It may hold a password: it is not repeated here.)
    #[error("database.url is neither a postgres:// URL nor the path of a SQLite file")]
    Url,
    /// The SQLite file's folder could not be made.
    #[error("cannot make the folder of the database {path}: {error}")]
    Folder {
        /// The folder.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// The SQLite file could not be made.
    #[error("cannot make the database {path}: {error}")]
    File {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// Its figures could not be made.
    #[error("cannot make the database's figures: {0}")]
    Figures(#[from] prometheus::Error),
    /// The server or the file refused.
    #[error("cannot open the database: {0}")]
    Open(#[from] sqlx::Error),
    /// A migration failed.
    #[error("cannot migrate the database: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl Db {
    /// Opens the database of `config` and applies the migrations that it lacks.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn open(config: &DbConfig) -> Result<Self, ConnectError> {
        let db = Self::connect(config).await?;
        super::migrate::run(&db).await?;
        Ok(db)
    }

    /// Opens the database of `config` as it is.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect(config: &DbConfig) -> Result<Self, ConnectError> {
        match config.place()? {
            Place::Postgres(options) => {
                let connections = (config.connections, config.live_connections);
                Self::connect_postgres(*options, connections).await
            }
            Place::Sqlite(path) => Self::connect_sqlite(&path, config.readers).await,
        }
    }

    /// Opens a PostgreSQL database with connections for the portal and for the live fairs.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect_postgres(
        options: PgConnectOptions,
        (portal, live): (u32, u32),
    ) -> Result<Self, ConnectError> {
        let options = options.application_name("pinhui");
        let pools = PgPools {
            portal: postgres(options.clone(), portal, PORTAL_WAIT).await?,
            live: postgres(options, live, LIVE_WAIT).await?,
        };
        Ok(Self::new(Pools::Postgres(pools), DbMetrics::new()?))
    }

    /// Opens or makes a SQLite file, with one writer and up to `readers` readers.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect_sqlite(path: &Path, readers: u32) -> Result<Self, ConnectError> {
        files::prepare(path)?;
        let metrics = DbMetrics::new()?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode NORMAL loses the last commits at a power loss; FULL syncs each one.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .foreign_keys(true);
        let replaced = metrics.replaced.clone();
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(LIVE_WAIT)
            .after_release(move |connection, _| {
                let replaced = replaced.clone();
                Box::pin(async move { Ok(keeps(connection, &replaced).await) })
            })
            .connect_with(options.clone())
            .await?;
        let options = options.pragma("query_only", "ON");
        let pools = Pools::Sqlite {
            writer,
            readers: sqlite(options.clone(), readers).await?,
            live_readers: sqlite(options, LIVE_READERS).await?,
        };
        Ok(Self::new(pools, metrics))
    }
}

/// Where a database is.
pub(super) enum Place {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl DbConfig {
    /// # Errors
    /// [`ConnectError::Url`].
    pub(super) fn place(&self) -> Result<Place, ConnectError> {
        let url = self.url.expose();
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url).map_err(|_| ConnectError::Url)?;
            return Ok(Place::Postgres(Box::new(options)));
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        if path.is_empty() || path.contains("://") {
            return Err(ConnectError::Url);
        }
        Ok(Place::Sqlite(PathBuf::from(path)))
    }
}

async fn postgres(
    options: PgConnectOptions,
    connections: u32,
    wait: Duration,
) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(wait)
        .connect_with(options)
        .await
}

async fn sqlite(
    options: SqliteConnectOptions,
    connections: u32,
) -> Result<sqlx::Pool<Sqlite>, sqlx::Error> {
    SqlitePoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(READ_WAIT)
        .connect_with(options)
        .await
}

/// Can the next transaction begin on this connection? When a disk is full, SQLite may roll back by
/// itself; the driver then counts a transaction that is not there, and refuses every later one.
/// Nothing is read or locked by the trial.
async fn keeps(connection: &mut SqliteConnection, replaced: &IntCounter) -> bool {
    let clean = match connection.begin_with("BEGIN").await {
        Ok(tx) => tx.rollback().await.is_ok(),
        Err(_) => false,
    };
    if !clean {
        replaced.inc();
        tracing::debug!("the writer was left inside a transaction: it is opened anew");
    }
    clean
}
