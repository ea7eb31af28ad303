//! What staff write, as paragraphs: plain text in which addresses become links. Nothing in it is
//! ever markup.

/// Most characters of an address that becomes a link.
const LINK_CHARS: usize = 500;

/// A piece of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its words.
    pub text: String,
    /// It is an address: `http://…` or `https://…`.
    pub is_link: bool,
}

/// A paragraph: lines, each of pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// Its lines.
    pub lines: Vec<Vec<Piece>>,
}

/// Cuts a text into paragraphs at its empty lines.
pub fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut paragraphs = Vec::new();
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            if !lines.is_empty() {
                paragraphs.push(Paragraph {
                    lines: std::mem::take(&mut lines),
                });
            }
        } else {
            lines.push(pieces(line.trim_end()));
        }
    }
    if !lines.is_empty() {
        paragraphs.push(Paragraph { lines });
    }
    paragraphs
}

/// The beginning of a text on one line, for lists.
pub fn excerpt(text: &str, chars: usize) -> String {
    let line = formats::text::one_line(text);
    let mut short: String = line.chars().take(chars).collect();
    if line.chars().count() > chars {
        short.push('…');
    }
    short
}

/// The first `chars` characters of a text on one line, for keywords.
pub fn cut(text: &str, chars: usize) -> String {
    formats::text::one_line(text).chars().take(chars).collect()
}

fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(at) = link_start(rest) {
        let link = link_end(&rest[at..]);
        push(&mut pieces, &rest[..at], false);
        push(&mut pieces, &rest[at..at + link], link > "https://".len());
        rest = &rest[at + link..];
    }
    push(&mut pieces, rest, false);
    pieces
}

fn push(pieces: &mut Vec<Piece>, text: &str, is_link: bool) {
    if !text.is_empty() {
        pieces.push(Piece {
            text: text.to_owned(),
            is_link,
        });
    }
}

fn link_start(text: &str) -> Option<usize> {
    let found = ["http://", "https://"].map(|scheme| text.find(scheme));
    found.into_iter().flatten().min()
}

/// Bytes of the address at the beginning of `text`. Chinese words and marks end it, and a full
/// stop, comma or bracket at its end belongs to the sentence.
fn link_end(text: &str) -> usize {
    let end = text
        .char_indices()
        .take(LINK_CHARS)
        .find(|(_, c)| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"' | '\'' | '`'))
        .map_or_else(
            || {
                text.char_indices()
                    .nth(LINK_CHARS)
                    .map_or(text.len(), |(at, _)| at)
            },
            |(at, _)| at,
        );
    text[..end]
        .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']'])
        .len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Piece {
        Piece {
            text: text.to_owned(),
            is_link: false,
        }
    }

    fn link(text: &str) -> Piece {
        Piece {
            text: text.to_owned(),
            is_link: true,
        }
    }

    #[test]
    fn empty_lines_part_paragraphs() {
        let found = paragraphs("一\r\n二\n\n \n三\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].lines, [vec![plain("一")], vec![plain("二")]]);
        assert!(paragraphs(" \n").is_empty());
    }

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        assert_eq!(
            pieces("报名：https://job.example/a?b=1&c=2，截止周五。见 http://a.example/x."),
            [
                plain("报名："),
                link("https://job.example/a?b=1&c=2"),
                plain("，截止周五。见 "),
                link("http://a.example/x"),
                plain("."),
            ]
        );
        for text in [
            "javascript:alert(1)",
            "http://",
            "<script>alert(1)</script>",
            "ftp://a.b",
        ] {
            assert!(pieces(text).iter().all(|piece| !piece.is_link), "{text}");
        }
        let quoted = pieces("https://a.example/\"onmouseover=x");
        assert_eq!(quoted[0], link("https://a.example/"));
    }
}
