//! Text with separators (RFC 4180, and what Excel makes of it).

use encoding_rs::{GB18030, UTF_8};

use super::{Collector, Encoding, Format, Sheet, SheetError};

/// In the order in which they are preferred.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

pub(super) fn read(bytes: &[u8], mut collector: Collector) -> Result<Sheet, SheetError> {
    let (text, encoding) = decode(bytes)?;
    // One kind of line break, and one at the end, so that rows can be counted.
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.push('\n');
    let separator = separator(&text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator as u8)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut breaks_in_cells = 0;
    while reader
        .read_record(&mut record)
        .map_err(|_| SheetError::Encoding)?
    {
        // The reader stands in front of the empty lines that it has passed over, and counts the
        // breaks inside cells; a spreadsheet does neither.
        let (byte, line) = record
            .position()
            .map_or((0, 1), |at| (at.byte() as usize, at.line() as usize));
        let empty_lines = text[byte..].bytes().take_while(|&b| b == b'\n').count();
        let row = line + empty_lines - breaks_in_cells;
        breaks_in_cells += breaks(&record);
        for (column, cell) in record.iter().enumerate() {
            if !cell.trim().is_empty() {
                collector.add(row, column, cell)?;
            }
        }
    }
    collector.finish(Format::Csv {
        encoding,
        separator,
    })
}

fn breaks(record: &csv::StringRecord) -> usize {
    record.iter().map(|cell| cell.matches('\n').count()).sum()
}

fn decode(bytes: &[u8]) -> Result<(String, Encoding), SheetError> {
    let unmarked = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let candidates = [(UTF_8, Encoding::Utf8), (GB18030, Encoding::Gb18030)];
    candidates
        .into_iter()
        .find_map(|(encoding, name)| {
            let text = encoding.decode_without_bom_handling_and_without_replacement(unmarked)?;
            // Both would take UTF-16 or a program's bytes for letters.
            (!text.contains('\0')).then(|| (text.into_owned(), name))
        })
        .ok_or(SheetError::Encoding)
}

/// The most frequent one in the first line with content, outside of quotes.
fn separator(text: &str) -> char {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let count = |separator: char| {
        let mut quoted = false;
        first
            .unwrap_or("")
            .chars()
            .filter(|&c| {
                quoted ^= c == '"';
                c == separator && !quoted
            })
            .count()
    };
    SEPARATORS
        .into_iter()
        .rev()
        .max_by_key(|&separator| count(separator))
        .unwrap_or(',')
}
