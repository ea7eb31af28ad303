//! What a file is, by its content and never by its name or what a browser says of it.
//!
//! Pictures, PDF, Office files and texts are recognised strictly: a file that could also be read
//! as something else, that is cut off, or whose header promises more than a viewer can hold is
//! [`Kind::Unknown`]. Pictures are judged by their headers; nothing is decoded. So are HTML, SVG
//! and scripts unknown, whatever they claim to be: no browser can be made to run an upload.

mod archive;
mod image;
mod text;

use std::io::{self, Read, Seek, SeekFrom};

pub use archive::{MAX_ENTRIES, MAX_UNPACKED_BYTES};
pub use image::{MAX_PIXELS, MAX_SIDE};
pub use text::MAX_TEXT_BYTES;

/// Bytes at the front that are looked at for marks of other formats.
const HEAD_BYTES: usize = 1_024;

/// A PDF has its end mark within so many last bytes (ISO 32000-1, annex H.3).
const PDF_TAIL_BYTES: u64 = 1_024;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// PNG (ISO/IEC 15948).
    Png,
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// GIF.
    Gif,
    /// WebP (RFC 9649).
    WebP,
    /// PDF (ISO 32000).
    Pdf,
    /// Word, without macros (ISO/IEC 29500).
    Docx,
    /// Excel, without macros (ISO/IEC 29500).
    Xlsx,
    /// Another ZIP archive.
    Zip,
    /// Text in columns, UTF-8 or GB18030.
    Csv,
    /// Other text, UTF-8 or GB18030.
    Text,
    /// None of these, or not sound.
    Unknown,
}

/// What [`sniff`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sniffed {
    /// The kind.
    pub kind: Kind,
    /// Why it is [`Kind::Unknown`].
    pub doubt: Option<Doubt>,
}

/// Why a file is not taken for what it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It has no bytes.
    Empty,
    /// Of no known kind.
    Unknown,
    /// Cut off, or its parts contradict each other.
    Broken,
    /// It could be read as two kinds.
    Mixed,
    /// A picture with too many pixels, or an archive that unpacks to too much.
    TooLarge,
    /// An Office file with macros.
    Macros,
}

impl Kind {
    /// Media type, as in `Content-Type`.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Zip => "application/zip",
            Self::Csv => "text/csv",
            Self::Text => "text/plain",
            Self::Unknown => "application/octet-stream",
        }
    }

    /// Ending of a file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Zip => "zip",
            Self::Csv => "csv",
            Self::Text => "txt",
            Self::Unknown => "bin",
        }
    }

    /// Its name on a page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG 图片",
            Self::Jpeg => "JPG 图片",
            Self::Gif => "GIF 图片",
            Self::WebP => "WebP 图片",
            Self::Pdf => "PDF 文件",
            Self::Docx => "Word 文档",
            Self::Xlsx => "Excel 表格",
            Self::Zip => "ZIP 压缩包",
            Self::Csv => "CSV 表格",
            Self::Text => "文本文件",
            Self::Unknown => "未知类型",
        }
    }

    /// Can a page show it as a picture?
    pub fn is_image(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Gif | Self::WebP)
    }
}

impl Doubt {
    /// What a page says beside the field.
    pub fn text(self) -> &'static str {
        match self {
            Self::Empty => "文件是空的",
            Self::Unknown => "不支持这种文件",
            Self::Broken => "文件不完整或已损坏",
            Self::Mixed => "文件内容混有其他类型，请重新导出后上传",
            Self::TooLarge => "图片像素过多或压缩内容过大",
            Self::Macros => "不接受带宏的文件",
        }
    }
}

impl From<Result<Kind, Doubt>> for Sniffed {
    fn from(found: Result<Kind, Doubt>) -> Self {
        match found {
            Ok(kind) => Self { kind, doubt: None },
            Err(doubt) => Self {
                kind: Kind::Unknown,
                doubt: Some(doubt),
            },
        }
    }
}

/// Says what `source` is, from its first byte to its last.
///
/// # Errors
/// It cannot be read.
pub fn sniff(source: &mut (impl Read + Seek)) -> io::Result<Sniffed> {
    Ok(look(&mut Source::new(source)?)?.into())
}

/// The same for bytes in memory.
pub fn sniff_bytes(bytes: &[u8]) -> Sniffed {
    sniff(&mut io::Cursor::new(bytes)).unwrap_or(Sniffed::from(Err(Doubt::Broken)))
}

type Found = io::Result<Result<Kind, Doubt>>;

fn look<R: Read + Seek>(source: &mut Source<'_, R>) -> Found {
    if source.length == 0 {
        return Ok(Err(Doubt::Empty));
    }
    let head = source.at_most(0, HEAD_BYTES)?;
    let kind = if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Kind::Png
    } else if head.starts_with(b"\xff\xd8\xff") {
        Kind::Jpeg
    } else if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        Kind::Gif
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        Kind::WebP
    } else if head.trim_ascii_start().starts_with(b"%PDF-") {
        Kind::Pdf
    } else if head.starts_with(b"PK\x03\x04") {
        return archive::look(source);
    } else {
        return text::look(source, &head);
    };
    // A ZIP reader begins at the end of a file, a lenient PDF reader in its first kilobyte.
    if archive::has_end(source)? || (kind.is_image() && find(&head, b"%PDF-").is_some()) {
        return Ok(Err(Doubt::Mixed));
    }
    let sound = match kind {
        Kind::Pdf => pdf(source, &head)?,
        _ => image::check(source, kind)?,
    };
    Ok(sound.map(|()| kind))
}

/// A version at the front and the end mark at the end.
fn pdf<R: Read + Seek>(source: &mut Source<'_, R>, head: &[u8]) -> io::Result<Result<(), Doubt>> {
    let version = head.trim_ascii_start().get(5..8);
    let versioned =
        version.is_some_and(|v| v[0].is_ascii_digit() && v[1] == b'.' && v[2].is_ascii_digit());
    let from = source.length.saturating_sub(PDF_TAIL_BYTES);
    let tail = source.at_most(from, PDF_TAIL_BYTES as usize)?;
    let ends = find(&tail, b"%%EOF").is_some();
    Ok(if versioned && ends {
        Ok(())
    } else {
        Err(Doubt::Broken)
    })
}

/// A file with its length, read at any place.
struct Source<'a, R> {
    inner: &'a mut R,
    length: u64,
}

impl<'a, R: Read + Seek> Source<'a, R> {
    fn new(inner: &'a mut R) -> io::Result<Self> {
        let length = inner.seek(SeekFrom::End(0))?;
        Ok(Self { inner, length })
    }

    /// Up to `count` bytes from `from` on: fewer at the end of the file.
    fn at_most(&mut self, from: u64, count: usize) -> io::Result<Vec<u8>> {
        self.inner.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::with_capacity(count);
        self.inner
            .by_ref()
            .take(count as u64)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Exactly `N` bytes at `from`, or nothing where the file ends before.
    fn exactly<const N: usize>(&mut self, from: u64) -> io::Result<Option<[u8; N]>> {
        Ok(self.at_most(from, N)?.try_into().ok())
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests;
