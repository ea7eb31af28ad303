//! The fields of a template message: each key names a kind (`thing1`, `time2`), and a value that
//! does not fit its kind makes WeChat refuse the whole message with 47003.

use crate::refusal::{Cause, Refusal};

/// Kinds of fields (参数类别).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// 事物: up to 20 characters of any sort.
    Thing,
    /// 常量: up to 20 characters, one of those that the template lists.
    Const,
    /// 名称: up to 10 Chinese characters, or 20 letters or signs.
    Name,
    /// 汉字: up to 5 Chinese characters.
    Phrase,
    /// 数字: up to 32 digits, with a decimal point.
    Number,
    /// 字母: up to 32 letters.
    Letter,
    /// 符号: up to 5 signs.
    Symbol,
    /// 字符串: up to 32 digits, letters or signs.
    CharacterString,
    /// 时间: 24 hours, with or without a date; may be a span.
    Time,
    /// 日期: a day; may be a span.
    Date,
    /// 金额: one currency sign and up to 10 digits, with a decimal point and 元.
    Amount,
    /// 电话: up to 17 digits and signs.
    PhoneNumber,
    /// 车牌: up to 8 characters.
    CarNumber,
}

/// A value that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldFault {
    /// The key begins with no known kind, or has no number.
    #[error("{0} is no field of a template")]
    UnknownKey(String),
    /// WeChat refuses empty values.
    #[error("{0} is empty")]
    Empty(String),
    /// Too long for a kind that means something else when it is cut.
    #[error("{0} is longer than {1} characters")]
    TooLong(String, usize),
    /// Holds characters that the kind does not allow.
    #[error("{0} holds a character that its kind does not allow")]
    Characters(String),
}

impl From<FieldFault> for Refusal {
    fn from(fault: FieldFault) -> Self {
        let (FieldFault::UnknownKey(key)
        | FieldFault::Empty(key)
        | FieldFault::TooLong(key, _)
        | FieldFault::Characters(key)) = fault;
        Self::new(Cause::Content, format!("field:{key}"))
    }
}

impl FieldKind {
    /// The kind that a key such as `thing1` or `character_string12` names.
    pub fn of_key(key: &str) -> Option<Self> {
        let word = key.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = &key[word.len()..];
        if !(1..=3).contains(&number.len()) {
            return None;
        }
        Some(match word {
            "thing" => Self::Thing,
            "const" => Self::Const,
            "name" => Self::Name,
            "phrase" => Self::Phrase,
            "number" => Self::Number,
            "letter" => Self::Letter,
            "symbol" => Self::Symbol,
            "character_string" => Self::CharacterString,
            "time" => Self::Time,
            "date" => Self::Date,
            "amount" => Self::Amount,
            "phone_number" => Self::PhoneNumber,
            "car_number" => Self::CarNumber,
            _ => return None,
        })
    }

    /// Most characters of `text` in this kind.
    pub fn limit(self, text: &str) -> usize {
        match self {
            Self::Thing | Self::Const => 20,
            Self::Name if text.chars().any(is_han) => 10,
            Self::Name => 20,
            Self::Phrase | Self::Symbol => 5,
            Self::Number | Self::Letter | Self::CharacterString | Self::Time | Self::Date => 32,
            Self::Amount => 13,
            Self::PhoneNumber => 17,
            Self::CarNumber => 8,
        }
    }

    /// Is `text` a value that WeChat takes?
    pub fn takes(self, text: &str) -> bool {
        !text.is_empty() && text.chars().count() <= self.limit(text) && self.allows(text)
    }

    /// A cut text still says something; a cut number, time or name of a person says another thing.
    fn may_be_cut(self) -> bool {
        matches!(self, Self::Thing)
    }

    fn allows(self, text: &str) -> bool {
        let all = |good: fn(char) -> bool| text.chars().all(good);
        let any_digit = text.contains(|c: char| c.is_ascii_digit());
        match self {
            Self::Thing | Self::Const | Self::Name | Self::CarNumber => all(|c| !c.is_control()),
            Self::Phrase => all(is_han),
            Self::Number => any_digit && all(|c| c.is_ascii_digit() || ".-".contains(c)),
            Self::Letter => all(|c| c.is_ascii_alphabetic()),
            Self::Symbol => all(|c| c.is_ascii_punctuation()),
            Self::CharacterString => all(|c| c.is_ascii_graphic() || c == ' '),
            Self::Time => any_digit && all(is_of_time),
            Self::Date => any_digit && all(|c| is_of_time(c) && !"时分秒:".contains(c)),
            Self::Amount => any_digit && all(|c| c.is_ascii_digit() || ".-¥￥$€£元".contains(c)),
            Self::PhoneNumber => any_digit && all(|c| c.is_ascii_digit() || "+-()# ".contains(c)),
        }
    }
}

