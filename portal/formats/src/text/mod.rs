//! Texts as people type them: full width, stray spaces, invisible characters; and names.

mod mask;
mod person;

use std::borrow::Cow;

pub use mask::{masked_email, masked_mobile, masked_name};
pub use person::{NAME_CHARS, NameFault, is_han, person_name};

use crate::fault::{Fault, shown};

/// Shortest and longest name of a company, in characters.
pub const COMPANY_NAME_CHARS: (usize, usize) = (2, 60);

/// Full-width forms (U+FF01–U+FF5E, the signs U+FFE0–U+FFE6) and the ideographic space in half
/// width, as a machine reads them. Chinese input methods type full width.
pub fn half_width(text: &str) -> String {
    text.chars().map(half_width_char).collect()
}

fn half_width_char(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xfee0).expect("invariant: ASCII lies there")
        }
        '\u{ffe0}' => '¢',
        '\u{ffe1}' => '£',
        '\u{ffe2}' => '¬',
        '\u{ffe3}' => '¯',
        '\u{ffe4}' => '¦',
        '\u{ffe5}' => '¥',
        '\u{ffe6}' => '₩',
        _ => c,
    }
}

/// Characters that show nothing and come along when a text is pasted: zero-width ones, marks of
/// writing direction, variation selectors, the byte order mark, the soft hyphen.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// One line as it is stored: invisible characters gone, ends trimmed, each run of white space
/// (line ends too) one space. Punctuation keeps its width.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        if c.is_whitespace() {
            space = !line.is_empty();
            continue;
        }
        if space {
            line.push(' ');
            space = false;
        }
        line.push(c);
    }
    line
}

/// The key under which a company's name is unique: half width, lower case, without white space
/// and invisible characters, all brackets round, all middle dots and dashes alike.
pub fn name_key(name: &str) -> String {
    name.chars()
        .map(half_width_char)
        .filter(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(*c))
        .map(|c| match c {
            '[' | '{' | '〔' | '【' | '〈' | '《' => '(',
            ']' | '}' | '〕' | '】' | '〉' | '》' => ')',
            '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
            '’' => '\'',
            _ => person::middle_dot(c),
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// In half width without white space and invisible characters: how addresses are read.
pub(crate) fn without_spaces(text: &str) -> String {
    text.chars()
        .map(half_width_char)
        .filter(|c| !c.is_whitespace() && !is_invisible(*c))
        .collect()
}

/// [`without_spaces`] and without dashes: how numbers are read.
pub(crate) fn compact(text: &str) -> String {
    without_spaces(text)
        .chars()
        .filter(|c| !is_dash(*c))
        .collect()
}

/// A hyphen, a dash or a minus of any length.
pub(crate) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−')
}

/// Why a line of text was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Nothing is there.
    #[error("empty")]
    Empty,
    /// Fewer characters than this.
    #[error("shorter than {0} characters")]
    TooShort(usize),
    /// More characters than this.
    #[error("longer than {0} characters")]
    TooLong(usize),
    /// A control or markup character.
    #[error("a control or markup character")]
    Character(char),
}

impl Fault for LineFault {
    fn zh(&self) -> Cow<'static, str> {
        match self {
            Self::Empty => "请填写".into(),
            Self::TooShort(min) => format!("至少 {min} 个字").into(),
            Self::TooLong(max) => format!("最多 {max} 个字").into(),
            Self::Character(c) => format!("不能含有“{}”", shown(*c)).into(),
        }
    }
}

/// A line of `least` to `most` characters without control and markup characters, as it is stored.
///
/// # Errors
/// It is empty, too short, too long, or has such a character.
pub fn plain_line(text: &str, (least, most): (usize, usize)) -> Result<String, LineFault> {
    let line = one_line(text);
    let length = line.chars().count();
    if let Some(c) = line.chars().find(|c| c.is_control() || "<>".contains(*c)) {
        return Err(LineFault::Character(c));
    }
    match length {
        0 => Err(LineFault::Empty),
        _ if length < least => Err(LineFault::TooShort(least)),
        _ if length > most => Err(LineFault::TooLong(most)),
        _ => Ok(line),
    }
}

/// The name of a company as it is stored and shown; [`name_key`] is what must be unique.
///
/// # Errors
/// As [`plain_line`], within [`COMPANY_NAME_CHARS`].
pub fn company_name(text: &str) -> Result<String, LineFault> {
    plain_line(text, COMPANY_NAME_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn full_width_becomes_half_width() {
        for (typed, narrow) in [
            ("９１１１００００ＭＡ", "91110000MA"),
            ("Ａｂ　ｃ！～", "Ab c!~"),
            ("￥１００", "¥100"),
            ("长沙、（岳麓）", "长沙、(岳麓)"),
            ("", ""),
        ] {
            assert_eq!(half_width(typed), narrow, "{typed}");
        }
    }

    #[test]
    fn a_line_has_no_stray_spaces_and_no_invisible_characters() {
        for (typed, line) in [
            ("  长沙\t市 \r\n 岳麓区  ", "长沙 市 岳麓区"),
            ("\u{feff}聘\u{200b}会\u{202e}", "聘会"),
            ("（全角）　保留", "（全角） 保留"),
            ("\u{200b} \u{200b}", ""),
        ] {
            assert_eq!(one_line(typed), line, "{typed:?}");
        }
    }

    #[test]
    fn names_of_one_company_have_one_key() {
        let key = name_key("示例科技（长沙）有限公司ABC");
        for same in [
            "示例科技(长沙)有限公司abc",
            " 示例科技 （长沙） 有限公司 ＡＢＣ ",
            "示例科技【长沙】有限公司Abc",
            "示例科技\u{200b}〔长沙〕有限公司ABC",
        ] {
            assert_eq!(name_key(same), key, "{same}");
        }
        assert_ne!(name_key("示例科技（株洲）有限公司ABC"), key);
        assert_eq!(name_key("甲•乙"), name_key("甲·乙"));
    }

    #[test]
    fn a_company_name_is_a_plain_line() {
        assert_eq!(company_name(" 示例 & 科技 ").unwrap(), "示例 & 科技");
        assert_eq!(company_name("　"), Err(LineFault::Empty));
        assert_eq!(company_name("甲"), Err(LineFault::TooShort(2)));
        assert_eq!(company_name(&"甲".repeat(61)), Err(LineFault::TooLong(60)));
        assert_eq!(company_name("<b>甲"), Err(LineFault::Character('<')));
        assert_eq!(
            company_name("甲\u{7}乙").unwrap_err().zh(),
            "不能含有“U+0007”"
        );
    }

    proptest! {
        #[test]
        fn putting_into_form_twice_changes_nothing(text in "\\PC{0,40}|[ \\t\u{3000}\\-—（【ＡİΣ•甲\u{200b}]{0,20}") {
            for form in [half_width, one_line, name_key, compact] {
                let once = form(&text);
                prop_assert_eq!(form(&once), once);
            }
            if let Ok(name) = company_name(&text) {
                prop_assert_eq!(company_name(&name), Ok(name));
            }
        }
    }
}
