//! What a login name and a password may be. No database, no web.

use formats::Fault;
use formats::mail::Mail;
use formats::password::Owner;
use formats::phone::Mobile;
use formats::text::half_width;

use crate::web::FormErrors;

base::words! {
    /// Kind of an account: it decides which pages are for it.
    pub enum AccountKind: "kind of account" {
        /// 学生.
        Student = "student",
        /// 公司成员.
        Company = "company",
        /// 高校就业处.
        School = "school",
        /// 平台.
        Platform = "platform",
        /// 运维.
        Operator = "operator",
    }
}

base::words! {
    /// What platform staff are there for (P, 1.17).
    pub enum PlatformRole: "role on the platform" {
        /// 审核.
        Review = "review",
        /// 运营.
        Operations = "operations",
        /// 财务.
        Finance = "finance",
        /// 客服.
        Support = "support",
    }
}

impl PlatformRole {
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
        let narrow = half_width(text.trim());
        if narrow.contains('@') {
            let mail = Mail::parse(&narrow).ok()?;
            return Some(Self::Email(mail.as_str().to_owned()));
        }
        let mobile = Mobile::parse(&narrow).ok()?;
        Some(Self::Mobile(mobile.as_str().to_owned()))
    }

    /// The text that stands in the database.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Mobile(text) | Self::Email(text) => text,
        }
    }
}

/// Checks a new password; the faults stand at `field`, all in one text.
pub fn check_password(field: &'static str, password: &str, owner: &Owner<'_>) -> FormErrors {
    let faults = formats::password::faults(password, owner);
    let words: Vec<_> = faults.iter().map(Fault::zh).collect();
    let mut errors = FormErrors::default();
    if !words.is_empty() {
        errors.add(field, words.join("；"));
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

/// A query string of the pairs whose value is not empty, with its `?`.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(name);
        query.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
                query.push(char::from(byte));
            } else {
                query.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    query
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
        for text in ["@demo.example", "a@b", "a@@b.c", "a@b..c"] {
            assert_eq!(mobile_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_password_is_told_all_that_is_wrong_with_it() {
        let owner = Owner {
            mobile: Some("13800000001"),
            ..Owner::default()
        };
        assert!(check_password("password", "Ganjiang-2027", &owner).is_empty());
        let errors = check_password("password", "13800000001", &owner);
        let text = errors.get("password").unwrap();
        assert!(text.contains("三种") && text.contains("手机号"), "{text}");
    }

    #[test]
    fn a_query_holds_what_is_there() {
        assert_eq!(query(&[("next", ""), ("by", "")]), "");
        assert_eq!(
            query(&[("by", "code"), ("next", "/fairs?x=1&y")]),
            "?by=code&next=/fairs%3Fx%3D1%26y"
        );
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
