//! Uploads on their way in: a stream with a cap, and the temporary file that it becomes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, stream};
use ring::digest;
use tokio::io::{AsyncRead, AsyncWriteExt as _};
use uuid::Uuid;

use super::sniff::{self, Sniffed};
use super::{BoxError, ObjectError, ObjectKey, READ_BYTES, blocking};
use crate::sign::hex;

/// Names of temporary files begin with this. No key has a dot.
const TEMPORARY: &str = ".tmp-";

/// Bytes from outside, with the most that will be taken of them.
pub struct Upload<'a> {
    pub(super) stream: BoxStream<'a, Result<Bytes, BoxError>>,
    pub(super) cap: u64,
}

impl std::fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("cap", &self.cap)
            .finish_non_exhaustive()
    }
}

impl<'a> Upload<'a> {
    /// A stream of unknown length of which at most `cap` bytes are accepted.
    pub fn stream<S, E>(stream: S, cap: u64) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'a,
        E: Into<BoxError>,
    {
        Self {
            stream: stream.map(|chunk| chunk.map_err(Into::into)).boxed(),
            cap,
        }
    }

    /// Bytes that are in memory already, at most `cap` of them.
    pub fn bytes(bytes: impl Into<Bytes>, cap: u64) -> Upload<'static> {
        let once = stream::iter([Ok::<_, BoxError>(bytes.into())]);
        Upload::stream(once, cap)
    }
}

/// An upload that is complete on this disk and stored nowhere yet. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Draft {
    pub(super) key: ObjectKey,
    pub(super) temporary: Temporary,
    pub(super) length: u64,
    pub(super) sha256: String,
}

impl Draft {
    /// Bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// SHA-256 in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What the content is.
    ///
    /// # Errors
    /// [`ObjectError::Disk`].
    pub async fn sniff(&self) -> Result<Sniffed, ObjectError> {
        let path = self.temporary.path.clone();
        blocking("sniffing an upload", move || {
            sniff::sniff(&mut File::open(path)?)
        })
        .await
    }

    /// The content from its beginning, for what looks at it piece by piece.
    ///
    /// # Errors
    /// [`ObjectError::Disk`].
    pub async fn open(&self) -> Result<impl AsyncRead + Unpin + Send + use<>, ObjectError> {
        let file = tokio::fs::File::open(&self.temporary.path).await;
        file.map_err(ObjectError::disk("reading an upload"))
    }

    /// The whole content, for what is read as a table and the like; the cap of the upload bounds
    /// it.
    ///
    /// # Errors
    /// [`ObjectError::Disk`].
    pub async fn read(&self) -> Result<Vec<u8>, ObjectError> {
        let path = self.temporary.path.clone();
        blocking("reading an upload", move || fs::read(path)).await
    }
}

/// Streams `upload` to a temporary file in `folder`.
pub(super) async fn receive(
    folder: PathBuf,
    key: &ObjectKey,
    mut upload: Upload<'_>,
) -> Result<Draft, ObjectError> {
    let temporary = blocking("making a temporary file", move || {
        Temporary::create(&folder)
    })
    .await?;
    let written = ObjectError::disk("writing an upload");
    let file = temporary.file.try_clone().map_err(&written)?;
    // Chunks of a slow browser may be single bytes: they are joined before they go to the disk.
    let mut file = tokio::io::BufWriter::with_capacity(READ_BYTES, tokio::fs::File::from_std(file));
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut length = 0_u64;
    while let Some(chunk) = upload.stream.next().await {
        let chunk = chunk.map_err(ObjectError::Broken)?;
        length = length.saturating_add(chunk.len() as u64);
        if length > upload.cap {
            return Err(ObjectError::TooLarge { cap: upload.cap });
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(&written)?;
    }
    file.flush().await.map_err(&written)?;
    Ok(Draft {
        key: key.clone(),
        temporary,
        length,
        sha256: hex(hash.finish().as_ref()),
    })
}

/// A file that deletes itself unless it is kept. It is locked as long as its process lives, so a
/// sweep knows what was left behind by one that was killed.
#[derive(Debug)]
pub(super) struct Temporary {
    pub(super) path: PathBuf,
    file: File,
    kept: bool,
}

impl Temporary {
    fn create(folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!("{TEMPORARY}{}", Uuid::now_v7().as_simple()));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        let temporary = Self {
            path,
            file,
            kept: false,
        };
        // A sweep between the two calls takes the file away: then the rename fails, and so does
        // the upload, which is told to its sender.
        temporary.file.lock()?;
        Ok(temporary)
    }

    /// Writes it through to the disk and gives it its name, replacing what has it. The folder is
    /// the caller's to write through.
    pub(super) fn keep_as(mut self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            // One that cannot be deleted now is swept at the next start.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Deletes the temporary files in `folder` that no living process holds; says how many.
pub(super) fn sweep(folder: &Path) -> io::Result<u64> {
    let mut swept = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_temporary = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(TEMPORARY.as_bytes());
        if !is_temporary || !entry.file_type()?.is_file() {
            continue;
        }
        match File::open(entry.path()).map(|file| file.try_lock()) {
            Ok(Ok(())) => {
                fs::remove_file(entry.path())?;
                swept += 1;
            }
            Ok(Err(TryLockError::WouldBlock)) => {}
            Ok(Err(TryLockError::Error(error))) => return Err(error),
            // Its own process finished it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(swept)
}
