//! The one file store: uploads, letters, exports, recordings.
//!
//! [`ObjectStore`] keeps bytes under an [`ObjectKey`] in a local folder or in any S3-compatible
//! storage; the same tests run on both. It knows no names and no owners: who may read an object,
//! what it is called and which type it has are columns of the portal's rows.
//!
//! An upload goes through three steps that may also be taken as one ([`ObjectStore::put`]):
//! [`receive`](ObjectStore::receive) streams it to a temporary file with a cap, measuring and
//! hashing on the way; [`Draft::sniff`] says what it is from its content;
//! [`keep`](ObjectStore::keep) stores it. A draft that is dropped leaves nothing.

pub mod emulator;
pub mod sigv4;
pub mod sniff;

mod config;
mod disposition;
mod draft;
mod folder;
mod key;
mod metrics;
mod s3;

use std::io;

use base::clock::Clock;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use url::Url;

pub use config::{AddressStyle, ObjectsConfig, S3Config, StoreKind};
pub use disposition::attachment;
pub use draft::{Draft, Upload};
pub use folder::Folder;
pub use key::{InvalidKey, ObjectKey};
pub use metrics::ObjectMetrics;
pub use s3::S3;

/// The longest life of a presigned address, seconds.
pub const PRESIGNED_MAX_S: u32 = 300;

/// Bytes read from a file at once.
const READ_BYTES: usize = 64 * 1024;

/// Where bytes are kept. Clones share it.
#[derive(Debug, Clone)]
pub enum ObjectStore {
    /// A folder of this machine.
    Folder(Folder),
    /// A bucket of MinIO, OSS, COS or another storage that speaks S3.
    S3(S3),
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Bytes.
    pub length: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// What [`ObjectStore::head`] knows of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Bytes.
    pub length: u64,
}

/// An object on its way out.
pub struct Download {
    /// Bytes that [`stream`](Self::stream) will give.
    pub length: u64,
    /// The bytes. An error means that what came so far is not the whole object.
    pub stream: BoxStream<'static, Result<Bytes, ObjectError>>,
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Any error of a stream that is given to the store.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why an object was not stored or not found. Holds no secret and no content.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// Nothing is kept under this key.
    #[error("no object {0}")]
    NotFound(ObjectKey),
    /// The upload went on beyond its cap and was cut off.
    #[error("the upload is larger than {cap} bytes")]
    TooLarge {
        /// The cap, bytes.
        cap: u64,
    },
    /// The upload's stream failed before its end.
    #[error("the upload broke off")]
    Broken(#[source] BoxError),
    /// The content type cannot stand in a header.
    #[error("{0:?} is no content type")]
    ContentType(String),
    /// This machine's disk failed.
    #[error("{doing} failed")]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// How it failed.
        source: io::Error,
    },
    /// The configuration cannot be used.
    #[error("object storage: {0}")]
    Config(String),
    /// The storage answered that it will not.
    #[error("the object storage refused with {status} {code}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The storage's own code, such as `SignatureDoesNotMatch`; may be empty.
        code: String,
    },
    /// The storage could not be reached or was busy, at every attempt.
    #[error("the object storage is unavailable after {attempts} attempts: {last}")]
    Unavailable {
        /// Attempts made.
        attempts: u32,
        /// What the last one met.
        last: String,
    },
    /// A download ended early.
    #[error("the object broke off on its way out: {0}")]
    Cut(String),
}

impl ObjectError {
    /// For `map_err` on a disk operation.
    fn disk(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Disk { doing, source }
    }
}

impl ObjectStore {
    /// Opens the configured store and sweeps what a killed process left in its folder.
    ///
    /// # Errors
    /// The folder cannot be made or read, or the configuration has a fault.
    pub async fn open(
        config: &ObjectsConfig,
        clock: Clock,
        metrics: ObjectMetrics,
    ) -> Result<Self, ObjectError> {
        let folder = &config.folder;
        Ok(match config.store {
            StoreKind::Folder => Self::Folder(Folder::open(folder, metrics).await?),
            StoreKind::S3 => Self::S3(S3::open(&config.s3, folder, clock, metrics).await?),
        })
    }

