//! 邮编: six digits, of which the first two name a province.

use std::borrow::Cow;

use crate::fault::Fault;
use crate::parsed::stored_as_text;
use crate::text::compact;

/// A postcode of the mainland: `01` to `89` first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Postcode(String);

/// Why a text is no postcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostcodeFault {
    /// Nothing is there.
    #[error("no postcode")]
    Empty,
    /// Not six digits, or no province begins like this.
    #[error("no such postcode")]
    Format,
}

impl Fault for PostcodeFault {
    fn zh(&self) -> Cow<'static, str> {
        match self {
            Self::Empty => "请填写邮编",
            Self::Format => "邮编应为 6 位数字，如 100000",
        }
        .into()
    }
}

impl Postcode {
    /// Reads a postcode: full width and spaces too.
    ///
    /// # Errors
    /// It is none: `^(0[1-7]|[1-8]\d)\d{4}$`.
    pub fn parse(text: &str) -> Result<Self, PostcodeFault> {
        let code = compact(text);
        if code.is_empty() {
            return Err(PostcodeFault::Empty);
        }
        let good = code.len() == 6
            && code.bytes().all(|c| c.is_ascii_digit())
            && matches!(code.as_bytes(), [b'0', b'1'..=b'7', ..] | [b'1'..=b'8', ..]);
        if good {
            Ok(Self(code))
        } else {
            Err(PostcodeFault::Format)
        }
    }

    /// The stored form: six digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

stored_as_text!(Postcode, PostcodeFault);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn postcodes_have_six_digits_of_a_province() {
        for (typed, code) in [
            ("100000", "100000"),
            ("410000", "410000"),
            ("010010", "010010"),
            (" ４１００ ００", "410000"),
        ] {
            assert_eq!(Postcode::parse(typed).unwrap().as_str(), code, "{typed}");
        }
        for typed in [
            "000000", "080000", "900000", "41000", "4100000", "41000a", "长沙",
        ] {
            assert_eq!(
                Postcode::parse(typed),
                Err(PostcodeFault::Format),
                "{typed}"
            );
        }
        assert_eq!(Postcode::parse("　"), Err(PostcodeFault::Empty));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_a_code_stays_as_it_is(text in "\\PC{0,12}|[0-9]{6}") {
            if let Ok(code) = Postcode::parse(&text) {
                prop_assert_eq!(Postcode::parse(code.as_str()), Ok(code));
            }
        }
    }
}
