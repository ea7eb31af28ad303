//! A4 text documents in Chinese: letters, agreements, receipts.
//!
//! ```
//! let mut letter = documents::pdf::Document::new("面试邀请函（示例）");
//! letter.title("面试邀请函");
//! letter.paragraph("张三同学：\n　　请于 3 月 1 日参加面试。");
//! letter.table(&[("单位", "示例科技"), ("地点", "示例楼 101")]);
//! let bytes = letter.finish()?;
//! # assert!(bytes.starts_with(b"%PDF-"));
//! # Ok::<_, documents::pdf::TooLong>(())
//! ```
//!
//! Lines are broken where Chinese may be broken, pages get their numbers, and no font is embedded:
//! a page is a few kilobytes. A character that the font has not is shown as 〓, keeps its place in
//! the text (it is found and copied as it is), and its code is told at the end of the document.

mod font;
mod wrap;
mod write;

use write::Mark;

/// Pages of a document, at most.
pub const MAX_PAGES: usize = 500;

/// Missing characters whose codes are told, at most.
const MAX_TOLD: usize = 50;

/// A4, points (1/72 inch).
const PAGE: (f32, f32) = (595.28, 841.89);

/// From each edge, points: 20 mm.
const MARGIN: f32 = 56.7;

/// Width of the text, points.
const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;

/// Sizes of letters, points.
const TITLE: f32 = 20.0;
const HEADING: f32 = 14.0;
const BODY: f32 = 10.5;
const SMALL: f32 = 9.0;

/// Distance of lines, as a multiple of the size.
const LEADING: f32 = 1.6;

/// Of a table: the share of the left column, and the space around a text, points.
const KEY_SHARE: f32 = 0.25;
const PADDING: f32 = 5.0;

/// A document under construction.
#[derive(Debug)]
pub struct Document {
    title: String,
    footer: String,
    /// What is drawn on each page.
    pages: Vec<Vec<Mark>>,
    /// How much of the last page is used, points from its upper edge.
    used: f32,
    too_long: bool,
    /// Characters that the font has not, in order.
    missing: Vec<char>,
}

/// The document has more than [`MAX_PAGES`] pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document has more than {MAX_PAGES} pages")]
pub struct TooLong;

impl Document {
    /// An empty document. `title` stands in its metadata and in the reader's window.
    pub fn new(title: &str) -> Self {
        Self {
            title: clean(title),
            footer: String::new(),
            pages: vec![Vec::new()],
            used: MARGIN,
            too_long: false,
            missing: Vec::new(),
        }
    }

    /// Sets the text at the foot of each page, left of its number; what does not fit into half a
    /// line is left off.
    pub fn footer(&mut self, text: &str) {
        let text = self.noted(text);
        let lines = wrap::lines(&text, SMALL, WIDTH / 2.0);
        self.footer = lines.into_iter().next().unwrap_or_default();
    }

    /// Adds the title, large and centred.
    pub fn title(&mut self, text: &str) {
        self.lines(text, TITLE, |line| (WIDTH - wrap::width(line, TITLE)) / 2.0);
        self.skip(TITLE * 0.5);
    }

    /// Adds a heading, which stays with what follows.
    pub fn heading(&mut self, text: &str) {
        self.skip(HEADING * 0.5);
        self.room(LEADING * (HEADING + 2.0 * BODY));
        self.lines(text, HEADING, |_| 0.0);
    }

    /// Adds a paragraph; each line break in `text` begins a new one. An indentation is written as
    /// two full-width spaces in front.
    pub fn paragraph(&mut self, text: &str) {
        self.lines(text, BODY, |_| 0.0);
        self.skip(BODY * 0.4);
    }

    /// Adds the space of an empty line.
    pub fn space(&mut self) {
        self.skip(BODY * LEADING);
    }

    /// Adds a table of names (left) and values. A row that does not fit on the page goes to the
    /// next one; one that is longer than a page is divided.
    pub fn table<K: AsRef<str>, V: AsRef<str>>(&mut self, rows: &[(K, V)]) {
        for (key, value) in rows {
            let (key, value) = (self.noted(key.as_ref()), self.noted(value.as_ref()));
            let inner = |share: f32| WIDTH * share - 2.0 * PADDING;
            let keys = wrap::lines(&key, BODY, inner(KEY_SHARE));
            let values = wrap::lines(&value, BODY, inner(1.0 - KEY_SHARE));
            self.row(&keys, &values);
        }
        self.skip(BODY * 0.8);
    }