/// Makes `value` fit the field `key`: white space is joined, a long 事物 is cut with `…`.
///
/// # Errors
/// [`FieldFault`]: WeChat would refuse the message.
pub fn fit(key: &str, value: &str) -> Result<String, FieldFault> {
    let kind = FieldKind::of_key(key).ok_or_else(|| FieldFault::UnknownKey(key.to_owned()))?;
    let mut value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let limit = kind.limit(&value);
    if value.is_empty() {
        return Err(FieldFault::Empty(key.to_owned()));
    }
    if value.chars().count() > limit {
        if !kind.may_be_cut() {
            return Err(FieldFault::TooLong(key.to_owned(), limit));
        }
        value = value.chars().take(limit - 1).chain(['…']).collect();
    }
    if !kind.allows(&value) {
        return Err(FieldFault::Characters(key.to_owned()));
    }
    Ok(value)
}

fn is_of_time(c: char) -> bool {
    c.is_ascii_digit() || "年月日时分秒:：-/.~～ 至上下午".contains(c)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_thing_is_cut_and_says_so() {
        let long = "示例科技有限公司的人力资源部邀请您参加面试";
        assert_eq!(long.chars().count(), 21);
        let cut = fit("thing1", long).unwrap();
        assert_eq!(cut, "示例科技有限公司的人力资源部邀请您参加…");
        assert_eq!(cut.chars().count(), 20);
        assert_eq!(fit("thing1", &long[..60]).unwrap(), &long[..60]);
        assert_eq!(fit("thing2", " a\n\tb ").unwrap(), "a b");
    }

    #[test]
    fn a_value_that_would_change_its_meaning_is_refused() {
        let too_long = |key: &str, text: &str, limit| {
            let fault = fit(key, text).unwrap_err();
            assert_eq!(fault, FieldFault::TooLong(key.to_owned(), limit));
        };
        too_long("character_string1", &"9".repeat(33), 32);
        too_long("phrase1", "审核没有通过", 5);
        too_long("name1", "一二三四五六七八九十一", 10);
        too_long("amount1", "¥12345678901.005元", 13);
        assert_eq!(
            fit("name1", "Alexander Humboldt").unwrap(),
            "Alexander Humboldt"
        );
    }

    #[test]
    fn kinds_allow_their_own_characters_only() {
        for (key, good, bad) in [
            ("character_string1", "SN-2026/01", "编号1"),
            ("time3", "2026年3月1日 09:00~10:00", "明天"),
            ("date4", "2026-03-01", "09:00"),
            ("phrase1", "通过", "pass"),
            ("number1", "-3.5", "3个"),
            ("letter1", "abc", "a1"),
            ("symbol1", "!?", "a"),
            ("amount1", "¥100.00", "100美元整"),
            ("phone_number12", "+86-0731-88888888", "无"),
            ("car_number1", "湘A12345", "\u{7}"),
            ("const1", "审核通过", "\u{7}"),
        ] {
            assert_eq!(fit(key, good).unwrap(), good);
            assert_eq!(
                fit(key, bad).unwrap_err(),
                FieldFault::Characters(key.to_owned())
            );
        }
    }

    #[test]
    fn keys_have_a_kind_and_a_number() {
        for bad in ["", "thing", "1", "first", "remark1", "thing1234", "事1"] {
            assert_eq!(
                fit(bad, "x").unwrap_err(),
                FieldFault::UnknownKey(bad.to_owned())
            );
        }
        assert_eq!(
            fit("thing1", " ").unwrap_err(),
            FieldFault::Empty("thing1".to_owned())
        );
    }

    #[test]
    fn a_fault_is_a_final_refusal() {
        let refusal = Refusal::from(fit("thing1", "").unwrap_err());
        assert!(refusal.is_final());
        assert_eq!(refusal.code, "field:thing1");
    }
}
