//! The file: pages of text and lines as PDF objects (ISO 32000-1).

use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Name, Pdf, Rect, Ref, Str, TextStr};

use super::{MARGIN, PAGE, SMALL, WIDTH, font, wrap};

/// Grey of a table's lines: 0 is black, 1 white.
const RULE_GREY: f32 = 0.6;

/// Thickness of a table's lines, points.
const RULE_WIDTH: f32 = 0.5;

/// Objects in front of the pages: catalog, list of pages, information, three of the font.
const PAGES_FROM: i32 = 7;

/// Something on a page; places are points from the upper left corner.
#[derive(Debug)]
pub(super) enum Mark {
    /// A line of text.
    Text {
        /// Left end of the baseline.
        at: (f32, f32),
        size: f32,
        /// Drawn with an outline, as the font has no bold face.
        strong: bool,
        text: String,
    },
    /// A straight line.
    Rule((f32, f32), (f32, f32)),
}

pub(super) fn file(title: &str, footer: &str, pages: &[Vec<Mark>]) -> Vec<u8> {
    let [catalog, tree, information] = [1, 2, 3].map(Ref::new);
    let refs = font::Refs {
        font: Ref::new(4),
        descendant: Ref::new(5),
        descriptor: Ref::new(6),
    };
    let mut pdf = Pdf::new();
    let mut root = pdf.catalog(catalog);
    root.pages(tree).lang(TextStr("zh-CN"));
    root.viewer_preferences().display_doc_title(true);
    drop(root);
    pdf.document_info(information)
        .title(TextStr(title))
        .creator(TextStr("Pinhui"));
    font::write(&mut pdf, &refs);

    let count = i32::try_from(pages.len()).expect("invariant: MAX_PAGES is small");
    let page_ref = |n: i32| Ref::new(PAGES_FROM + 2 * n);
    pdf.pages(tree).kids((0..count).map(page_ref)).count(count);
    for (n, marks) in (0..count).zip(pages) {
        let (id, content) = (page_ref(n), Ref::new(PAGES_FROM + 2 * n + 1));
        let mut page = pdf.page(id);
        page.parent(tree)
            .media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1))
            .contents(content);
        page.resources().fonts().pair(font::RESOURCE, refs.font);
        drop(page);
        let number = format!("第 {} 页，共 {count} 页", n + 1);
        pdf.stream(content, &drawn(marks, footer, &number));
    }
    pdf.finish()
}

/// The drawing instructions of a page.
fn drawn(marks: &[Mark], footer: &str, number: &str) -> Vec<u8> {
    let mut content = Content::new();
    content
        .set_stroke_gray(RULE_GREY)
        .set_line_width(RULE_WIDTH);
    for mark in marks {
        if let Mark::Rule(from, to) = *mark {
            content
                .move_to(from.0, PAGE.1 - from.1)
                .line_to(to.0, PAGE.1 - to.1)
                .stroke();
        }
    }
    content.set_stroke_gray(0.0);
    for mark in marks {
        if let Mark::Text {
            at,
            size,
            strong,
            text,
        } = mark
        {
            show(&mut content, *at, *size, *strong, text);
        }
    }
    let foot = PAGE.1 - MARGIN / 2.0;
    let right = MARGIN + WIDTH - wrap::width(number, SMALL);
    show(&mut content, (MARGIN, foot), SMALL, false, footer);
    show(&mut content, (right, foot), SMALL, false, number);
    content.finish().into_vec()
}

fn show(content: &mut Content, at: (f32, f32), size: f32, strong: bool, text: &str) {
    if text.is_empty() {
        return;
    }
    content.begin_text().set_font(font::RESOURCE, size);
    let mode = if strong {
        content.set_line_width(size * 0.03);
        TextRenderingMode::FillStroke
    } else {
        TextRenderingMode::Fill
    };
    content.set_text_rendering_mode(mode).set_text_matrix([
        1.0,
        0.0,
        0.0,
        1.0,
        at.0,
        PAGE.1 - at.1,
    ]);
    for (covered, run) in runs(text) {
        if covered {
            content.show(Str(&font::encode(run)));
            continue;
        }
        // Searching and copying find the character itself (ISO 32000-1 §14.9.4).
        content
            .begin_marked_content_with_properties(Name(b"Span"))
            .properties()
            .actual_text(TextStr(run));
        let marks: String = run.chars().map(|_| font::MISSING).collect();
        content.show(Str(&font::encode(&marks)));
        content.end_marked_content();
    }
    content.end_text();
}

/// Parts of a text that the font has, or has not.
fn runs(text: &str) -> Vec<(bool, &str)> {
    let mut runs = Vec::new();
    let (mut begin, mut state) = (0, None);
    for (at, c) in text.char_indices() {
        let covered = font::covers(c);
        if let Some(before) = state.filter(|&before| before != covered) {
            runs.push((before, &text[begin..at]));
            begin = at;
        }
        state = Some(covered);
    }
    runs.extend(state.map(|covered| (covered, &text[begin..])));
    runs
}
