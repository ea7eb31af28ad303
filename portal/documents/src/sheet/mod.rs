//! Tables in and out: rosters as CSV or Excel files.
//!
//! What a person uploads is judged by its content, never by its name; everything has a limit, and
//! each refusal says where in the file. Cells become trimmed text. A formula is never computed:
//! of an Excel cell its stored result is taken, and text that a spreadsheet would compute is
//! flagged.

mod delimited;
mod excel;
mod write;

pub use write::write_csv;

/// How much of a table is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of the file.
    pub bytes: usize,
    /// Rows with content.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Characters of one cell.
    pub cell_chars: usize,
    /// Bytes of all cells together.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 10 * 1024 * 1024,
            rows: 50_000,
            columns: 200,
            cell_chars: 5_000,
            text_bytes: 64 * 1024 * 1024,
        }
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What it was read from.
    pub format: Format,
    /// Rows with content, in order; empty ones are left out.
    pub rows: Vec<Row>,
}

/// What a table was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Text with separators.
    Csv {
        /// How characters are encoded.
        encoding: Encoding,
        /// Comma, semicolon or tab.
        separator: char,
    },
    /// An Excel file.
    Xlsx {
        /// The sheet that was read: the first one that is shown.
        sheet: String,
    },
}

/// How characters are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// GB18030, which holds GBK and GB 2312.
    Gb18030,
}

/// A row with content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number in a spreadsheet, from 1 on; empty rows count.
    pub number: usize,
    /// Up to the last cell with content.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// Without spaces around it.
    pub text: String,
    /// See [`looks_like_formula`].
    pub looks_like_formula: bool,
    /// Excel had a number of more than 15 digits here and has lost the last ones: such a column
    /// must be formatted as text.
    pub lost_digits: bool,
}

/// Why a table was not read. Rows and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// No cell has content.
    #[error("the table is empty")]
    Empty,
    /// The file is too long.
    #[error("the file has more than {limit} bytes")]
    TooManyBytes {
        /// The limit.
        limit: usize,
    },
    /// Too many rows with content.
    #[error("the table has more than {limit} rows")]
    TooManyRows {
        /// The limit.
        limit: usize,
    },
    /// A row is too wide.
    #[error("row {row} has more than {limit} columns")]
    TooManyColumns {
        /// Where.
        row: usize,
        /// The limit.
        limit: usize,
    },
    /// A cell is too long.
    #[error("the cell in row {row}, column {column} has more than {limit} characters")]
    CellTooLong {
        /// Where.
        row: usize,
        /// Where.
        column: usize,
        /// The limit.
        limit: usize,
    },
    /// All cells together are too long, or the file unpacks to too much.
    #[error("the table holds too much")]
    TooMuch,
    /// Neither UTF-8 nor GB18030.
    #[error("the text is neither UTF-8 nor GB18030")]
    Encoding,
    /// An `.xls` file, or an Excel file with a password.
    #[error("the file is of an old format or has a password")]
    OldOrLocked,
    /// It begins as an Excel file and is none.
    #[error("the file is broken")]
    Broken,
}

impl SheetError {
    /// What a page says beside the field.
    pub fn text(&self) -> String {
        match *self {
            Self::Empty => "表格是空的".to_owned(),
            Self::TooManyBytes { limit } => {
                format!("文件超过 {}", size(limit))
            }
            Self::TooManyRows { limit } => format!("表格超过 {limit} 行，请分批导入"),
            Self::TooManyColumns { row, limit } => format!("第 {row} 行超过 {limit} 列"),
            Self::CellTooLong { row, column, limit } => format!(
                "第 {row} 行 {} 列超过 {limit} 个字，请检查内容和引号",
                column_name(column)
            ),
            Self::TooMuch => "表格内容过多，请分批导入".to_owned(),
            Self::Encoding => {
                "无法识别文字编码，请在 Excel 中另存为“CSV UTF-8”或 .xlsx 后再上传".to_owned()
            }
            Self::OldOrLocked => {
                "不支持旧版 .xls 或带密码的文件，请另存为不带密码的 .xlsx".to_owned()
            }
            Self::Broken => "文件已损坏，无法读取".to_owned(),
        }
    }
}

impl Row {
    /// The text of the cell in `column` (from 0 on); nothing beyond the last one.
    pub fn text(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| &cell.text)
    }
}

