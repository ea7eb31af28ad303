//! Rosters as offices make them, and as they pretend to be.

use std::io::{Cursor, Write as _};

use documents::sheet::{
    Encoding, Format, Limits, Sheet, SheetError, looks_like_formula, read, write_csv,
};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const ROSTER: &str = "姓名,学号,手机\n张三,2023001,13800138000\n李四,2023002,13900139000\n";

fn good(bytes: &[u8]) -> Sheet {
    read(bytes, &Limits::default()).unwrap()
}

fn bad(bytes: &[u8]) -> SheetError {
    read(bytes, &Limits::default()).unwrap_err()
}

/// Numbers and texts of the rows.
fn texts(sheet: &Sheet) -> Vec<(usize, Vec<&str>)> {
    sheet
        .rows
        .iter()
        .map(|row| {
            let texts = row.cells.iter().map(|cell| cell.text.as_str());
            (row.number, texts.collect())
        })
        .collect()
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn a_csv_roster_is_read_in_each_encoding() {
    let marked = [b"\xef\xbb\xbf", ROSTER.as_bytes()].concat();
    for (bytes, encoding) in [
        (ROSTER.as_bytes().to_vec(), Encoding::Utf8),
        (marked, Encoding::Utf8),
        (gb18030(ROSTER), Encoding::Gb18030),
        (ROSTER.replace('\n', "\r\n").into_bytes(), Encoding::Utf8),
        (ROSTER.replace('\n', "\r").into_bytes(), Encoding::Utf8),
    ] {
        let sheet = good(&bytes);
        let format = Format::Csv {
            encoding,
            separator: ',',
        };
        assert_eq!(sheet.format, format);
        assert_eq!(
            texts(&sheet),
            [
                (1, vec!["姓名", "学号", "手机"]),
                (2, vec!["张三", "2023001", "13800138000"]),
                (3, vec!["李四", "2023002", "13900139000"]),
            ]
        );
    }
    let rare = good(&gb18030("姓名,学号\n王䶮𠮷,1\n"));
    assert_eq!(rare.rows[1].text(0), "王䶮𠮷");
}

#[test]
fn separators_quotes_and_empty_rows_are_understood() {
    for (text, separator) in [
        ("a,b;c\n1,2\n", ','),
        ("a;b;c,d\n1;2;3\n", ';'),
        ("a\tb\n1\t2\n", '\t'),
        ("\"x;y;z\",b\n", ','),
        ("姓名\n张三\n", ','),
    ] {
        let format = good(text.as_bytes()).format;
        assert!(
            matches!(format, Format::Csv { separator: s, .. } if s == separator),
            "{text}"
        );
    }
    let sheet =
        good("\n姓名, 备注 \n\n\"张\n三\",\"说\"\"好\"\"，a,b\"\n ,　\n李四,,,\n,末".as_bytes());
    assert_eq!(
        texts(&sheet),
        [
            (2, vec!["姓名", "备注"]),
            (4, vec!["张\n三", "说\"好\"，a,b"]),
            (6, vec!["李四"]),
            (7, vec!["", "末"]),
        ]
    );
    assert_eq!(sheet.rows[2].text(9), "");
}

#[test]
fn what_is_no_table_is_refused_with_a_reason() {
    for (bytes, error) in [
        (&b""[..], SheetError::Empty),
        (b" ,\n\n", SheetError::Empty),
        (b"\xff\xfea\0,\0b\0", SheetError::Encoding),
        (b"a\0b", SheetError::Encoding),
        (b"caf\xe9 au lait", SheetError::Encoding),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
            SheetError::OldOrLocked,
        ),
        (b"PK\x03\x04 and so on", SheetError::Broken),
    ] {
        assert_eq!(bad(bytes), error, "{bytes:?}");
        assert!(!error.text().is_empty());
    }
}

#[test]
fn each_limit_is_told_with_its_place() {
    let limits = Limits {
        bytes: 100,
        rows: 3,
        columns: 4,
        cell_chars: 5,
        text_bytes: 30,
    };
    let refused = |text: &str| read(text.as_bytes(), &limits).unwrap_err();
    assert!(read("一二三四五,b,c,d\n2\n\n\n3\n".as_bytes(), &limits).is_ok());
    assert_eq!(
        refused(&"a,".repeat(51)),
        SheetError::TooManyBytes { limit: 100 }
    );
    assert_eq!(
        refused("1\n2\n3\n4\n"),
        SheetError::TooManyRows { limit: 3 }
    );
    let wide = SheetError::TooManyColumns { row: 2, limit: 4 };
    assert_eq!(refused("1\n1,2,3,4,5\n"), wide);
    let long = SheetError::CellTooLong {
        row: 3,
        column: 2,
        limit: 5,
    };
    assert_eq!(refused("1\n\n1,一二三四五六\n"), long);
    assert_eq!(refused("一二三四,一二三四,一二三\n"), SheetError::TooMuch);
    assert_eq!(long.text(), "第 3 行 B 列超过 5 个字，请检查内容和引号");
    assert_eq!(wide.text(), "第 2 行超过 4 列");
    let unclosed = format!("姓名,学号\n\"张三,1\n{}", "李四,2\n".repeat(1_000));
    let error = SheetError::CellTooLong {
        row: 2,
        column: 1,
        limit: 5_000,
    };
    assert_eq!(bad(unclosed.as_bytes()), error);
    assert_eq!(
        SheetError::TooManyBytes { limit: 10 << 20 }.text(),
        "文件超过 10 MB"
    );
}

