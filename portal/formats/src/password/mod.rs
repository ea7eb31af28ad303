//! What a new password may be (等保 2.0): long enough, of several kinds of characters, not a
//! common one, and without what others know of its owner.

mod common;

use std::borrow::Cow;

use crate::fault::Fault;

/// Fewest characters.
pub const LEAST_CHARS: usize = 8;
/// Most bytes: what the hash is given.
pub const MOST_BYTES: usize = 256;
/// How many of the four kinds (capital letters, small letters, digits, the rest) are needed.
pub const LEAST_KINDS: usize = 3;
/// So many characters in a row of the owner's mobile number or company code are too many.
pub const OWN_RUN: usize = 8;
/// Names of fewer bytes than this are not looked for: too much contains them. One Chinese
/// character has three.
pub const OWN_NAME_BYTES: usize = 4;

/// What others know of the person whose password it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Owner<'a> {
    /// Name, nickname, login name, name of the company.
    pub names: &'a [&'a str],
    /// Mobile number.
    pub mobile: Option<&'a str>,
    /// Code of the company.
    pub company_code: Option<&'a str>,
}

/// What is wrong with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than [`LEAST_CHARS`] characters.
    #[error("too short")]
    TooShort,
    /// More than [`MOST_BYTES`] bytes.
    #[error("too long")]
    TooLong,
    /// A line end or another control character, most likely pasted along.
    #[error("a control character")]
    Control,
    /// Fewer than [`LEAST_KINDS`] kinds of characters.
    #[error("too few kinds of characters")]
    Kinds,
    /// Among the first that somebody would try.
    #[error("too common")]
    Common,
    /// A name of the owner is in it.
    #[error("contains a name of the owner")]
    Name,
    /// The owner's mobile number, or much of it, is in it.
    #[error("contains the owner's mobile number")]
    Mobile,
    /// The company's code, or much of it, is in it.
    #[error("contains the company's code")]
    CompanyCode,
}

impl Fault for PasswordFault {
    fn zh(&self) -> Cow<'static, str> {
        match self {
            Self::TooShort => "密码至少 8 个字符",
            Self::TooLong => "密码太长",
            Self::Control => "密码不能含有换行等控制字符",
            Self::Kinds => "须含大写字母、小写字母、数字、符号中的至少三种",
            Self::Common => "这个密码太常见，请换一个",
            Self::Name => "密码不能含有姓名、账号或单位名称",
            Self::Mobile => "密码不能含有手机号",
            Self::CompanyCode => "密码不能含有单位代码",
        }
        .into()
    }
}

/// All that is wrong with a new password; nothing: it may be taken.
pub fn faults(password: &str, owner: &Owner<'_>) -> Vec<PasswordFault> {
    if password.len() > MOST_BYTES {
        return vec![PasswordFault::TooLong];
    }
    let lower = password.to_lowercase();
    let has_name =
        |name: &&str| name.len() >= OWN_NAME_BYTES && lower.contains(name.to_lowercase().as_str());
    let has_run = |own: Option<&str>| own.is_some_and(|own| shares_run(&lower, own));
    [
        (
            password.chars().count() < LEAST_CHARS,
            PasswordFault::TooShort,
        ),
        (
            password.chars().any(char::is_control),
            PasswordFault::Control,
        ),
        (kinds(password) < LEAST_KINDS, PasswordFault::Kinds),
        (common::is_common(&lower), PasswordFault::Common),
        (owner.names.iter().any(has_name), PasswordFault::Name),
        (has_run(owner.mobile), PasswordFault::Mobile),
        (has_run(owner.company_code), PasswordFault::CompanyCode),
    ]
    .into_iter()
    .filter_map(|(is_so, fault)| is_so.then_some(fault))
    .collect()
}

fn kinds(password: &str) -> usize {
    let tests: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_ascii_alphanumeric(),
    ];
    tests
        .into_iter()
        .filter(|test| password.chars().any(test))
        .count()
}

/// Whether [`OWN_RUN`] characters in a row of `own` are in `lower`.
fn shares_run(lower: &str, own: &str) -> bool {
    let own: Vec<char> = own.to_lowercase().chars().collect();
    own.windows(OWN_RUN)
        .any(|run| lower.contains(&run.iter().collect::<String>()))
}

#[cfg(test)]
mod tests;
