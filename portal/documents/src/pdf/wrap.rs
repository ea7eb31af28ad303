//! Lines: where Chinese text may be broken, and how much fits.
//!
//! Between Chinese characters a line may end anywhere, but closing marks do not begin a line and
//! opening marks do not end one (避头尾, GB/T 15834 §5.1). Words and numbers stay whole unless one
//! is longer than a line.

use super::font;

/// Marks that do not begin a line.
const CLOSING: &str = "。，、；：？！）》」』】〕〉”’…—％℃·,.;:?!)]}>%";

/// Marks that do not end a line.
const OPENING: &str = "（《「『【〔〈“‘￥＃([{<$#@";

/// Width of a line, points.
pub(super) fn width(text: &str, size: f32) -> f32 {
    text.chars().map(font::width).map(f32::from).sum::<f32>() * size / 1_000.0
}

/// The lines of a text that is `room` points wide; `\n` begins a new one. An empty text has one
/// empty line.
pub(super) fn lines(text: &str, size: f32, room: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0.0;
        for atom in atoms(paragraph) {
            // Spaces at the end of a line hang over its edge.
            let needed = width(atom.trim_end_matches(' '), size);
            if used + needed > room && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            if needed > room {
                for c in atom.chars() {
                    let more = f32::from(font::width(c)) * size / 1_000.0;
                    if used + more > room && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        used = 0.0;
                    }
                    line.push(c);
                    used += more;
                }
            } else {
                line.push_str(atom);
                used += width(atom, size);
            }
        }
        lines.push(line);
    }
    for line in &mut lines {
        line.truncate(line.trim_end_matches(' ').len());
    }
    lines
}

/// The smallest parts between which a line may end.
fn atoms(text: &str) -> Vec<&str> {
    let mut atoms = Vec::new();
    let (mut begin, mut before) = (0, None);
    for (at, c) in text.char_indices() {
        if before.is_some_and(|before| may_break(before, c)) {
            atoms.push(&text[begin..at]);
            begin = at;
        }
        before = Some(c);
    }
    if begin < text.len() {
        atoms.push(&text[begin..]);
    }
    atoms
}

fn may_break(before: char, after: char) -> bool {
    let in_word = |c: char| c.is_ascii_graphic();
    let words_meet = in_word(before) && in_word(after);
    after != ' ' && !words_meet && !CLOSING.contains(after) && !OPENING.contains(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten full-width characters a line.
    fn ten(text: &str) -> Vec<String> {
        lines(text, 10.0, 100.0)
    }

    #[test]
    fn chinese_breaks_anywhere_but_beside_its_marks() {
        assert_eq!(
            ten("一二三四五六七八九十甲乙"),
            ["一二三四五六七八九十", "甲乙"]
        );
        assert_eq!(
            ten("一二三四五六七八九十，甲"),
            ["一二三四五六七八九", "十，甲"]
        );
        assert_eq!(
            ten("一二三四五六七八九（甲）"),
            ["一二三四五六七八九", "（甲）"]
        );
        assert_eq!(
            ten("一二三四五六七八九《甲》。"),
            ["一二三四五六七八九", "《甲》。"]
        );
    }

    #[test]
    fn words_stay_whole_unless_they_are_longer_than_a_line() {
        assert_eq!(
            ten("一二三四五六七八Pinhui语言"),
            ["一二三四五六七八", "Pinhui语言"]
        );
        assert_eq!(
            ten("one two three four five six seven"),
            ["one two three four five six", "seven"]
        );
        let long = "https://fair.example/".repeat(5);
        let parts = ten(&long);
        assert_eq!(parts.concat(), long);
        assert!(parts.len() > 4 && parts.iter().all(|line| width(line, 10.0) <= 100.0));
    }

    #[test]
    fn paragraphs_and_indentations_are_kept() {
        assert_eq!(ten("甲\n\n　　乙  \n"), ["甲", "", "　　乙", ""]);
        assert_eq!(ten(""), [""]);
    }

    #[test]
    fn a_character_wider_than_the_line_still_has_its_own() {
        assert_eq!(lines("甲乙", 10.0, 1.0), ["甲", "乙"]);
        assert_eq!(ten(&"。".repeat(25)).len(), 3);
    }
}