#[test]
fn a_formula_in_a_csv_file_is_flagged() {
    let sheet = good("=HYPERLINK(\"x\"),@a,-5,张三\n".as_bytes());
    let flags: Vec<_> = sheet.rows[0]
        .cells
        .iter()
        .map(|c| c.looks_like_formula)
        .collect();
    assert_eq!(flags, [true, true, false, false]);
}

fn workbook(fill: impl FnOnce(&mut Workbook) -> Result<(), rust_xlsxwriter::XlsxError>) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(&mut book).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn an_excel_roster_is_read_as_it_shows() {
    let bytes = workbook(|book| {
        let date = Style::new().set_num_format("yyyy-mm-dd");
        let time = Style::new().set_num_format("yyyy-mm-dd hh:mm");
        let clock = Style::new().set_num_format("hh:mm");
        let spent = Style::new().set_num_format("[h]:mm");
        let hidden = book.add_worksheet().set_name("说明")?;
        hidden.set_hidden(true).write(0, 0, "not this one")?;
        let sheet = book.add_worksheet().set_name("名单")?;
        sheet.set_active(true);
        let moment = ExcelDateTime::parse_from_str("2026-03-01 09:30:00")?;
        sheet
            .write(0, 0, " 姓名　")?
            .write(0, 1, "学号")?
            .write(0, 2, "其他")?;
        sheet
            .write(2, 0, "王䶮𠮷")?
            .write(2, 1, 202_301_010_001_u64)?;
        sheet.write(2, 2, Formula::new("=1+2").set_result("3"))?;
        sheet.write(2, 3, Formula::new("=A1&\"x\"").set_result("=x"))?;
        sheet
            .write(3, 0, 0.1 + 0.2)?
            .write(3, 1, -5)?
            .write(3, 2, true)?;
        let day = ExcelDateTime::from_ymd(2026, 3, 1)?;
        sheet.write_with_format(4, 0, &day, &date)?;
        sheet.write_with_format(4, 1, &moment, &time)?;
        sheet.write_with_format(4, 2, 0.75, &clock)?;
        sheet.write_with_format(4, 3, 1.25, &spent)?;
        sheet.write(5, 0, 110_101_199_003_074_514_f64)?;
        sheet.write(1_048_575, 199, "the last row")?;
        Ok(())
    });
    let sheet = good(&bytes);
    assert_eq!(
        sheet.format,
        Format::Xlsx {
            sheet: "名单".to_owned()
        }
    );
    let rows = texts(&sheet);
    assert_eq!(rows[0], (1, vec!["姓名", "学号", "其他"]));
    assert_eq!(rows[1], (3, vec!["王䶮𠮷", "202301010001", "3", "=x"]));
    assert_eq!(rows[2], (4, vec!["0.3", "-5", "TRUE"]));
    assert_eq!(
        rows[3],
        (5, vec!["2026-03-01", "2026-03-01 09:30", "18:00", "30:00"])
    );
    assert_eq!((rows[4].0, rows[5].0, rows[5].1.len()), (6, 1_048_576, 200));
    let flagged = |row: usize, column: usize| sheet.rows[row].cells[column].looks_like_formula;
    assert!(flagged(1, 3) && !flagged(1, 2) && !flagged(2, 1));
    assert!(sheet.rows[4].cells[0].lost_digits && !sheet.rows[1].cells[1].lost_digits);
}

#[test]
fn an_empty_or_a_hidden_workbook_has_no_table() {
    let empty = workbook(|book| book.add_worksheet().set_name("空").map(|_| ()));
    assert_eq!(bad(&empty), SheetError::Empty);
}

