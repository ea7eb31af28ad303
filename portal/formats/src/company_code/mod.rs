//! The code of a company: 统一社会信用代码, 18 characters (GB 32100-2015), or the older
//! 组织机构代码, 9 characters (GB 11714-1997), which lives on in characters 9 to 17 of the former.
//!
//! A wrong format is a fault. A wrong check digit is a remark on the value: there are genuine
//! registrations whose check digit is wrong, so the person is asked for the licence and staff look
//! at it.

mod digits;

use std::borrow::Cow;

use crate::fault::{Fault, shown};
use crate::parsed::stored_as_text;
use crate::text::compact;

/// Length of a 统一社会信用代码.
pub const USCC_CHARS: usize = 18;
/// Length of a 组织机构代码.
pub const ORG_CHARS: usize = 9;

/// Which of the two codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 统一社会信用代码.
    Uscc,
    /// 组织机构代码.
    Org,
}

/// Whether the last character belongs to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It does.
    Good,
    /// It should be another one.
    Bad {
        /// The one that belongs there.
        expected: char,
    },
}

/// A company's code in the right format: capital letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompanyCode(String);

/// What is doubtful about a code in the right format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// The last character is not the one that belongs to the others.
    CheckDigit {
        /// The one that belongs there.
        expected: char,
    },
    /// In a 统一社会信用代码 the last character of its 组织机构代码 does not belong to the others.
    OrgCheckDigit,
    /// Nobody is known to give out codes that begin like this.
    UnknownPair,
    /// 9 characters, 老码: the company has a longer one by now.
    OldCode,
}

impl Remark {
    /// The sentence beside the form field and on the reviewer's page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::CheckDigit { .. } => {
                "校验位不符，请核对。如营业执照上确为此代码，可以继续提交，由平台人工核对"
            }
            Self::OrgCheckDigit => "第 9 至 17 位（组织机构代码）的校验位不符",
            Self::UnknownPair => "前两位（登记管理部门、机构类别）少见，请核对",
            Self::OldCode => "这是 9 位老码，请尽快补充 18 位统一社会信用代码",
        }
    }
}

/// Why a text is no company code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    /// Nothing is there.
    #[error("no code")]
    Empty,
    /// Neither 18 nor 9 characters.
    #[error("{0} characters")]
    Length(usize),
    /// A character that cannot stand at this place.
    #[error("character {place} cannot be {found:?}")]
    Character {
        /// Counted from 1.
        place: usize,
        /// What stands there.
        found: char,
        /// Of which code, by length.
        kind: Kind,
    },
}

impl Fault for CodeFault {
    fn zh(&self) -> Cow<'static, str> {
        match self {
            Self::Empty => "请填写统一社会信用代码".into(),
            Self::Length(found) => {
                format!("应为 18 位统一社会信用代码或 9 位组织机构代码，现在是 {found} 位").into()
            }
            Self::Character { place, found, kind } => {
                let why = match kind {
                    Kind::Uscc if (3..=8).contains(place) => "第 3 至 8 位只能是数字",
                    Kind::Uscc => "统一社会信用代码只含数字和大写字母，不含 I、O、S、V、Z",
                    Kind::Org if *place == ORG_CHARS => "最后一位只能是数字或 X",
                    Kind::Org => "组织机构代码只含数字和大写字母",
                };
                format!("第 {place} 位“{}”有误：{why}", shown(*found)).into()
            }
        }
    }
}

