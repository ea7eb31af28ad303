//! The export as an archive: `data.json`, and the person's own files under `files/`.
//!
//! It is put together in a nameless file beside the uploads, so that memory holds a piece of one
//! file at a time, and a slow reader holds no turn.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};

use anyhow::Context as _;
use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use outside::objects::{Download, ObjectError};
use tokio::io::AsyncReadExt as _;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::record::{Field, Part};
use crate::files::store;
use crate::ids::FileId;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// Bytes of files in one archive, at most; what does not fit is told in `data.json`, and can be
/// had where it was uploaded.
pub const FILES_BYTES: u64 = 512 * 1024 * 1024;
/// Bytes that are sent at once.
const SEND_BYTES: usize = 64 * 1024;
/// Letters of a file's name in the archive.
const NAME_CHARS: usize = 80;

/// An archive that is being written.
type Archive = Box<ZipWriter<File>>;

/// Why a file is not in the archive.
const TOO_MUCH: &str = "文件总大小超过上限，未放入压缩包";
const GONE: &str = "文件已不在存储中";

/// Writes the archive.
///
/// # Errors
/// The database, the file store or the disk failed.
pub(super) async fn write(state: &AppState, mut parts: Vec<Part>, now_ms: i64) -> PageResult<Body> {
    let folder = state.config.data.clone();
    let mut zip = blocking(move || {
        let file = tempfile::tempfile_in(folder)?;
        Ok(Box::new(ZipWriter::new(file)))
    })
    .await?;
    let mut room = FILES_BYTES;
    if let Some(files) = parts.iter_mut().find(|part| part.key == "files") {
        for (nth, record) in files.records.iter_mut().enumerate() {
            let id = value(&record.0, "id").and_then(|id| id.parse::<FileId>().ok());
            let Some(id) = id else { continue };
            let told = match open(state, id, &mut room).await? {
                Ok(download) => {
                    let path = path(nth, value(&record.0, "name").unwrap_or_default());
                    zip = add(zip, path.clone(), download).await?;
                    ("path", "压缩包中", path)
                }
                Err(why) => ("left_out", "未放入压缩包", why.to_owned()),
            };
            let (key, label, value) = told;
            record.0.push(Field { key, label, value });
        }
    }
    let json = super::json_bytes(&parts, now_ms)?;
    drop(parts);
    let (file, length) = blocking(move || {
        zip.start_file("data.json", deflated())?;
        zip.write_all(&json)?;
        let mut file = zip.finish()?;
        let length = file.stream_position()?;
        file.rewind()?;
        Ok((file, length))
    })
    .await?;
    Ok(body(file, length))
}

fn value<'a>(fields: &'a [Field], key: &str) -> Option<&'a str> {
    let field = fields.iter().find(|field| field.key == key)?;
    Some(&field.value)
}

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated)
}

/// Work on the archive, which may wait for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> PageResult<T> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| PageError::Internal(error.into()))?;
    done.context("an export's archive")
        .map_err(PageError::Internal)
}

/// An upload's bytes, if there is room for them; else why not.
async fn open(
    state: &AppState,
    id: FileId,
    room: &mut u64,
) -> PageResult<Result<Download, &'static str>> {
    let Some(file) = store::find(&state.db, id).await? else {
        return Ok(Err(GONE));
    };
    match state.files.store.get(&file.object_key.0).await {
        Ok(download) if download.length > *room => Ok(Err(TOO_MUCH)),
        Ok(download) => {
            *room -= download.length;
            Ok(Ok(download))
        }
        Err(ObjectError::NotFound(_)) => Ok(Err(GONE)),
        Err(error) => Err(PageError::Internal(
            anyhow::Error::new(error).context("file store"),
        )),
    }
}

/// Copies one file into the archive, as it is: uploads are packed already.
async fn add(mut zip: Archive, path: String, mut download: Download) -> PageResult<Archive> {
    zip = blocking(move || {
        let stored = zip::CompressionMethod::Stored;
        zip.start_file(
            path,
            SimpleFileOptions::default().compression_method(stored),
        )?;
        Ok(zip)
    })
    .await?;
    while let Some(piece) = download.stream.next().await {
        let piece = piece.map_err(|error| {
            PageError::Internal(anyhow::Error::new(error).context("file store"))
        })?;
        zip = blocking(move || {
            zip.write_all(&piece)?;
            Ok(zip)
        })
        .await?;
    }
    Ok(zip)
}

/// Where a file lies in the archive: numbered, so that no two meet, and with a name that leads
/// nowhere else.
fn path(nth: usize, name: &str) -> String {
    let safe = |c: char| !c.is_control() && !r#"/\:*?"<>|"#.contains(c);
    let name: String = name
        .chars()
        .map(|c| if safe(c) { c } else { '_' })
        .collect();
    let name = name.trim_matches(['.', ' ']);
    // The end says what it is.
    let skipped = name.chars().count().saturating_sub(NAME_CHARS);
    let name: String = name.chars().skip(skipped).collect();
    format!("files/{:03}-{name}", nth + 1)
}

/// The archive on its way out.
fn body(file: File, length: u64) -> Body {
    let pieces = stream::try_unfold(
        (tokio::fs::File::from_std(file), length),
        |(mut file, left)| async move {
            if left == 0 {
                return Ok::<_, io::Error>(None);
            }
            let mut piece = vec![0; SEND_BYTES];
            let read = file.read(&mut piece).await?;
            piece.truncate(read);
            let left = if read == 0 {
                0
            } else {
                left.saturating_sub(read as u64)
            };
            Ok(Some((Bytes::from(piece), (file, left))))
        },
    );
    Body::from_stream(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_its_folder() {
        assert_eq!(path(0, "简历.pdf"), "files/001-简历.pdf");
        assert_eq!(path(9, "../../etc/passwd"), "files/010-_.._etc_passwd");
        assert_eq!(path(1, ".."), "files/002-");
        let long = format!("{}.pdf", "长".repeat(120));
        assert!(path(2, &long).ends_with("长.pdf"));
        assert!(path(2, &long).chars().count() < 100);
    }
}