/// An Excel file by hand: its first sheet's rows and its list of strings as XML.
fn by_hand(rows: &str, strings: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let files = [
        (
            "[Content_Types].xml",
            "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"
                .to_owned(),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns='{relations}'><Relationship Id='r1' \
                 Type='{office}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns='{relations}'>\
                 <Relationship Id='r1' Type='{office}/worksheet' Target='worksheets/s.xml'/>\
                 <Relationship Id='r2' Type='{office}/sharedStrings' Target='sharedStrings.xml'/>\
                 </Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns='{main}' xmlns:r='{office}'><sheets>\
                 <sheet name='S' sheetId='1' r:id='r1'/></sheets></workbook>"
            ),
        ),
        (
            "xl/sharedStrings.xml",
            format!("<sst xmlns='{main}'>{strings}</sst>"),
        ),
        (
            "xl/worksheets/s.xml",
            format!("<worksheet xmlns='{main}'><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in files {
        archive.start_file(name, options).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn crafted_excel_files_are_refused_before_they_grow() {
    let plain = by_hand("<row r='1'><c r='A1'><v>1</v></c></row>", "");
    assert_eq!(texts(&good(&plain)), [(1, vec!["1"])]);

    let far = by_hand("<row r='1'><c r='XFD1048576'><v>1</v></c></row>", "");
    assert_eq!(
        bad(&far),
        SheetError::TooManyColumns {
            row: 1_048_576,
            limit: 200
        }
    );

    let backwards =
        "<row r='2'><c r='A2'><v>1</v></c></row><row r='1'><c r='A1'><v>1</v></c></row>";
    assert_eq!(bad(&by_hand(backwards, "")), SheetError::Broken);

    // One string of a few kilobytes, named very often.
    let string = format!("<si><t>{}</t></si>", "x".repeat(5_000));
    let rows: String = (1..=20_000)
        .map(|n| format!("<row r='{n}'><c r='A{n}' t='s'><v>0</v></c></row>"))
        .collect();
    assert_eq!(bad(&by_hand(&rows, &string)), SheetError::TooMuch);

    // 200 MiB of spaces in 200 KiB.
    let bomb = by_hand("", &" ".repeat(200 << 20));
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    assert_eq!(bad(&bomb), SheetError::TooMuch);

    let entity = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>";
    let entities = by_hand(
        "<row r='1'><c r='A1' t='inlineStr'><is><t>&b;</t></is></c></row>",
        entity,
    );
    assert!(read(&entities, &Limits::default()).is_err());
}

#[test]
fn what_is_written_opens_in_excel_and_computes_nothing() {
    let bytes = write_csv([
        vec!["姓名", "备注"],
        vec!["张三", "=cmd|'/C calc'!A0"],
        vec!["-5", "@a"],
        vec!["a,\"b\"", "两\n行"],
    ]);
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert_eq!(
        text,
        "\u{feff}姓名,备注\r\n张三,'=cmd|'/C calc'!A0\r\n-5,'@a\r\n\"a,\"\"b\"\"\",\"两\n行\"\r\n"
    );
    let rows = good(&bytes).rows;
    assert!(
        rows.iter()
            .all(|row| row.cells.iter().all(|cell| !cell.looks_like_formula))
    );
    assert_eq!(write_csv::<[&str; 0]>([]), "\u{feff}".as_bytes());
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes, &Limits::default());
        let excel = [b"PK\x03\x04", bytes.as_slice()].concat();
        let _ = read(&excel, &Limits::default());
    }

    #[test]
    fn a_damaged_excel_file_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        row in "<row( r='[0-9a-z]{0,12}')?>(<c( r='[A-Z]{0,5}[0-9]{0,12}')?( t='[a-z]{1,3}')?\
                ( s='[0-9]{1,3}')?><v>[-0-9a-z.]{0,9}</v></c>){0,3}</row>",
    ) {
        let file = by_hand(&row, "<si><t>a</t></si>");
        let _ = read(&file, &Limits::default());
        let mut file = file;
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let _ = read(&file, &Limits::default());
    }

    #[test]
    fn what_is_written_is_read_back(
        rows in prop::collection::vec(prop::collection::vec("[ -~一-龥\"',;\n]{1,8}", 2..4), 1..6),
    ) {
        let bytes = write_csv(rows.iter());
        let has_content = rows.iter().flatten().any(|cell| !cell.trim().is_empty());
        prop_assume!(has_content);
        let sheet = read(&bytes, &Limits::default()).unwrap();
        prop_assume!(matches!(sheet.format, Format::Csv { separator: ',', .. }));
        for row in &sheet.rows {
            for (n, cell) in row.cells.iter().enumerate() {
                let written = &rows[row.number - 1][n];
                let expected = if looks_like_formula(written) {
                    format!("'{written}")
                } else {
                    written.clone()
                };
                prop_assert_eq!(&cell.text, expected.trim());
            }
        }
    }
}