impl CompanyCode {
    /// Reads either code however it is typed: full width, small letters, spaces, the dash before
    /// the last character.
    ///
    /// # Errors
    /// The format is wrong. A wrong check digit is none: see [`Self::check`].
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        let code = compact(text).to_ascii_uppercase();
        let kind = match code.chars().count() {
            0 => return Err(CodeFault::Empty),
            USCC_CHARS => Kind::Uscc,
            ORG_CHARS => Kind::Org,
            length => return Err(CodeFault::Length(length)),
        };
        for (place, found) in (1..).zip(code.chars()) {
            if !u8::try_from(found).is_ok_and(|c| fits(kind, place, c)) {
                return Err(CodeFault::Character { place, found, kind });
            }
        }
        Ok(Self(code))
    }

    /// The stored form: capital letters and digits, no dash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is printed: with the dash of a 组织机构代码 (`D2143569-X`).
    pub fn printed(&self) -> String {
        match self.kind() {
            Kind::Uscc => self.0.clone(),
            Kind::Org => format!("{}-{}", &self.0[..8], &self.0[8..]),
        }
    }

    /// Which of the two codes.
    pub fn kind(&self) -> Kind {
        if self.0.len() == USCC_CHARS {
            Kind::Uscc
        } else {
            Kind::Org
        }
    }

    /// The 组织机构代码: characters 9 to 17 of the longer code, or the whole shorter one.
    pub fn org_part(&self) -> &str {
        match self.kind() {
            Kind::Uscc => &self.0[8..17],
            Kind::Org => &self.0,
        }
    }

    /// 登记机关行政区划 (GB/T 2260), six digits; only the longer code has one.
    pub fn region(&self) -> Option<&str> {
        (self.kind() == Kind::Uscc).then(|| &self.0[2..8])
    }

    /// Whether the last character belongs to the others.
    pub fn check(&self) -> Check {
        match self.kind() {
            Kind::Uscc => compare(self.0.as_bytes()[17], digits::uscc_check(self.0.as_bytes())),
            Kind::Org => self.org_check(),
        }
    }

    /// The check digit of [`Self::org_part`].
    pub fn org_check(&self) -> Check {
        let part = self.org_part().as_bytes();
        compare(part[8], digits::org_check(&part[..8]))
    }

    /// Whether codes that begin like this are known to be given out. A shorter code has no such
    /// beginning and counts as known.
    pub fn is_known_pair(&self) -> bool {
        self.kind() == Kind::Org || digits::is_known_pair(&self.0)
    }

    /// Whether both can be of one company: the same code, or the shorter one is the
    /// [`Self::org_part`] of the longer.
    pub fn agrees_with(&self, other: &Self) -> bool {
        if self.kind() == other.kind() {
            self == other
        } else {
            self.org_part() == other.org_part()
        }
    }

    /// Whether the company must show its licence (营业执照) before it goes on, since the check
    /// digit is wrong.
    pub fn needs_licence(&self) -> bool {
        self.check() != Check::Good
    }

    /// All that is doubtful, for the person who typed the code and for the reviewer.
    pub fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if let Check::Bad { expected } = self.check() {
            remarks.push(Remark::CheckDigit { expected });
        }
        match self.kind() {
            Kind::Org => remarks.push(Remark::OldCode),
            Kind::Uscc if self.org_check() != Check::Good => remarks.push(Remark::OrgCheckDigit),
            Kind::Uscc => {}
        }
        if !self.is_known_pair() {
            remarks.push(Remark::UnknownPair);
        }
        remarks
    }
}

stored_as_text!(CompanyCode, CodeFault);

fn fits(kind: Kind, place: usize, c: u8) -> bool {
    match (kind, place) {
        (Kind::Uscc, 3..=8) => c.is_ascii_digit(),
        (Kind::Uscc, _) => digits::is_uscc_char(c),
        (Kind::Org, ORG_CHARS) => c.is_ascii_digit() || c == b'X',
        (Kind::Org, _) => c.is_ascii_digit() || c.is_ascii_uppercase(),
    }
}

fn compare(found: u8, expected: Option<char>) -> Check {
    let expected = expected.expect("invariant: only characters of the alphabet were taken");
    if char::from(found) == expected {
        Check::Good
    } else {
        Check::Bad { expected }
    }
}

#[cfg(test)]
mod tests;
