//! Names of persons, with rare characters (生僻字) and the middle dot of minority names.

use std::borrow::Cow;

use super::{half_width, one_line};
use crate::fault::{Fault, shown};

/// Shortest and longest name, in characters.
pub const NAME_CHARS: (usize, usize) = (2, 30);

/// Why a name was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Nothing is there.
    #[error("no name")]
    Empty,
    /// Not within [`NAME_CHARS`].
    #[error("a name of {0} characters")]
    Length(usize),
    /// A digit, a sign, a control or private character.
    #[error("a character that no name has")]
    Character(char),
    /// A dot, hyphen or apostrophe that does not stand between or after letters.
    #[error("a mark out of place")]
    Place(char),
}

impl Fault for NameFault {
    fn zh(&self) -> Cow<'static, str> {
        match self {
            Self::Empty => "请填写姓名".into(),
            Self::Length(_) => {
                let (least, most) = NAME_CHARS;
                format!("姓名须为 {least} 至 {most} 个字").into()
            }
            Self::Character(c) => format!("姓名不能含有“{}”", shown(*c)).into(),
            Self::Place(c) => format!("“{c}”只能用在两个字之间").into(),
        }
    }
}

/// A Chinese character: the unified ones with all extensions (planes 2 and 3 whole, which hold
/// nothing else), the compatibility ones, and 〇.
pub fn is_han(c: char) -> bool {
    matches!(
        c,
        '\u{3007}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3fffd}'
    )
}

/// The other dots that keyboards give for the middle dot (U+00B7, GB 18030 A1A4).
pub(super) fn middle_dot(c: char) -> char {
    match c {
        '•' | '‧' | '・' | '･' | '∙' | '⋅' | '●' => '·',
        _ => c,
    }
}

/// Characters that older fonts and input methods keep in the private area, where GB 18030-2000
/// put them, by their present number. 䶮 stands in names.
fn out_of_the_private_area(c: char) -> char {
    match c {
        '\u{e863}' => '\u{4dae}',
        '\u{e81e}' => '\u{9fb4}',
        '\u{e826}' => '\u{9fb5}',
        '\u{e82b}' => '\u{9fb6}',
        '\u{e82c}' => '\u{9fb7}',
        '\u{e832}' => '\u{9fb8}',
        '\u{e843}' => '\u{9fb9}',
        '\u{e854}' => '\u{9fba}',
        '\u{e864}' => '\u{9fbb}',
        _ => c,
    }
}

/// A person's name as it is stored: letters of any script, the middle dot (`阿依古丽·买买提`), and
/// in foreign names space, hyphen, apostrophe and full stop. Spaces between Chinese characters
/// (张　璇) go.
///
/// # Errors
/// It is empty, not within [`NAME_CHARS`], or has a character that no name has.
pub fn person_name(text: &str) -> Result<String, NameFault> {
    let name = tidy(&one_line(&half_width(text)));
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    let chars: Vec<char> = name.chars().collect();
    if let Some(c) = chars.iter().find(|c| !is_letter(**c) && !is_mark(**c)) {
        return Err(NameFault::Character(*c));
    }
    if !(NAME_CHARS.0..=NAME_CHARS.1).contains(&chars.len()) {
        return Err(NameFault::Length(chars.len()));
    }
    let letter_at = |index: usize| chars.get(index).is_some_and(|c| is_letter(*c));
    for (index, c) in chars.iter().enumerate().filter(|(_, c)| is_mark(**c)) {
        let after_letter = index > 0 && letter_at(index - 1);
        let after_stop = *c == ' ' && index > 0 && chars[index - 1] == '.';
        let fits = (after_letter || after_stop) && (*c == '.' || letter_at(index + 1));
        if !fits {
            return Err(NameFault::Place(*c));
        }
    }
    Ok(name)
}

fn is_letter(c: char) -> bool {
    is_han(c) || c.is_alphabetic()
}

fn is_mark(c: char) -> bool {
    matches!(c, '·' | ' ' | '-' | '\'' | '.')
}

fn tidy(line: &str) -> String {
    let chars: Vec<char> = line
        .chars()
        .map(|c| match middle_dot(out_of_the_private_area(c)) {
            '’' | '‘' => '\'',
            c => c,
        })
        .collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or_default();
    let mut name = String::with_capacity(line.len());
    for (index, c) in chars.iter().enumerate() {
        let (before, after) = (at(index.wrapping_sub(1)), at(index + 1));
        let between_han = is_han(before) && is_han(after);
        match c {
            ' ' if between_han || before == '·' || after == '·' => {}
            '.' if between_han => name.push('·'),
            c => name.push(*c),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_taken_as_they_are_meant() {
        for (typed, name) in [
            ("张璇", "张璇"),
            (" 张　璇 ", "张璇"),
            ("欧阳娜娜", "欧阳娜娜"),
            ("阿依古丽•买买提", "阿依古丽·买买提"),
            ("阿依古丽．买买提", "阿依古丽·买买提"),
            ("阿依古丽 · 买买提", "阿依古丽·买买提"),
            ("王𬱖", "王𬱖"),
            ("李𠅤", "李𠅤"),
            ("赵\u{30edd}", "赵\u{30edd}"),
            ("刘\u{e863}", "刘䶮"),
            ("刘䶮", "刘䶮"),
            ("周〇一", "周〇一"),
            ("John  F. Kennedy", "John F. Kennedy"),
            ("O’Neil Anne-Marie", "O'Neil Anne-Marie"),
            ("Ｌｉ Ｍｉｎｇ", "Li Ming"),
            ("张璇\u{200b}", "张璇"),
        ] {
            assert_eq!(person_name(typed).as_deref(), Ok(name), "{typed}");
        }
        assert!(person_name(&"张".repeat(30)).is_ok());
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_cause() {
        for (typed, fault) in [
            ("", NameFault::Empty),
            (" \u{3000}", NameFault::Empty),
            ("张", NameFault::Length(1)),
            ("张1", NameFault::Character('1')),
            ("张<b>", NameFault::Character('<')),
            ("张\u{0}璇", NameFault::Character('\0')),
            ("张\u{e000}", NameFault::Character('\u{e000}')),
            ("张璇😀", NameFault::Character('😀')),
            ("·张璇", NameFault::Place('·')),
            ("张璇·", NameFault::Place('·')),
            ("阿··里", NameFault::Place('·')),
            ("-Anne", NameFault::Place('-')),
        ] {
            assert_eq!(person_name(typed), Err(fault), "{typed:?}");
        }
        assert_eq!(
            person_name(&"张".repeat(31)).unwrap_err().zh(),
            "姓名须为 2 至 30 个字"
        );
    }

    proptest! {
        #[test]
        fn a_name_stays_as_it_is(text in "\\PC{0,40}|[张璇·•.\u{3000} 'a-]{0,12}") {
            if let Ok(name) = person_name(&text) {
                prop_assert!(!name.contains(['<', '>', '&', '"']));
                prop_assert_eq!(person_name(&name), Ok(name));
            }
        }
    }
}