/// Reads a CSV or XLSX file.
///
/// # Errors
/// See [`SheetError`].
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Sheet, SheetError> {
    if bytes.len() > limits.bytes {
        return Err(SheetError::TooManyBytes {
            limit: limits.bytes,
        });
    }
    let collector = Collector::new(*limits);
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        Err(SheetError::OldOrLocked)
    } else if bytes.starts_with(b"PK\x03\x04") {
        excel::read(bytes, collector)
    } else {
        delimited::read(bytes, collector)
    }
}

/// Would a spreadsheet compute this text instead of showing it? That is text that begins with
/// `=`, `+`, `-`, `@` (also full-width, which Chinese Excel takes as well) or a tab or line break
/// (OWASP, "CSV Injection"). A plain number such as `-3.5` is none.
pub fn looks_like_formula(text: &str) -> bool {
    let begins = text.starts_with(['\t', '\r', '\n'])
        || text
            .trim_start()
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    begins && !is_number(text)
}

/// Digits with at most one sign and one point.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(part)
}

/// Gathers cells row by row and keeps the limits.
struct Collector {
    limits: Limits,
    rows: Vec<Row>,
    text_bytes: usize,
}

impl Collector {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            rows: Vec::new(),
            text_bytes: 0,
        }
    }

    /// Adds a cell; `row` counts from 1, `column` from 0. Rows come in order, and so do the cells
    /// of a row.
    fn add(&mut self, row: usize, column: usize, raw: &str) -> Result<&mut Cell, SheetError> {
        let text = raw.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let limit = self.limits.cell_chars;
        // Bytes first: a cell of megabytes is not counted character by character.
        if text.len() > limit.saturating_mul(4) || text.chars().count() > limit {
            let column = column + 1;
            return Err(SheetError::CellTooLong { row, column, limit });
        }
        if column >= self.limits.columns {
            let limit = self.limits.columns;
            return Err(SheetError::TooManyColumns { row, limit });
        }
        self.text_bytes = self.text_bytes.saturating_add(text.len());
        if self.text_bytes > self.limits.text_bytes {
            return Err(SheetError::TooMuch);
        }
        let last = self.rows.last().map_or(0, |last| last.number);
        if row < last {
            return Err(SheetError::Broken);
        }
        if row > last {
            if self.rows.len() == self.limits.rows {
                let limit = self.limits.rows;
                return Err(SheetError::TooManyRows { limit });
            }
            self.rows.push(Row {
                number: row,
                cells: Vec::new(),
            });
        }
        let cells = &mut self.rows.last_mut().ok_or(SheetError::Broken)?.cells;
        if cells.len() <= column {
            cells.resize_with(column + 1, Cell::default);
        }
        let cell = &mut cells[column];
        *cell = Cell {
            text: text.to_owned(),
            looks_like_formula: looks_like_formula(text),
            lost_digits: false,
        };
        Ok(cell)
    }

    fn finish(self, format: Format) -> Result<Sheet, SheetError> {
        if self.rows.is_empty() {
            return Err(SheetError::Empty);
        }
        Ok(Sheet {
            format,
            rows: self.rows,
        })
    }
}

/// A column's name in a spreadsheet: 1 is A, 27 is AA.
pub fn column_name(column: usize) -> String {
    let (mut rest, mut letters) = (column, Vec::new());
    while rest > 0 {
        rest -= 1;
        letters.push(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest % 26]);
        rest /= 26;
    }
    letters
        .iter()
        .rev()
        .map(|&letter| char::from(letter))
        .collect()
}

fn size(bytes: usize) -> String {
    if bytes >= 1024 * 1024 {
        format!("{} MB", bytes / (1024 * 1024))
    } else {
        format!("{} KB", bytes / 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_told_from_numbers_and_texts() {
        for formula in [
            "=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1", "＋1+1", "－1", "＠a", "  =1", "-",
            "+86 138", "\t1", "-1.", "--1", "=",
        ] {
            assert!(looks_like_formula(formula), "{formula:?}");
        }
        for text in ["", "1", "-5", "+3.5", "a=b", "张三", "1-2", "'=1"] {
            assert!(!looks_like_formula(text), "{text:?}");
        }
    }

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        let names = [1, 26, 27, 52, 703].map(column_name);
        assert_eq!(names, ["A", "Z", "AA", "AZ", "AAA"]);
    }
}
