//! A mobile number of mainland China.

use std::fmt;

/// Eleven digits. `Debug` shows only some of them, because logs hold no telephone numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mobile(String);

impl Mobile {
    /// Reads `13800138000` or `+8613800138000`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("+86").unwrap_or(text);
        let good = digits.len() == 11
            && digits.bytes().all(|b| b.is_ascii_digit())
            && digits.starts_with('1')
            && digits.as_bytes()[1] >= b'3';
        good.then(|| Self(digits.to_owned()))
    }

    /// `13800138000`.
    pub fn national(&self) -> &str {
        &self.0
    }

    /// `+8613800138000` (E.164).
    pub fn international(&self) -> String {
        format!("+86{}", self.0)
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mobile({}****{})", &self.0[..3], &self.0[7..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eleven_digits_with_or_without_the_country() {
        let mobile = Mobile::parse("+8613800138000").unwrap();
        assert_eq!(mobile, Mobile::parse("13800138000").unwrap());
        assert_eq!(mobile.national(), "13800138000");
        assert_eq!(mobile.international(), "+8613800138000");
        assert_eq!(format!("{mobile:?}"), "Mobile(138****8000)");
        for bad in [
            "",
            "12800138000",
            "1380013800",
            "138001380000",
            "1380013800x",
            "+1380013800",
        ] {
            assert!(Mobile::parse(bad).is_none(), "{bad}");
        }
        assert!(Mobile::parse("１３８００１３８０００").is_none());
    }
}
