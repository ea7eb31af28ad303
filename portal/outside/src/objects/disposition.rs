//! The header that makes a browser save a file under a name.

use crate::sign::escape;

/// Characters of a file's name, at most; the rest is left off before the ending.
const NAME_CHARS: usize = 100;

/// Value of `Content-Disposition` (RFC 6266) that saves under `filename` and never shows. The name
/// may be any text: path separators, control characters and marks that turn the direction of
/// writing are taken out, a long one is shortened in front of its ending.
pub fn attachment(filename: &str) -> String {
    let name = clean(filename);
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii() { c } else { '_' })
        .collect();
    format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        escape(&name, b"")
    )
}

fn clean(filename: &str) -> String {
    let name: String = filename
        .chars()
        .filter(|&c| !c.is_control() && !turns_direction(c))
        .map(|c| if "/\\\"<>:|?*%;".contains(c) { '_' } else { c })
        .collect();
    let name = name.trim().trim_start_matches('.');
    if name.is_empty() {
        return "file".to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 8 && !stem.is_empty() => (stem, ending),
        _ => (name, ""),
    };
    let stem: String = stem.chars().take(NAME_CHARS).collect();
    if ending.is_empty() {
        stem
    } else {
        format!("{stem}.{ending}")
    }
}

/// Bidirectional controls (Unicode UAX #9): with them `fdp.exe` looks like `exe.pdf`.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_and_made_harmless() {
        let cases = [
            (
                "简历.pdf",
                "\"__.pdf\"; filename*=UTF-8''%E7%AE%80%E5%8E%86.pdf",
            ),
            (
                "a\r\nX: y.pdf",
                "\"aX_ y.pdf\"; filename*=UTF-8''aX_%20y.pdf",
            ),
            (
                "../../\"x\".pdf",
                "\"_..__x_.pdf\"; filename*=UTF-8''_..__x_.pdf",
            ),
            ("fdp\u{202e}.exe", "\"fdp.exe\"; filename*=UTF-8''fdp.exe"),
            ("", "\"file\"; filename*=UTF-8''file"),
        ];
        for (name, header) in cases {
            let header = format!("attachment; filename={header}");
            assert_eq!(attachment(name), header, "{name:?}");
        }
        let long = attachment(&format!("{}.docx", "长".repeat(500)));
        assert!(long.ends_with(".docx") && long.len() < 1_200, "{long}");
    }
}
