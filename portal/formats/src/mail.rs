//! E-mail addresses, and hosts at which anybody gets one.

use std::borrow::Cow;

use crate::fault::{Fault, shown};
use crate::parsed::stored_as_text;
use crate::text::without_spaces;

/// Longest address, in bytes (RFC 5321, erratum 1690).
pub const ADDRESS_BYTES: usize = 254;
/// Longest part before the `@`, in bytes (RFC 5321 section 4.5.3.1.1).
pub const LOCAL_BYTES: usize = 64;
/// Longest part of a host name between dots, in bytes (RFC 1035 section 2.3.4).
pub const LABEL_BYTES: usize = 63;

/// Hosts at which anybody gets an address; each with all hosts below it (vip.163.com).
const PUBLIC_HOSTS: &[&str] = &[
    "10086.cn",
    "126.com",
    "139.com",
    "163.com",
    "163.net",
    "188.com",
    "189.cn",
    "21cn.com",
    "21cn.net",
    "263.net",
    "aliyun.com",
    "aol.com",
    "china.com",
    "chinaren.com",
    "eyou.com",
    "foxmail.com",
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.cn",
    "live.com",
    "mac.com",
    "mail.com",
    "me.com",
    "msn.cn",
    "msn.com",
    "netease.com",
    "outlook.cn",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "sina.cn",
    "sina.com",
    "sina.com.cn",
    "sogou.com",
    "sohu.com",
    "tom.com",
    "wo.cn",
    "yahoo.cn",
    "yahoo.com",
    "yahoo.com.cn",
    "yandex.com",
    "yeah.net",
];

/// An address in small letters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mail(String);

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailFault {
    /// Nothing is there.
    #[error("no address")]
    Empty,
    /// Longer than [`ADDRESS_BYTES`], or the part before the `@` than [`LOCAL_BYTES`].
    #[error("too long")]
    TooLong,
    /// Not exactly one `@`.
    #[error("not one @")]
    At,
    /// A character that an address cannot have.
    #[error("a character that no address has")]
    Character(char),
    /// The part before the `@` is empty or has a dot out of place.
    #[error("bad local part")]
    Local,
    /// The host has no dot, or is no host name.
    #[error("bad host")]
    Host,
}

impl Fault for MailFault {
    fn zh(&self) -> Cow<'static, str> {
        match self {
            Self::Empty => "请填写邮箱".into(),
            Self::TooLong => "邮箱太长".into(),
            Self::At => "邮箱应写作 名称@域名，如 hr@demo.example".into(),
            Self::Character(c) => format!("邮箱不能含有“{}”", shown(*c)).into(),
            Self::Local => "“@”前面的部分有误".into(),
            Self::Host => "“@”后面不是完整的域名".into(),
        }
    }
}

impl Mail {
    /// Reads an address: full width, spaces and capital letters too.
    ///
    /// # Errors
    /// It is none. Whether it exists, only a message to it can tell.
    pub fn parse(text: &str) -> Result<Self, MailFault> {
        let address = without_spaces(text).to_ascii_lowercase();
        if address.is_empty() {
            return Err(MailFault::Empty);
        }
        if address.len() > ADDRESS_BYTES {
            return Err(MailFault::TooLong);
        }
        let (local, host) = address.split_once('@').ok_or(MailFault::At)?;
        if host.contains('@') {
            return Err(MailFault::At);
        }
        if let Some(c) = address.chars().find(|c| *c != '@' && !is_local_char(*c)) {
            return Err(MailFault::Character(c));
        }
        if local.len() > LOCAL_BYTES {
            return Err(MailFault::TooLong);
        }
        if local.split('.').any(str::is_empty) {
            return Err(MailFault::Local);
        }
        if !is_host(host) {
            return Err(MailFault::Host);
        }
        Ok(Self(address))
    }

    /// The stored form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host.
    pub fn host(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, host)| host)
    }

    /// Whether anybody gets an address at this host: a reason to ask a company for its own, no
    /// reason to refuse.
    pub fn is_public(&self) -> bool {
        is_public_mail_host(self.host())
    }

    /// As strangers see it: `h***@demo.example`.
    pub fn masked(&self) -> String {
        crate::text::masked_email(&self.0)
    }
}

stored_as_text!(Mail, MailFault);

