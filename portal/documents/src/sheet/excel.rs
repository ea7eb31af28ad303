//! Excel files (ISO/IEC 29500).

use std::io::{Cursor, Read, copy, sink};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx};
use zip::ZipArchive;

use super::{Collector, Format, Sheet, SheetError};

/// What a file may unpack to, bytes.
const MAX_UNPACKED_BYTES: u64 = 128 * 1024 * 1024;

/// Files in the archive.
const MAX_ENTRIES: usize = 2_000;

/// Numbers from here on have more digits than Excel keeps.
const EXACT_BELOW: f64 = 1e15;

pub(super) fn read(bytes: &[u8], collector: Collector) -> Result<Sheet, SheetError> {
    // The reader panics at some crafted files (a cell's name with too many digits): an upload must
    // not take its thread along.
    catch_unwind(AssertUnwindSafe(|| {
        check_unpacked(bytes)?;
        cells(bytes, collector)
    }))
    .unwrap_or(Err(SheetError::Broken))
}

/// Unpacks everything once into nothing: an archive's own word on its length is no limit.
fn check_unpacked(bytes: &[u8]) -> Result<(), SheetError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| SheetError::Broken)?;
    if archive.len() > MAX_ENTRIES {
        return Err(SheetError::TooMuch);
    }
    let mut room = MAX_UNPACKED_BYTES;
    for n in 0..archive.len() {
        let entry = archive.by_index(n).map_err(|_| SheetError::Broken)?;
        let unpacked = copy(&mut entry.take(room + 1), &mut sink());
        let unpacked = unpacked.map_err(|_| SheetError::Broken)?;
        room = room.checked_sub(unpacked).ok_or(SheetError::TooMuch)?;
    }
    Ok(())
}

fn cells(bytes: &[u8], mut collector: Collector) -> Result<Sheet, SheetError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| SheetError::Broken)?;
    let shown = book
        .sheets_metadata()
        .iter()
        .find(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
    let sheet = shown.ok_or(SheetError::Empty)?.name.clone();
    // Cell by cell: the other way makes a table of all cells up to the last one, which may be in
    // row 1,048,576.
    let mut reader = book
        .worksheet_cells_reader(&sheet)
        .map_err(|_| SheetError::Broken)?;
    while let Some(cell) = reader.next_cell().map_err(|_| SheetError::Broken)? {
        let (row, column) = cell.get_position();
        let (row, column) = (row as usize + 1, column as usize);
        let value = cell.get_value();
        let text = text(value);
        if text.trim().is_empty() {
            continue;
        }
        let number = matches!(value, DataRef::Float(_) | DataRef::Int(_));
        let cell = collector.add(row, column, &text)?;
        cell.looks_like_formula &= !number;
        cell.lost_digits = matches!(value, DataRef::Float(x) if x.abs() >= EXACT_BELOW);
    }
    collector.finish(Format::Xlsx { sheet })
}

/// What the cell shows, as nearly as that is known without its number format.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(time) => time_text(time),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// Fifteen significant digits, as many as Excel has; no exponent.
fn number_text(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    rounded.to_string()
}

/// `2026-03-01`, `2026-03-01 09:30`, `09:30`, or hours for a duration.
fn time_text(time: &ExcelDateTime) -> String {
    let minutes = (time.as_f64() * 24.0 * 60.0).round();
    if time.is_duration() {
        return format!(
            "{:.0}:{:02.0}",
            (minutes / 60.0).trunc(),
            minutes.abs() % 60.0
        );
    }
    let (year, month, day, hour, minute, ..) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (time.as_f64() < 1.0, hour, minute) {
        (true, ..) => format!("{hour:02}:{minute:02}"),
        (false, 0, 0) => date,
        (false, ..) => format!("{date} {hour:02}:{minute:02}"),
    }
}
