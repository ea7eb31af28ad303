//! ZIP archives (PKWARE APPNOTE 6.3) and the Office files in them, by their central directory.

use std::io::{self, Read, Seek};

use super::{Doubt, Found, Kind, Source};

/// Files in an archive, at most.
pub const MAX_ENTRIES: usize = 10_000;

/// What an archive says that it unpacks to, at most, bytes.
pub const MAX_UNPACKED_BYTES: u64 = 512 * 1024 * 1024;

/// The end record without its comment, and with the longest one.
const END_BYTES: usize = 22;
const END_MAX_BYTES: u64 = 22 + 65_535;

/// The directory, at most, bytes.
const MAX_DIRECTORY_BYTES: u64 = 4 * 1024 * 1024;

/// Where the directory is.
struct End {
    at: u64,
    entries: usize,
    directory_at: u64,
    directory_bytes: u64,
}

/// Ends the file as a ZIP archive does?
pub(super) fn has_end<R: Read + Seek>(source: &mut Source<'_, R>) -> io::Result<bool> {
    Ok(end(source)?.is_some())
}

pub(super) fn look<R: Read + Seek>(source: &mut Source<'_, R>) -> Found {
    let Some(end) = end(source)? else {
        return Ok(Err(Doubt::Broken));
    };
    // Without a gap on either side nothing else hides in the file.
    let fits = end.directory_at.checked_add(end.directory_bytes) == Some(end.at);
    if !fits || end.entries == 0 {
        return Ok(Err(Doubt::Broken));
    }
    if end.directory_bytes > MAX_DIRECTORY_BYTES || end.entries > MAX_ENTRIES {
        return Ok(Err(Doubt::TooLarge));
    }
    let directory = source.at_most(end.directory_at, end.directory_bytes as usize)?;
    Ok(judge(&directory, end.entries))
}

/// The end record whose comment reaches exactly to the end of the file.
fn end<R: Read + Seek>(source: &mut Source<'_, R>) -> io::Result<Option<End>> {
    let from = source.length.saturating_sub(END_MAX_BYTES);
    let tail = source.at_most(from, END_MAX_BYTES as usize)?;
    let last = tail.len().checked_sub(END_BYTES);
    Ok(last.and_then(|last| {
        let starts = (0..=last).rev().find(|&at| {
            tail[at..].starts_with(b"PK\x05\x06")
                && at + END_BYTES + usize::from(le16(&tail[at + 20..])) == tail.len()
        })?;
        let record = &tail[starts..];
        Some(End {
            at: from + starts as u64,
            entries: usize::from(le16(&record[10..])),
            directory_bytes: u64::from(le32(&record[12..])),
            directory_at: u64::from(le32(&record[16..])),
        })
    }))
}

/// The kind by the names in a directory of `entries`.
fn judge(directory: &[u8], entries: usize) -> Result<Kind, Doubt> {
    let (mut rest, mut unpacked) = (directory, 0_u64);
    let (mut types, mut word, mut excel, mut macros) = (false, false, false, false);
    for _ in 0..entries {
        if rest.len() < 46 || !rest.starts_with(b"PK\x01\x02") {
            return Err(Doubt::Broken);
        }
        unpacked += u64::from(le32(&rest[24..]));
        let [name, extra, comment] = [28, 30, 32].map(|at| usize::from(le16(&rest[at..])));
        let whole = 46 + name + extra + comment;
        let Some(name) = rest.get(46..46 + name).filter(|_| rest.len() >= whole) else {
            return Err(Doubt::Broken);
        };
        types |= name == b"[Content_Types].xml";
        word |= name == b"word/document.xml";
        excel |= name == b"xl/workbook.xml";
        macros |= name.ends_with(b"vbaProject.bin");
        rest = &rest[whole..];
    }
    match (types, word, excel) {
        _ if !rest.is_empty() => Err(Doubt::Broken),
        _ if unpacked > MAX_UNPACKED_BYTES => Err(Doubt::TooLarge),
        (true, ..) if macros => Err(Doubt::Macros),
        (true, true, true) => Err(Doubt::Mixed),
        (true, true, false) => Ok(Kind::Docx),
        (true, false, true) => Ok(Kind::Xlsx),
        _ => Ok(Kind::Zip),
    }
}

fn le16(bytes: &[u8]) -> u16 {
    u16::from_le_bytes([bytes[0], bytes[1]])
}

fn le32(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
