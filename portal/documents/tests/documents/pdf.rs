//! PDF files, read back by poppler, a reader of other hands.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use documents::pdf::{Document, MAX_PAGES, TooLong};

/// A file that is gone at the end of its test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(bytes: &[u8]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("pinhui-documents-{}-{n}.pdf", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs one of poppler's tools; it must be there and have nothing to complain about.
fn poppler(tool: &str, bytes: &[u8]) -> String {
    assert!(
        fs::exists("/usr/share/poppler/cMap/Adobe-GB1/UniGB-UTF16-H").unwrap(),
        "the Debian package poppler-data is missing"
    );
    let file = Scratch::new(bytes);
    let mut command = Command::new(tool);
    if tool == "pdftotext" {
        command.arg("-layout").arg(&file.0).arg("-");
    } else {
        command.arg(&file.0);
    }
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{tool} of the Debian package poppler-utils: {error}"));
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && complaints.is_empty(),
        "{tool}: {complaints}"
    );
    String::from_utf8(output.stdout).unwrap()
}

fn text(bytes: &[u8]) -> String {
    poppler("pdftotext", bytes)
}

/// The text without its line breaks and spaces.
fn joined(bytes: &[u8]) -> String {
    text(bytes).split_whitespace().collect()
}

fn letter() -> Document {
    let mut letter = Document::new("面试邀请函（示例）");
    letter.footer("示例大学就业指导中心");
    letter.title("面试邀请函");
    letter.paragraph("张三同学：");
    letter.paragraph("　　经初步筛选，邀请你参加 Rust 工程师（C++ 方向）职位的面试。");
    letter.heading("一、面试安排");
    letter.table(&[
        ("单位", "示例科技有限公司"),
        ("时间", "2026-03-01 09:30"),
        ("备注", "请携带学生证。\n迟到 10 分钟视为放弃。"),
    ]);
    letter
}

#[test]
fn a_letter_is_read_back() {
    let bytes = letter().finish().unwrap();
    let text = text(&bytes);
    for part in [
        "面试邀请函",
        "张三同学：",
        "邀请你参加 Rust 工程师（C++ 方向）职位的面试。",
        "一、面试安排",
        "2026-03-01 09:30",
        "迟到 10 分钟视为放弃。",
        "示例大学就业指导中心",
        "第 1 页，共 1 页",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let row = text
        .lines()
        .find(|line| line.contains("示例科技有限公司"))
        .unwrap();
    assert!(row.trim_start().starts_with("单位"), "{row}");
    assert!(!text.contains("注：“〓”"), "nothing is missing");
    assert!(bytes.len() < 20_000, "{} bytes", bytes.len());
    assert_eq!(bytes, letter().finish().unwrap(), "the same again");
}

#[test]
fn its_metadata_say_what_it_is() {
    let bytes = letter().finish().unwrap();
    let information = poppler("pdfinfo", &bytes);
    for part in ["面试邀请函（示例）", "A4", "Pages:           1"] {
        assert!(information.contains(part), "{part} in\n{information}");
    }
    let fonts = poppler("pdffonts", &bytes);
    assert!(
        fonts.contains("STSong-Light") && fonts.contains("UniGB-UTF16-H"),
        "{fonts}"
    );
}

#[test]
fn a_long_paragraph_is_wrapped_over_several_pages_and_nothing_is_lost() {
    let sentence = "这是一个很长的段落，其中有中文、English words、数字 12345 和《书名》。";
    let paragraph = sentence.repeat(150);
    let mut document = Document::new("长文（示例）");
    document.paragraph(&paragraph);
    let bytes = document.finish().unwrap();
    let text = text(&bytes);
    let pages = text.matches('\u{c}').count();
    assert!(pages >= 3, "{pages}");
    assert!(text.contains(&format!("第 1 页，共 {pages} 页")));
    assert!(text.contains(&format!("第 {pages} 页，共 {pages} 页")));
    let body = text.lines().filter(|line| !line.contains(" 页，共 "));
    for line in body.clone() {
        let line = line.trim_matches('\u{c}').trim();
        assert!(line.chars().count() < 75, "{line}");
        assert!(!line.starts_with(['，', '。', '》', '、']), "{line}");
        assert!(!line.ends_with('《'), "{line}");
    }
    let found: String = body.flat_map(str::split_whitespace).collect();
    let expected: String = paragraph.split_whitespace().collect();
    assert_eq!(found, expected);
}

#[test]
fn rare_characters_come_through() {
    // 䶮 is in the basic plane, U+20087 beyond it and in the font, the others are not in the font.
    let mut document = Document::new("生僻字𠮷（示例）");
    document.table(&[("姓名", "王䶮、李\u{20087}、赵𬱖𠮷")]);
    document.paragraph("한국 😀");
    let bytes = document.finish().unwrap();
    let found = joined(&bytes);
    for part in ["王䶮、李\u{20087}、赵𬱖𠮷", "한국😀"] {
        assert!(found.contains(part), "{part} in {found}");
    }
    let note = "统一码依次为U+2CC56、U+20BB7、U+D55C、U+AD6D、U+1F600。";
    assert!(found.contains(note), "{found}");
    let information = poppler("pdfinfo", &bytes);
    assert!(information.contains("生僻字𠮷（示例）"), "{information}");
}

#[test]
fn rows_go_to_the_next_page_whole_or_in_parts() {
    let mut document = Document::new("表格（示例）");
    let long = "值".repeat(40 * 80);
    let mut rows: Vec<_> = (1..=60).map(|n| (format!("第{n}项"), "内容")).collect();
    rows.push(("很长的一项".to_owned(), &long));
    document.table(&rows);
    let bytes = document.finish().unwrap();
    let found = joined(&bytes);
    assert!(found.contains("第60项内容"));
    assert_eq!(found.matches('值').count(), 40 * 80);
    let pages = text(&bytes).matches('\u{c}').count();
    assert!((4..=7).contains(&pages), "{pages}");
}

#[test]
fn a_heading_does_not_stay_alone_at_the_end_of_a_page() {
    for lines in 30..50 {
        let mut document = Document::new("标题（示例）");
        document.paragraph(&vec!["行"; lines].join("\n"));
        document.heading("唯一的标题");
        document.paragraph("它的正文");
        let text = text(&document.finish().unwrap());
        let page = text.split('\u{c}').find(|page| page.contains("唯一的标题"));
        assert!(page.unwrap().contains("它的正文"), "after {lines} lines");
    }
}

#[test]
fn control_characters_and_empty_texts_do_no_harm() {
    let mut document = Document::new("\u{0}\u{202e}x\n");
    document.title("");
    document.heading("");
    document.paragraph("a\u{0}b\u{7}c\u{202e}d\u{200b}e\u{fe0f}\tf\r\ng(\\)");
    document.table(&[("", "")]);
    document.table::<&str, &str>(&[]);
    document.space();
    let found = text(&document.finish().unwrap());
    assert!(
        found.contains("abcde f\n") && found.contains("g(\\)"),
        "{found}"
    );
    poppler("pdftotext", &Document::new("").finish().unwrap());
}

#[test]
fn a_document_without_an_end_is_refused() {
    let mut document = Document::new("太长（示例）");
    let page = "行\n".repeat(60);
    for _ in 0..MAX_PAGES {
        document.paragraph(&page);
        document.table(&[("项", &page)]);
    }
    assert_eq!(document.finish(), Err(TooLong));
}