/// What stands beside the field of a company's own address (单位邮箱) if it is public.
pub const PUBLIC_HOST_ZH: &str = "这是个人常用的公共邮箱，建议填写单位官方邮箱，便于审核";

/// Whether anybody gets an address at `host`, or at the host above it.
pub fn is_public_mail_host(host: &str) -> bool {
    let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
    PUBLIC_HOSTS.iter().any(|public| {
        host.strip_suffix(public)
            .is_some_and(|below| below.is_empty() || below.ends_with('.'))
    })
}

/// The characters of a dot-atom (RFC 5322 section 3.2.3), of which host names have fewer.
fn is_local_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c)
}

fn is_host(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let good = |label: &&str| {
        (1..=LABEL_BYTES).contains(&label.len())
            && label
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = labels.last().copied().unwrap_or_default();
    labels.len() >= 2
        && labels.iter().all(good)
        && top.len() >= 2
        && !top.bytes().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_read_however_they_are_typed() {
        for (typed, address) in [
            ("hr@demo.example", "hr@demo.example"),
            (" HR＠Demo.Example ", "hr@demo.example"),
            (
                "zhang.xuan+jobs@mail.demo.example",
                "zhang.xuan+jobs@mail.demo.example",
            ),
            ("a-b_c@x-y.example", "a-b_c@x-y.example"),
        ] {
            assert_eq!(Mail::parse(typed).unwrap().as_str(), address, "{typed}");
        }
        let longest = format!(
            "a@{}.{}.{}.example",
            "b".repeat(63),
            "c".repeat(63),
            "d".repeat(63)
        );
        assert!(Mail::parse(&longest).is_ok());
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_cause() {
        let long_local = format!("{}@demo.example", "a".repeat(65));
        let long = format!("a@{}demo.example", "b.".repeat(125));
        let long_label = format!("a@{}.example", "b".repeat(64));
        for (typed, fault) in [
            (" ", MailFault::Empty),
            ("demo.example", MailFault::At),
            ("a@@b.example", MailFault::At),
            ("a@b@c.example", MailFault::At),
            ("张@demo.example", MailFault::Character('张')),
            ("<a@demo.example>", MailFault::Character('<')),
            ("a,b@demo.example", MailFault::Character(',')),
            ("@demo.example", MailFault::Local),
            (".a@demo.example", MailFault::Local),
            ("a..b@demo.example", MailFault::Local),
            ("a@localhost", MailFault::Host),
            ("a@demo..example", MailFault::Host),
            ("a@-demo.example", MailFault::Host),
            ("a@demo_x.example", MailFault::Host),
            ("a@10.0.0.1", MailFault::Host),
            ("a@", MailFault::Host),
            (&long_local, MailFault::TooLong),
            (&long, MailFault::TooLong),
            (&long_label, MailFault::Host),
        ] {
            assert_eq!(Mail::parse(typed), Err(fault), "{typed}");
        }
    }

    #[test]
    fn public_hosts_are_known() {
        for host in [
            "qq.com",
            "vip.qq.com",
            "163.com",
            "126.com",
            "gmail.com",
            "SINA.com",
            "139.com.",
        ] {
            assert!(is_public_mail_host(host), "{host}");
        }
        for host in ["demo.example", "myqq.com", "qq.com.demo.example", "com", ""] {
            assert!(!is_public_mail_host(host), "{host}");
        }
        assert!(Mail::parse("a@vip.163.com").unwrap().is_public());
        assert!(!Mail::parse("a@demo.example").unwrap().is_public());
        assert_eq!(
            Mail::parse("hr@demo.example").unwrap().masked(),
            "h***@demo.example"
        );
    }

    proptest! {
        #[test]
        fn no_text_panics_and_an_address_stays_as_it_is(
            text in "\\PC{0,24}|[A-Za-z.+-]{0,8}@[A-Za-z0-9.-]{0,12}|[a-z]{1,6}@[a-z]{1,6}\\.[a-z]{2,4}",
        ) {
            if let Ok(mail) = Mail::parse(&text) {
                mail.masked();
                prop_assert!(mail.as_str().ends_with(mail.host()));
                prop_assert_eq!(Mail::parse(mail.as_str()), Ok(mail));
            }
            is_public_mail_host(&text);
        }
    }
}