    /// Receives, stores and acknowledges in one step: when this returns, the object survives a
    /// power cut. A key that is taken gets the new content.
    ///
    /// # Errors
    /// See [`ObjectError`]; then nothing is stored under a key that was free.
    pub async fn put(
        &self,
        key: &ObjectKey,
        upload: Upload<'_>,
        content_type: &str,
    ) -> Result<Stored, ObjectError> {
        let draft = self.receive(key, upload).await?;
        self.keep(draft, content_type).await
    }

    /// Streams an upload to a temporary file. Not more than its cap is ever read.
    ///
    /// # Errors
    /// [`ObjectError::TooLarge`], [`ObjectError::Broken`], [`ObjectError::Disk`].
    pub async fn receive(&self, key: &ObjectKey, upload: Upload<'_>) -> Result<Draft, ObjectError> {
        let received = match self {
            Self::Folder(folder) => folder.receive(key, upload).await,
            Self::S3(s3) => s3.receive(key, upload).await,
        };
        self.metrics().count("receive", received)
    }

    /// Stores a draft. `content_type` is what an S3 storage says when the object is fetched by a
    /// presigned address; a folder has no use for it.
    ///
    /// # Errors
    /// See [`ObjectError`].
    pub async fn keep(&self, draft: Draft, content_type: &str) -> Result<Stored, ObjectError> {
        let kept = if good_content_type(content_type) {
            match self {
                Self::Folder(folder) => folder.keep(draft).await,
                Self::S3(s3) => s3.keep(draft, content_type).await,
            }
        } else {
            Err(ObjectError::ContentType(content_type.to_owned()))
        };
        self.metrics().count("keep", kept)
    }

    /// Opens an object for reading.
    ///
    /// # Errors
    /// [`ObjectError::NotFound`], or the store failed.
    pub async fn get(&self, key: &ObjectKey) -> Result<Download, ObjectError> {
        let download = match self {
            Self::Folder(folder) => folder.get(key).await,
            Self::S3(s3) => s3.get(key).await,
        };
        self.metrics().count("get", download)
    }

    /// Says how long an object is.
    ///
    /// # Errors
    /// [`ObjectError::NotFound`], or the store failed.
    pub async fn head(&self, key: &ObjectKey) -> Result<ObjectInfo, ObjectError> {
        let info = match self {
            Self::Folder(folder) => folder.head(key).await,
            Self::S3(s3) => s3.head(key).await,
        };
        self.metrics().count("head", info)
    }

    /// Deletes an object; one that is not there is deleted already.
    ///
    /// # Errors
    /// The store failed.
    pub async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        let deleted = match self {
            Self::Folder(folder) => folder.delete(key).await,
            Self::S3(s3) => s3.delete(key).await,
        };
        self.metrics().count("delete", deleted)
    }

    /// An address by which a browser fetches the object from the storage itself, as an attachment
    /// called `filename`, for `seconds` (1 to [`PRESIGNED_MAX_S`]; more is cut down to it). Nothing
    /// for a folder: there the portal sends the bytes.
    pub fn presigned_get(&self, key: &ObjectKey, seconds: u32, filename: &str) -> Option<Url> {
        match self {
            Self::Folder(_) => None,
            Self::S3(s3) => {
                let seconds = seconds.clamp(1, PRESIGNED_MAX_S);
                Some(s3.presigned_get(key, seconds, filename))
            }
        }
    }

    fn metrics(&self) -> &ObjectMetrics {
        match self {
            Self::Folder(folder) => folder.metrics(),
            Self::S3(s3) => s3.metrics(),
        }
    }
}

/// `type/subtype` with optional parameters, in visible ASCII and spaces.
fn good_content_type(text: &str) -> bool {
    text.len() <= 255
        && text.contains('/')
        && text.bytes().all(|byte| (b' '..0x7f).contains(&byte))
        && !text.starts_with(' ')
        && !text.ends_with(' ')
}

/// Runs what blocks off the async threads.
async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ObjectError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)
        .and_then(std::convert::identity)
        .map_err(ObjectError::disk(doing))
}
