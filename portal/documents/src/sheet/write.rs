//! CSV files for Excel.

use csv::{Terminator, WriterBuilder};

use super::looks_like_formula;

/// Writes rows as CSV in UTF-8 with a byte order mark, without which Excel in China takes the text
/// for GBK. A cell that a spreadsheet would compute gets an apostrophe in front, which makes it
/// text.
pub fn write_csv<R>(rows: impl IntoIterator<Item = R>) -> Vec<u8>
where
    R: IntoIterator,
    R::Item: AsRef<str>,
{
    let mut writer = WriterBuilder::new()
        .flexible(true)
        .terminator(Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        let cells: Vec<_> = row
            .into_iter()
            .map(|cell| harmless(cell.as_ref()))
            .collect();
        writer
            .write_record(&cells)
            .expect("invariant: writing to memory cannot fail");
    }
    writer
        .into_inner()
        .expect("invariant: writing to memory cannot fail")
}

fn harmless(text: &str) -> String {
    if looks_like_formula(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
