//! Texts: UTF-8 with or without a byte order mark, and GB18030, which Excel writes in China.

use std::io::{self, Read, Seek};

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};

use super::{Doubt, Found, Kind, Source, find};

/// The longest text, bytes.
pub const MAX_TEXT_BYTES: u64 = 32 * 1024 * 1024;

/// Bytes read at once.
const BLOCK: usize = 64 * 1024;

/// Lines that are looked at for columns.
const LINES: usize = 20;

/// Of a hundred characters beyond ASCII in GB18030, so many are Chinese or its punctuation.
const CHINESE_PERCENT: usize = 70;

/// Marks by which browsers take a text for a page or a script, in lower case.
const MARKUP: [&[u8]; 8] = [
    b"<!doctype",
    b"<html",
    b"<head",
    b"<body",
    b"<script",
    b"<svg",
    b"<iframe",
    b"<?php",
];

pub(super) fn look<R: Read + Seek>(source: &mut Source<'_, R>, head: &[u8]) -> Found {
    if source.length > MAX_TEXT_BYTES || is_markup(head) {
        return Ok(Err(Doubt::Unknown));
    }
    for encoding in [UTF_8, GB18030] {
        if let Some(start) = decode(source, encoding)? {
            let kind = if has_columns(&start) {
                Kind::Csv
            } else {
                Kind::Text
            };
            return Ok(Ok(kind));
        }
    }
    Ok(Err(Doubt::Unknown))
}

/// Pages, drawings and scripts are no texts, even in the middle of the front.
fn is_markup(head: &[u8]) -> bool {
    let lower = head.to_ascii_lowercase();
    let trimmed = lower.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&lower);
    let trimmed = trimmed.trim_ascii_start();
    trimmed.starts_with(b"<")
        || trimmed.starts_with(b"#!")
        || MARKUP.iter().any(|mark| find(&lower, mark).is_some())
}

/// The first block of the text, if all of it is text in this encoding.
fn decode<R: Read + Seek>(
    source: &mut Source<'_, R>,
    encoding: &'static Encoding,
) -> io::Result<Option<String>> {
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let (mut start, mut counts) = (String::new(), Counts::default());
    let mut at = 0;
    while at < source.length {
        let block = source.at_most(at, BLOCK)?;
        if block.is_empty() {
            break;
        }
        at += block.len() as u64;
        let room = decoder.max_utf8_buffer_length_without_replacement(block.len());
        let mut text = String::with_capacity(room.unwrap_or(4 * BLOCK));
        let (result, read) =
            decoder.decode_to_string_without_replacement(&block, &mut text, at >= source.length);
        if result != DecoderResult::InputEmpty || read < block.len() || !counts.add(&text) {
            return Ok(None);
        }
        if start.is_empty() {
            start = text;
        }
    }
    let believed = encoding == UTF_8 || counts.look_chinese();
    Ok(believed.then_some(start))
}

#[derive(Default)]
struct Counts {
    beyond_ascii: usize,
    chinese: usize,
}

impl Counts {
    /// False if there is something that no text has.
    fn add(&mut self, text: &str) -> bool {
        for c in text.chars() {
            if c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}') {
                return false;
            }
            if !c.is_ascii() {
                self.beyond_ascii += 1;
                self.chinese += usize::from(is_chinese(c));
            }
        }
        true
    }

    /// Nearly every pair of high bytes means something in GB18030: only texts that read as Chinese
    /// are taken for it.
    fn look_chinese(&self) -> bool {
        self.chinese * 100 >= self.beyond_ascii * CHINESE_PERCENT
    }
}

fn is_chinese(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{9fff}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}'
        | '\u{2010}'..='\u{2030}' | '\u{2460}'..='\u{249b}' | '\u{2160}'..='\u{217f}'
        | '\u{20000}'..='\u{323af}' | '·' | '°' | '×')
}

/// At least two lines, all of the first ones with the same number of the same separator outside of
/// quotes.
fn has_columns(start: &str) -> bool {
    let lines: Vec<&str> = start
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
        .collect();
    lines.len() >= 2
        && [',', ';', '\t'].iter().any(|&separator| {
            let first = count(lines[0], separator);
            first > 0 && lines.iter().all(|line| count(line, separator) == first)
        })
}

fn count(line: &str, separator: char) -> usize {
    let mut quoted = false;
    line.chars()
        .filter(|&c| {
            quoted ^= c == '"';
            c == separator && !quoted
        })
        .count()
}
