//! Opening a database, with the settings that the durability promise needs.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::Db;
use crate::config::Secret;

/// How long SQLite waits for another process's lock.
const BUSY: Duration = Duration::from_secs(5);
/// How long a request waits for a connection before it fails.
const ACQUIRE: Duration = Duration::from_secs(10);

/// Section `[database]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DbConfig {
    /// `postgres://user:password@host/name`, or the path of a SQLite file. Holds a password
    /// perhaps, so it is never printed.
    pub url: Secret,
    /// SQLite: connections that read.
    pub readers: u32,
    /// PostgreSQL: connections.
    pub connections: u32,
}

impl Default for DbConfig {
    fn default() -> Self {
        Self {
            url: Secret::new("data/pinhui.db"),
            readers: 4,
            connections: 16,
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
        let url = config.url.expose();
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url).map_err(|_| ConnectError::Url)?;
            return Self::connect_postgres(options, config.connections).await;
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        if path.is_empty() || path.contains("://") {
            return Err(ConnectError::Url);
        }
        Self::connect_sqlite(Path::new(path), config.readers).await
    }

    /// Opens a PostgreSQL database with up to `connections` connections.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect_postgres(
        options: PgConnectOptions,
        connections: u32,
    ) -> Result<Self, ConnectError> {
        let pool = PgPoolOptions::new()
            .max_connections(connections.max(1))
            .acquire_timeout(ACQUIRE)
            .connect_with(options.application_name("pinhui"))
            .await?;
        Ok(Self::Postgres(pool))
    }

    /// Opens or makes a SQLite file, with one writer and up to `readers` readers.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect_sqlite(path: &Path, readers: u32) -> Result<Self, ConnectError> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|error| ConnectError::Folder {
                path: folder.display().to_string(),
                error,
            })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode NORMAL loses the last commits at a power loss; FULL syncs each one.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .foreign_keys(true);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.clone())
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(readers.max(1))
            .acquire_timeout(ACQUIRE)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        Ok(Self::Sqlite { writer, readers })
    }
}
