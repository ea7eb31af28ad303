//! Phone numbers of the mainland: mobiles, which are login names too, and landlines.

use std::borrow::Cow;

use crate::fault::Fault;
use crate::parsed::stored_as_text;
use crate::text::{half_width, is_dash, is_invisible};

/// Longest extension (分机号), in digits.
pub const EXTENSION_DIGITS: usize = 6;

/// A mobile number: 11 digits, `1[3-9]` first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mobile(String);

/// A landline with its area code and perhaps an extension (`0731-88888888-801`), a 400 or 800
/// number (`400-123-4567`), or a service number of the 95 kind (`95588`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Landline(String);

/// Either of the two, for fields that ask for 电话.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

/// Why a text is no phone number of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    /// Nothing is there.
    #[error("no number")]
    Empty,
    /// No mobile number.
    #[error("no mobile number")]
    Mobile,
    /// No landline number.
    #[error("no landline number")]
    Landline,
    /// Neither.
    #[error("neither a landline nor a mobile number")]
    Phone,
}

impl Fault for PhoneFault {
    fn zh(&self) -> Cow<'static, str> {
        match self {
            Self::Empty => "请填写电话号码",
            Self::Mobile => "手机号码应为 11 位数字，以 13 至 19 开头",
            Self::Landline => "固定电话应写作 区号-号码，如 0731-88888888，可加分机号",
            Self::Phone => "请填写固定电话（如 0731-88888888）或 11 位手机号码",
        }
        .into()
    }
}

impl Mobile {
    /// Reads a number however it is typed: +86, 0086 or 86 before it, spaces, dashes, full width.
    ///
    /// # Errors
    /// It is no mobile number.
    pub fn parse(text: &str) -> Result<Self, PhoneFault> {
        let typed = digits_and_dashes(text);
        let number: String = typed.chars().filter(|c| *c != '-').collect();
        if number.is_empty() {
            return Err(PhoneFault::Empty);
        }
        let number = ["+86", "0086", "86"]
            .iter()
            .find_map(|prefix| number.strip_prefix(prefix).filter(|rest| rest.len() == 11))
            .unwrap_or(&number);
        let good = number.len() == 11
            && all_digits(number)
            && number.starts_with('1')
            && matches!(number.as_bytes()[1], b'3'..=b'9');
        if good {
            Ok(Self(number.to_owned()))
        } else {
            Err(PhoneFault::Mobile)
        }
    }

    /// The stored form: 11 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As strangers see it: `138****8000`.
    pub fn masked(&self) -> String {
        crate::text::masked_mobile(&self.0)
    }
}

impl Landline {
    /// Reads a number however it is typed: with or without the dash, the area code in brackets,
    /// +86 or 0086 before it, 转 before the extension, full width.
    ///
    /// # Errors
    /// It is no landline number.
    pub fn parse(text: &str) -> Result<Self, PhoneFault> {
        let typed = digits_and_dashes(text);
        let number = typed.trim_matches('-');
        if number.is_empty() {
            return Err(PhoneFault::Empty);
        }
        service(number)
            .or_else(|| with_area_code(&national(number)))
            .map(Self)
            .ok_or(PhoneFault::Landline)
    }

    /// The stored form, with its dashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Phone {
    /// Reads either kind.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, PhoneFault> {
        match (Mobile::parse(text), Landline::parse(text)) {
            (Ok(mobile), _) => Ok(Self(mobile.0)),
            (_, Ok(landline)) => Ok(Self(landline.0)),
            (Err(PhoneFault::Empty), _) => Err(PhoneFault::Empty),
            _ => Err(PhoneFault::Phone),
        }
    }

    /// The stored form of its kind.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

stored_as_text!(Mobile, PhoneFault);
stored_as_text!(Landline, PhoneFault);
stored_as_text!(Phone, PhoneFault);

