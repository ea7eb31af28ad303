//! The file of a SQLite database, readable by its owner alone: it holds personal data. SQLite
//! gives its journals the same mode.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::ConnectError;

/// Mode of a database file, and of a copy of one.
const OWNER_ONLY: u32 = 0o600;
/// Mode of a folder that is made for one.
const OWNER_ONLY_FOLDER: u32 = 0o700;

/// Makes the folder and the file, if they are missing.
pub(super) fn prepare(path: &Path) -> Result<(), ConnectError> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        make_folder(folder).map_err(|error| ConnectError::Folder {
            path: folder.display().to_string(),
            error,
        })?;
    }
    match make(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(ConnectError::File {
            path: path.display().to_string(),
            error,
        }),
        _ => Ok(()),
    }
}

/// Makes a folder, and those above it, for the owner alone; one that is there stays as it is.
///
/// # Errors
/// It cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(OWNER_ONLY_FOLDER)
        .create(folder)
}

/// Makes an empty file, which SQLite takes for an empty database.
///
/// # Errors
/// There is one already, or it cannot be made.
pub(super) fn make(path: &Path) -> io::Result<fs::File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY)
        .open(path)
}
