//! Pictures: their headers and their ends.

use std::io::{self, Read, Seek};

use super::{Doubt, Kind, Source};

/// The longest side of a picture, pixels.
pub const MAX_SIDE: u32 = 16_384;

/// Pixels of a picture: what a telephone's camera makes, and not what fills a viewer's memory.
pub const MAX_PIXELS: u64 = 128_000_000;

/// Segments in front of a JPEG's frame header.
const MAX_SEGMENTS: usize = 512;

/// Width and height.
type Size = (u32, u32);

type Measured = io::Result<Result<Size, Doubt>>;

/// Is this picture whole, and not too large?
pub(super) fn check<R: Read + Seek>(
    source: &mut Source<'_, R>,
    kind: Kind,
) -> io::Result<Result<(), Doubt>> {
    let size = match kind {
        Kind::Png => png(source)?,
        Kind::Jpeg => jpeg(source)?,
        Kind::Gif => gif(source)?,
        Kind::WebP => webp(source)?,
        _ => Err(Doubt::Unknown),
    };
    Ok(size.and_then(|(width, height)| {
        if width == 0 || height == 0 {
            Err(Doubt::Broken)
        } else if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS
        {
            Err(Doubt::TooLarge)
        } else {
            Ok(())
        }
    }))
}

/// The first chunk is a sane IHDR, the last one IEND (ISO/IEC 15948 §11.2).
fn png<R: Read + Seek>(source: &mut Source<'_, R>) -> Measured {
    let end = source.length.saturating_sub(12);
    let (Some(header), Some(last)) = (source.exactly::<21>(8)?, source.exactly::<12>(end)?) else {
        return Ok(Err(Doubt::Broken));
    };
    let [depth, colour, compression, filter, interlace] = [16, 17, 18, 19, 20].map(|i| header[i]);
    let depths: &[u8] = match colour {
        0 => &[1, 2, 4, 8, 16],
        3 => &[1, 2, 4, 8],
        2 | 4 | 6 => &[8, 16],
        _ => &[],
    };
    let sane = header.starts_with(b"\0\0\0\x0dIHDR")
        && depths.contains(&depth)
        && compression == 0
        && filter == 0
        && interlace <= 1;
    if !sane || last != *b"\0\0\0\0IEND\xae\x42\x60\x82" {
        return Ok(Err(Doubt::Broken));
    }
    Ok(Ok((be32(&header[8..12]), be32(&header[12..16]))))
}

/// Segments up to the frame header, and an end mark in the file (ITU-T T.81 §B.1). Telephones
/// append what is theirs after it, so it need not be the last.
fn jpeg<R: Read + Seek>(source: &mut Source<'_, R>) -> Measured {
    let mut at = 2;
    for _ in 0..MAX_SEGMENTS {
        let Some([0xff, marker, high, low]) = source.exactly(at)? else {
            return Ok(Err(Doubt::Broken));
        };
        // Bytes 0xff may fill up in front of a marker.
        if marker == 0xff {
            at += 1;
            continue;
        }
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            let Some([_, height @ .., _, _]) = source.exactly::<7>(at + 4)? else {
                return Ok(Err(Doubt::Broken));
            };
            let [h1, h0, w1, w0] = height;
            let size = (
                u32::from(u16::from_be_bytes([w1, w0])),
                u32::from(u16::from_be_bytes([h1, h0])),
            );
            let ends = has_end_of_image(source, at)?;
            return Ok(if ends { Ok(size) } else { Err(Doubt::Broken) });
        }
        let length = u64::from(u16::from_be_bytes([high, low]));
        // A scan, an end or a marker without a length cannot come before the frame.
        if length < 2 || matches!(marker, 0x00 | 0x01 | 0xd0..=0xda) {
            return Ok(Err(Doubt::Broken));
        }
        at += 2 + length;
    }
    Ok(Err(Doubt::Broken))
}

/// Looks for `FF D9` backwards: it is near the end of nearly every file.
fn has_end_of_image<R: Read + Seek>(source: &mut Source<'_, R>, after: u64) -> io::Result<bool> {
    const BLOCK: u64 = 64 * 1024;
    let mut to = source.length;
    while to > after {
        let from = to.saturating_sub(BLOCK).max(after);
        // One byte more, for a mark that two blocks share.
        let block = source.at_most(from, (to - from + 1) as usize)?;
        if super::find(&block, b"\xff\xd9").is_some() {
            return Ok(true);
        }
        to = from;
    }
    Ok(false)
}

/// The screen's size, and the trailer as the last byte.
fn gif<R: Read + Seek>(source: &mut Source<'_, R>) -> Measured {
    let end = source.length.saturating_sub(1);
    let (Some(size), Some([0x3b])) = (source.exactly::<4>(6)?, source.exactly(end)?) else {
        return Ok(Err(Doubt::Broken));
    };
    let side = |low: usize| u32::from(u16::from_le_bytes([size[low], size[low + 1]]));
    Ok(Ok((side(0), side(2))))
}

/// A container of the file's own length, and the size in its first chunk (RFC 9649 §2).
fn webp<R: Read + Seek>(source: &mut Source<'_, R>) -> Measured {
    let Some(header) = source.exactly::<30>(0)? else {
        return Ok(Err(Doubt::Broken));
    };
    let inside = u64::from(le32(&header[4..8]));
    if inside + 8 != source.length && inside + 9 != source.length {
        return Ok(Err(Doubt::Broken));
    }
    let data = &header[20..30];
    let size = match &header[12..16] {
        b"VP8 " if data[3..6] == [0x9d, 0x01, 0x2a] => {
            let side = |low: usize| u32::from(u16::from_le_bytes([data[low], data[low + 1]]));
            (side(6) & 0x3fff, side(8) & 0x3fff)
        }
        b"VP8L" if data[0] == 0x2f => {
            let bits = le32(&data[1..5]);
            ((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1)
        }
        b"VP8X" => {
            let side = |low: usize| le32(&[data[low], data[low + 1], data[low + 2], 0]) + 1;
            (side(4), side(7))
        }
        _ => return Ok(Err(Doubt::Broken)),
    };
    Ok(Ok(size))
}

fn be32(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |sum, &byte| (sum << 8) | u32::from(byte))
}

fn le32(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, &byte| (sum << 8) | u32::from(byte))
}