    /// The file.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn finish(mut self) -> Result<Vec<u8>, TooLong> {
        self.tell_missing();
        if self.too_long {
            return Err(TooLong);
        }
        Ok(write::file(&self.title, &self.footer, &self.pages))
    }

    /// Adds lines whose left edge is `indent` into the text's width.
    fn lines(&mut self, text: &str, size: f32, indent: impl Fn(&str) -> f32) {
        let text = self.noted(text);
        for line in wrap::lines(&text, size, WIDTH) {
            self.room(size * LEADING);
            let x = MARGIN + indent(&line);
            self.text(x, self.used, size, line);
            self.used += size * LEADING;
        }
    }

    /// Adds a row of a table, part by part if need be.
    fn row(&mut self, keys: &[String], values: &[String]) {
        let leading = BODY * LEADING;
        let height = |lines: usize| lines as f32 * leading + 2.0 * PADDING;
        let all = keys.len().max(values.len());
        let whole_page = ((PAGE.1 - 2.0 * MARGIN - 2.0 * PADDING) / leading) as usize;
        let mut at = 0;
        while at < all && !self.too_long {
            let part = (all - at).min(whole_page);
            self.room(height(part));
            let (top, middle) = (self.used, MARGIN + WIDTH * KEY_SHARE);
            let columns = [(MARGIN, keys), (middle, values)];
            for (x, lines) in columns {
                for (n, line) in lines.iter().skip(at).take(part).enumerate() {
                    let y = top + PADDING + n as f32 * leading;
                    self.text(x + PADDING, y, BODY, line.clone());
                }
            }
            let (right, bottom) = (MARGIN + WIDTH, top + height(part));
            for y in [top, bottom] {
                self.draw(Mark::Rule((MARGIN, y), (right, y)));
            }
            for x in [MARGIN, middle, right] {
                self.draw(Mark::Rule((x, top), (x, bottom)));
            }
            self.used = bottom;
            at += part;
        }
    }

    /// Puts a line of text whose upper edge is `top` below that of the page.
    fn text(&mut self, x: f32, top: f32, size: f32, line: String) {
        // The letters stand in the middle of their line.
        let baseline = top + size * (LEADING - 1.0) / 2.0 + size * 0.88;
        self.draw(Mark::Text {
            at: (x, baseline),
            size,
            strong: size > BODY,
            text: line,
        });
    }

    fn draw(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Begins a page if `height` does not fit on this one.
    fn room(&mut self, height: f32) {
        let fits = self.used + height <= PAGE.1 - MARGIN + 0.01;
        let empty = self.pages.last().is_none_or(Vec::is_empty);
        if fits || empty {
            return;
        }
        if self.pages.len() == MAX_PAGES {
            // What comes now is drawn over and never seen: the document is refused.
            self.too_long = true;
            self.pages.pop();
        }
        self.pages.push(Vec::new());
        self.used = MARGIN;
    }

    /// Leaves space, but not at the top of a page.
    fn skip(&mut self, height: f32) {
        if self.pages.last().is_some_and(|page| !page.is_empty()) {
            self.used += height;
        }
    }

    /// The text as it can be drawn, with what the font has not written down.
    fn noted(&mut self, text: &str) -> String {
        let text = clean(text);
        for c in text.chars().filter(|&c| c != '\n' && !font::covers(c)) {
            if self.missing.len() < MAX_TOLD && !self.missing.contains(&c) {
                self.missing.push(c);
            }
        }
        text
    }

    fn tell_missing(&mut self) {
        if self.missing.is_empty() {
            return;
        }
        let codes: Vec<_> = self
            .missing
            .iter()
            .map(|&c| format!("U+{:04X}", u32::from(c)))
            .collect();
        let mark = font::MISSING;
        let note = format!(
            "注：“{mark}”处是字体中没有的字，统一码依次为 {}。",
            codes.join("、")
        );
        self.skip(BODY);
        self.lines(&note, SMALL, |_| 0.0);
    }
}

/// Line breaks as `\n`; no other control characters, and nothing that is not seen.
fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '\r' => Some('\n'),
            '\t' => Some(' '),
            '\n' => Some('\n'),
            // Marks without a width: direction, joining, variants of a form.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => None,
            '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}
