//! A copy of a SQLite database that is consistent though a server writes meanwhile.
//!
//! `VACUUM INTO` copies one snapshot by a connection of its own. In WAL mode whoever reads is in
//! no writer's way. A PostgreSQL server has better means than this program: `pg_dump`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::connect::Place;
use super::{DbConfig, files};

/// How long the copy waits for somebody who has locked the whole file.
const BUSY: Duration = Duration::from_secs(30);

/// A copy that was made and checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Its size.
    pub bytes: u64,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Another program does it.
    #[error(
        "the database is on a PostgreSQL server: copy it with pg_dump --format=custom, which \
         is consistent while the server runs (see docs/backup.md)"
    )]
    Postgres,
    /// The configured URL cannot be read.
    #[error("database.url is neither a postgres:// URL nor the path of a SQLite file")]
    Url,
    /// There is nothing to copy.
    #[error("there is no database {0}")]
    Missing(PathBuf),
    /// A copy never replaces a file.
    #[error("{0} is there already: a backup never replaces a file")]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("cannot write {path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// SQLite refused.
    #[error("cannot copy the database: {0}")]
    Database(#[from] sqlx::Error),
    /// The copy is not whole.
    #[error("the copy is damaged: {0}")]
    Damaged(String),
}

/// Copies the database of `config` to `target`, which its owner alone may read, and checks the
/// copy. What fails leaves no file behind.
///
/// # Errors
/// See [`BackupError`].
pub async fn backup(config: &DbConfig, target: &Path) -> Result<Copied, BackupError> {
    let source = match config.place().map_err(|_| BackupError::Url)? {
        Place::Postgres(_) => return Err(BackupError::Postgres),
        Place::Sqlite(path) => path,
    };
    if !source.is_file() {
        return Err(BackupError::Missing(source));
    }
    let mut claim = Claim::new(target)?;
    copy(&source, &claim.part).await?;
    check(&claim.part).await?;
    claim.finish()
}

/// The name of the copy, taken before it is made; given back if it is not.
struct Claim {
    target: PathBuf,
    /// What is written, beside it.
    part: PathBuf,
    finished: bool,
}

impl Claim {
    fn new(target: &Path) -> Result<Self, BackupError> {
        let mut part = target.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        make(target)?;
        if let Err(error) = make(&part) {
            // Somebody else's: only the target is given back.
            drop(fs::remove_file(target));
            return Err(error);
        }
        // From here on both files are ours to remove.
        Ok(Self {
            target: target.to_owned(),
            part,
            finished: false,
        })
    }

    fn finish(&mut self) -> Result<Copied, BackupError> {
        let fault = |path: &Path, error| BackupError::File {
            path: path.to_owned(),
            error,
        };
        let written = fs::File::open(&self.part)
            .and_then(|file| file.sync_all().and_then(|()| file.metadata()))
            .map_err(|error| fault(&self.part, error))?;
        fs::rename(&self.part, &self.target).map_err(|error| fault(&self.target, error))?;
        self.finished = true;
        let folder = self
            .target
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| fault(folder, error))?;
        Ok(Copied {
            bytes: written.len(),
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.finished {
            drop(fs::remove_file(&self.part));
            drop(fs::remove_file(&self.target));
        }
    }
}

fn make(path: &Path) -> Result<(), BackupError> {
    match files::make(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(BackupError::Exists(path.to_owned()))
        }
        Err(error) => Err(BackupError::File {
            path: path.to_owned(),
            error,
        }),
    }
}

async fn copy(source: &Path, target: &Path) -> Result<(), BackupError> {
    // Not read only: a file that no server has open may have a log to be read first.
    let mut connection = open(source).await?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(target.display().to_string())
        .execute(&mut connection)
        .await;
    connection.close().await?;
    copied?;
    Ok(())
}

async fn check(copy: &Path) -> Result<(), BackupError> {
    let mut connection = open(copy).await?;
    let said: Result<Vec<(String,)>, _> = sqlx::query_as("PRAGMA integrity_check")
        .fetch_all(&mut connection)
        .await;
    connection.close().await?;
    match said?.as_slice() {
        [(ok,)] if ok == "ok" => Ok(()),
        [] => Err(BackupError::Damaged("the check said nothing".to_owned())),
        [(fault,), ..] => Err(BackupError::Damaged(fault.clone())),
    }
}

async fn open(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY)
        .connect()
        .await
}
