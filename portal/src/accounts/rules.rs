//! What a login name and a password may be. No database, no web.

use std::fmt;
use std::str::FromStr;

use crate::web::FormErrors;

/// Kind of an account: it decides which pages are for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// 学生.
    Student,
    /// 公司成员.
    Company,
    /// 高校就业处.
    School,
    /// 平台.
    Platform,
    /// 运维.
    Operator,
}

impl AccountKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Student,
        Self::Company,
        Self::School,
        Self::Platform,
        Self::Operator,
    ];

    /// The word in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Company => "company",
            Self::School => "school",
            Self::Platform => "platform",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for AccountKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word in the database that is none of the kinds.
#[derive(Debug, thiserror::Error)]
#[error("no such kind of account")]
pub struct UnknownKind;

impl FromStr for AccountKind {
    type Err = UnknownKind;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownKind)
    }
}

base::sql_text!(AccountKind);

/// What platform staff are there for (P, 1.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlatformRole {
    /// 审核.
    Review,
    /// 运营.
    Operations,
    /// 财务.
    Finance,
    /// 客服.
    Support,
}

impl PlatformRole {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Review, Self::Operations, Self::Finance, Self::Support];

    /// The word in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Operations => "operations",
            Self::Finance => "finance",
            Self::Support => "support",
        }
    }

    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Review => "审核",
            Self::Operations => "运营",
            Self::Finance => "财务",
            Self::Support => "客服",
        }
    }
}

impl fmt::Display for PlatformRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PlatformRole {
    type Err = UnknownKind;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownKind)
    }
}

base::sql_text!(PlatformRole);

/// The longest login name and password that are looked at, in bytes.
pub const LOGIN_BYTES: usize = 254;
/// See [`LOGIN_BYTES`].
pub const PASSWORD_BYTES: usize = 256;

/// What someone typed to say who he is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginName {
    /// 11 digits.
    Mobile(String),
    /// Lower case.
    Email(String),
}

impl LoginName {
    /// Reads a mobile number (with or without +86, spaces, dashes; full-width digits too) or an
    /// e-mail address. `None`: neither.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LOGIN_BYTES {
            return None;
        }
        let narrow: String = text.trim().chars().map(half_width).collect();
        if narrow.contains('@') {
            let (local, host) = narrow.split_once('@')?;
            let good = !local.is_empty()
                && host.contains('.')
                && !host.contains('@')
                && narrow.chars().all(|c| c.is_ascii_graphic());
            return good.then(|| Self::Email(narrow.to_ascii_lowercase()));
        }
        mobile(&narrow).map(Self::Mobile)
    }

    /// The text that stands in the database.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Mobile(text) | Self::Email(text) => text,
        }
    }
}

/// Full-width forms (U+FF01–U+FF5E), as Chinese input methods type them.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xfee0).expect("invariant: ASCII lies there")
        }
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// A mainland mobile number: `1[3-9]` and nine digits.
fn mobile(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let number = ["+86", "0086", "86"]
        .iter()
        .find_map(|prefix| kept.strip_prefix(prefix).filter(|rest| rest.len() == 11))
        .unwrap_or(&kept);
    let digits = number.as_bytes();
    let good = digits.len() == 11
        && digits.iter().all(u8::is_ascii_digit)
        && digits[0] == b'1'
        && (b'3'..=b'9').contains(&digits[1]);
    good.then(|| number.to_owned())
}

/// The commonest passwords that satisfy the other rules.
const COMMON: &[&str] = &[
    "Password1",
    "Passw0rd",
    "Aa123456",
    "Qwer1234",
    "Abc12345",
    "Admin123",
    "P@ssw0rd",
    "1qaz@WSX",
];

/// Checks a new password: 8 to 64 characters, three of four kinds of character, not a common
/// one, and none of `own` (name, phone, code) in it.
pub fn check_password(password: &str, own: &[&str]) -> FormErrors {
    let mut errors = FormErrors::default();
    let length = password.chars().count();
    if !(8..=64).contains(&length) {
        errors.add("password", "密码须为 8 至 64 个字符");
    }
    let kinds = [
        password.chars().any(|c| c.is_ascii_lowercase()),
        password.chars().any(|c| c.is_ascii_uppercase()),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_ascii_alphanumeric()),
    ];
    if kinds.into_iter().filter(|has| *has).count() < 3 {
        errors.add("password", "须含大写字母、小写字母、数字、符号中的三种");
    }
    if COMMON.contains(&password) {
        errors.add("password", "这个密码太常见，请换一个");
    }
    let lower = password.to_lowercase();
    if own
        .iter()
        .any(|text| text.len() >= 4 && lower.contains(&text.to_lowercase()))
    {
        errors.add("password", "密码不能含有姓名、手机号或单位代码");
    }
    errors
}

/// The first page after login.
pub fn home_path(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Student => "/fairs",
        AccountKind::Company => "/company",
        AccountKind::School => "/school",
        AccountKind::Platform => "/platform",
        AccountKind::Operator => "/operator",
    }
}

/// The page to go back to after login: a path of this site, else `None`. `//host` and
/// backslashes would lead elsewhere.
pub fn way_back(next: &str) -> Option<&str> {
    let good = next.len() <= 1000
        && next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.starts_with("/login")
        && !next.starts_with("/logout")
        && next.chars().all(|c| c.is_ascii_graphic());
    good.then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mobile_of(text: &str) -> Option<String> {
        LoginName::parse(text).map(|name| name.as_str().to_owned())
    }

    #[test]
    fn mobiles_are_read_however_they_are_typed() {
        for text in [
            "13800000001",
            "+86 138-0000-0001",
            " 008613800000001",
            "１３８００００0001",
        ] {
            assert_eq!(mobile_of(text).as_deref(), Some("13800000001"), "{text}");
        }
        for text in ["12800000001", "1380000000", "138000000011", "", "８"] {
            assert_eq!(mobile_of(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_are_lower_case_and_whole() {
        assert_eq!(
            mobile_of("HR@Demo.Example").as_deref(),
            Some("hr@demo.example")
        );
        for text in ["@demo.example", "a@b", "a@@b.c", "a b@c.d"] {
            assert_eq!(mobile_of(text), None, "{text}");
        }
    }

    #[test]
    fn passwords_follow_the_rules() {
        assert!(check_password("Ganjiang-2027", &["13800000001"]).is_empty());
        for bad in ["short1A", "alllowercase", "Aa123456", "x13800000001X"] {
            assert!(!check_password(bad, &["13800000001"]).is_empty(), "{bad}");
        }
    }

    #[test]
    fn the_way_back_stays_on_this_site() {
        assert_eq!(way_back("/fairs/1?x=2"), Some("/fairs/1?x=2"));
        for bad in [
            "//evil.test",
            "https://evil.test",
            "/\\evil.test",
            "/login",
            "",
            "/a b",
        ] {
            assert_eq!(way_back(bad), None, "{bad}");
        }
    }
}
