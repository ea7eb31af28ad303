//! Objects as files of this machine.
//!
//! An object is written to a temporary file beside its place, written through to the disk and
//! renamed, so that a `kill -9` or a power cut leaves all of it or nothing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::BytesMut;
use futures_util::{StreamExt as _, stream};
use tokio::io::AsyncReadExt as _;

use super::draft::{self, Draft, Upload};
use super::{
    Download, ObjectError, ObjectInfo, ObjectKey, ObjectMetrics, READ_BYTES, Stored, blocking,
};

/// Folders between the root and an object: tenant, year, month.
const LEVELS: usize = 3;

/// The folder. Clones share it.
#[derive(Debug, Clone)]
pub struct Folder {
    root: Arc<Path>,
    metrics: ObjectMetrics,
}

impl Folder {
    /// Makes the folder if it is missing, and deletes unfinished uploads of killed processes.
    ///
    /// # Errors
    /// [`ObjectError::Disk`].
    pub async fn open(root: &Path, metrics: ObjectMetrics) -> Result<Self, ObjectError> {
        let root = root.to_owned();
        let (root, swept) = blocking("opening the folder of objects", move || {
            make(&root)?;
            let root = root.canonicalize()?;
            let swept = sweep_below(&root, LEVELS)?;
            Ok((root, swept))
        })
        .await?;
        metrics.swept.inc_by(swept);
        if swept > 0 {
            tracing::info!(swept, "deleted unfinished uploads");
        }
        Ok(Self {
            root: root.into(),
            metrics,
        })
    }

    pub(super) fn metrics(&self) -> &ObjectMetrics {
        &self.metrics
    }

    pub(super) async fn receive(
        &self,
        key: &ObjectKey,
        upload: Upload<'_>,
    ) -> Result<Draft, ObjectError> {
        let (root, of) = (Arc::clone(&self.root), key.clone());
        let folder = blocking("making a folder of objects", move || {
            let folders = folders(&root, &of);
            for folder in &folders[1..] {
                match fs::create_dir(folder) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                        return Err(error);
                    }
                    _ => inside(folder)?,
                }
            }
            Ok(folders[LEVELS].clone())
        })
        .await?;
        draft::receive(folder, key, upload).await
    }

    pub(super) async fn keep(&self, draft: Draft) -> Result<Stored, ObjectError> {
        let root = Arc::clone(&self.root);
        let stored = Stored {
            length: draft.length,
            sha256: draft.sha256,
        };
        blocking("storing an object", move || {
            draft.temporary.keep_as(&root.join(draft.key.as_str()))?;
            // The folders above, too: another upload may have made them a moment ago and not be
            // through yet. A folder without a change costs no write.
            for folder in folders(&root, &draft.key).iter().rev() {
                sync(folder)?;
            }
            Ok(())
        })
        .await?;
        Ok(stored)
    }

    pub(super) async fn get(&self, key: &ObjectKey) -> Result<Download, ObjectError> {
        let (file, length) = self
            .at(key, "opening an object", |path| {
                let file = File::open(path)?;
                let length = file.metadata()?.len();
                Ok((file, length))
            })
            .await?;
        let stream = stream::try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
            let mut chunk = BytesMut::with_capacity(READ_BYTES);
            let read = file
                .read_buf(&mut chunk)
                .await
                .map_err(ObjectError::disk("reading an object"))?;
            Ok((read > 0).then(|| (chunk.freeze(), file)))
        });
        Ok(Download {
            length,
            stream: stream.boxed(),
        })
    }

    pub(super) async fn head(&self, key: &ObjectKey) -> Result<ObjectInfo, ObjectError> {
        self.at(key, "looking for an object", |path| {
            let length = fs::metadata(path)?.len();
            Ok(ObjectInfo { length })
        })
        .await
    }

    pub(super) async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        let deleted = self
            .at(key, "deleting an object", |path| {
                fs::remove_file(path)?;
                path.parent().map_or(Ok(()), sync)
            })
            .await;
        match deleted {
            Err(ObjectError::NotFound(_)) => Ok(()),
            other => other,
        }
    }

    /// Does something with an object's file, if there is one.
    async fn at<T: Send + 'static>(
        &self,
        key: &ObjectKey,
        doing: &'static str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, ObjectError> {
        let (root, of) = (Arc::clone(&self.root), key.clone());
        let done = blocking(doing, move || {
            for folder in &folders(&root, &of)[1..] {
                inside(folder)?;
            }
            let path = root.join(of.as_str());
            if !fs::symlink_metadata(&path)?.is_file() {
                return Err(io::Error::other("not a file of the store"));
            }
            work(&path)
        })
        .await;
        match done {
            Err(ObjectError::Disk { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Err(ObjectError::NotFound(key.clone()))
            }
            other => other,
        }
    }
}

/// Makes a folder and those above it, each name written through to the disk.
fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().filter(|path| !path.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    make(parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync(parent),
    }
}

/// The root and the folders below it down to the object's own.
fn folders(root: &Path, key: &ObjectKey) -> Vec<PathBuf> {
    let mut folders = vec![root.to_owned()];
    for name in key.as_str().split('/').take(LEVELS) {
        folders.push(folders[folders.len() - 1].join(name));
    }
    folders
}

/// A link could lead out of the root: only real folders are walked through.
fn inside(folder: &Path) -> io::Result<()> {
    if fs::symlink_metadata(folder)?.is_dir() {
        Ok(())
    } else {
        Err(io::Error::other("not a folder of the store"))
    }
}

/// Writes a folder's list of names through to the disk.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn sweep_below(folder: &Path, levels: usize) -> io::Result<u64> {
    if levels == 0 {
        return draft::sweep(folder);
    }
    let mut swept = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            swept += sweep_below(&entry.path(), levels - 1)?;
        }
    }
    Ok(swept)
}
