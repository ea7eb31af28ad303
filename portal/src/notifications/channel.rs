//! The ways on which a person is told.

use std::fmt;
use std::str::FromStr;

/// A way on which a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// 站内信: the message itself; nothing is sent.
    Site,
    /// 公众号.
    Wechat,
    /// 短信.
    Sms,
    /// 邮件.
    Email,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Site, Self::Wechat, Self::Sms, Self::Email];
    /// Those on which something leaves the site, in the order in which one stands in for another.
    pub const OUTSIDE: [Self; 3] = [Self::Wechat, Self::Sms, Self::Email];

    /// The word in SQL, URLs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Wechat => "wechat",
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }

    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Site => "站内信",
            Self::Wechat => "公众号",
            Self::Sms => "短信",
            Self::Email => "邮件",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is none of the channels.
#[derive(Debug, thiserror::Error)]
#[error("no such channel")]
pub struct UnknownChannel;

impl FromStr for Channel {
    type Err = UnknownChannel;
    fn from_str(text: &str) -> Result<Self, UnknownChannel> {
        Self::ALL
            .into_iter()
            .find(|channel| channel.as_str() == text)
            .ok_or(UnknownChannel)
    }
}

base::sql_text!(Channel);