/// Half width without spaces; closing brackets and 转 are dashes, dashes next to each other one.
fn digits_and_dashes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in half_width(text).chars() {
        match c {
            '(' => {}
            c if c.is_whitespace() || is_invisible(c) => {}
            c if is_dash(c) || c == ')' || c == '转' => {
                if !out.ends_with('-') {
                    out.push('-');
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

/// The number as it is dialled within the country: `+86-731-…` is `0731-…`.
fn national(number: &str) -> Cow<'_, str> {
    let Some(rest) = ["+86", "0086"]
        .iter()
        .find_map(|prefix| number.strip_prefix(prefix))
    else {
        return number.into();
    };
    let rest = rest.trim_start_matches('-');
    if rest.starts_with('0') {
        rest.into()
    } else {
        format!("0{rest}").into()
    }
}

/// 400 and 800 numbers of ten digits, service numbers of five to eight digits that begin with 95.
fn service(number: &str) -> Option<String> {
    if number.starts_with("95") && (5..=8).contains(&number.len()) && all_digits(number) {
        return Some(number.to_owned());
    }
    let digits: String = number.chars().filter(|c| *c != '-').collect();
    let good = digits.len() == 10
        && all_digits(&digits)
        && (digits.starts_with("400") || digits.starts_with("800"));
    good.then(|| format!("{}-{}-{}", &digits[..3], &digits[3..6], &digits[6..]))
}

/// 010 and 020–029 have eight digits after them, the area codes of four digits seven or eight; no
/// subscriber's number begins with 0 or 1.
fn with_area_code(number: &str) -> Option<String> {
    if !number.bytes().all(|c| c.is_ascii_digit() || c == b'-') {
        return None;
    }
    let (area_digits, lengths) = match number.as_bytes() {
        [b'0', b'1', b'0', ..] | [b'0', b'2', ..] => (3, 8..=8),
        [b'0', b'3'..=b'9', ..] => (4, 7..=8),
        _ => return None,
    };
    let (area, rest) = number.split_at_checked(area_digits)?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let (subscriber, extension) = match rest.split_once('-') {
        Some((subscriber, extension)) => (subscriber, Some(extension)),
        None => (rest, None),
    };
    let good = all_digits(area)
        && all_digits(subscriber)
        && lengths.contains(&subscriber.len())
        && !subscriber.starts_with(['0', '1']);
    if !good {
        return None;
    }
    match extension {
        None => Some(format!("{area}-{subscriber}")),
        Some(ext) if all_digits(ext) && ext.len() <= EXTENSION_DIGITS => {
            Some(format!("{area}-{subscriber}-{ext}"))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mobiles_are_read_however_they_are_typed() {
        for typed in [
            "13800138000",
            "+86 138-0013-8000",
            " 008613800138000",
            "8613800138000",
            "１３８ ００１３ ８０００",
            "(+86)138—0013—8000",
        ] {
            let mobile = Mobile::parse(typed);
            assert_eq!(
                mobile.as_ref().map(Mobile::as_str),
                Ok("13800138000"),
                "{typed}"
            );
        }
        assert_eq!(
            Mobile::parse("19912345678").unwrap().masked(),
            "199****5678"
        );
        for typed in [
            "12800138000",
            "1380013800",
            "138001380000",
            "1380013800a",
            "0731-88888888",
        ] {
            assert_eq!(Mobile::parse(typed), Err(PhoneFault::Mobile), "{typed}");
        }
        assert_eq!(Mobile::parse(" - "), Err(PhoneFault::Empty));
    }

    #[test]
    fn landlines_are_read_however_they_are_typed() {
        for (typed, number) in [
            ("0731-88888888", "0731-88888888"),
            ("010-62785001", "010-62785001"),
            ("073188888888", "0731-88888888"),
            ("（0731）88888888", "0731-88888888"),
            ("０７３１－８８８８８８８８", "0731-88888888"),
            ("0731 8888888", "0731-8888888"),
            ("+86 731 88888888", "0731-88888888"),
            ("0086-10-62785001", "010-62785001"),
            ("+86-0731-88888888", "0731-88888888"),
            ("0731-88888888转801", "0731-88888888-801"),
            ("0731-88888888-801234", "0731-88888888-801234"),
            ("0731-88888888-", "0731-88888888"),
            ("4001234567", "400-123-4567"),
            ("400-123-4567", "400-123-4567"),
            ("800-8101234", "800-810-1234"),
            ("95588", "95588"),
        ] {
            assert_eq!(
                Landline::parse(typed).as_ref().map(Landline::as_str),
                Ok(number),
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_landline_is_refused() {
        for typed in [
            "0731-1888888",
            "0731-088888888",
            "0731-888888",
            "0731-888888888",
            "010-6278500",
            "0131-88888888",
            "88888888",
            "13800138000",
            "0731-88888888-8012345",
            "0731-88888888-a",
            "400-123-456",
            "9558",
            "长沙",
            "07",
        ] {
            assert_eq!(Landline::parse(typed), Err(PhoneFault::Landline), "{typed}");
        }
        assert_eq!(Landline::parse("　"), Err(PhoneFault::Empty));
    }

    #[test]
    fn a_phone_is_either() {
        assert_eq!(
            Phone::parse("+8613800138000").unwrap().as_str(),
            "13800138000"
        );
        assert_eq!(
            Phone::parse("073188888888").unwrap().as_str(),
            "0731-88888888"
        );
        assert_eq!(Phone::parse("8888"), Err(PhoneFault::Phone));
        assert_eq!(Phone::parse(""), Err(PhoneFault::Empty));
        let json = serde_json::to_string(&Phone::parse("95588").unwrap()).unwrap();
        assert_eq!(
            serde_json::from_str::<Phone>(&json).unwrap().as_str(),
            "95588"
        );
    }

    proptest! {
        #[test]
        fn no_text_panics_and_a_number_stays_as_it_is(
            text in "\\PC{0,24}|[+0-9()转 -]{0,20}|0[3-9][0-9]{2}-?[2-9][0-9]{6,7}(-[0-9]{1,6})?",
        ) {
            if let Ok(mobile) = Mobile::parse(&text) {
                prop_assert_eq!(Mobile::parse(mobile.as_str()), Ok(mobile));
            }
            if let Ok(landline) = Landline::parse(&text) {
                prop_assert_eq!(Landline::parse(landline.as_str()), Ok(landline));
            }
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone));
            }
        }
    }
}
