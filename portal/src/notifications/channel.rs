//! The ways on which a person is told.

base::words! {
    /// A way on which a person is told.
    pub enum Channel: "channel" {
        /// 站内信: the message itself; nothing is sent.
        Site = "site",
        /// 公众号.
        Wechat = "wechat",
        /// 短信.
        Sms = "sms",
        /// 邮件.
        Email = "email",
    }
}

impl Channel {
    /// Those on which something leaves the site, in the order in which one stands in for another.
    pub const OUTSIDE: [Self; 3] = [Self::Wechat, Self::Sms, Self::Email];

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
