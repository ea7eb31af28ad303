//! Whose phone it is, and what has come to it.

use base::db::Db;
use outside::emulators::wechat::Letter;
use serde::Deserialize;

use crate::accounts::rules::LoginName;
use crate::accounts::store::find_login;
use crate::demo::{Emulators, seed};
use crate::notifications::args::stamp;
use crate::notifications::outbox::store::{addresses_now, overnight};

/// Whose phone it is: a demo person, or someone who has only a mobile number so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Whose {
    /// Short name of a demo person.
    #[serde(default)]
    pub who: String,
    /// A mobile number.
    #[serde(default)]
    pub mobile: String,
}

/// A phone with its addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Phone {
    pub mobile: String,
    pub email: String,
    pub openid: String,
    pub overnight: String,
}

/// Something that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Title; may be empty.
    pub title: String,
    /// Caption and value; the caption may be empty.
    pub lines: Vec<(String, String)>,
    /// Where a tap leads; may be empty.
    pub link: String,
    /// When, Beijing time.
    pub when: String,
}

/// What has come to a phone, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feeds {
    /// 短信.
    pub sms: Vec<Item>,
    /// That some wait for the morning; may be empty.
    pub overnight: String,
    /// 公众号.
    pub wechat: Vec<Item>,
    /// 邮件.
    pub email: Vec<Item>,
}

impl Whose {
    /// The phone; empty where nobody was chosen.
    pub(super) async fn phone(&self, db: &Db, now_ms: i64) -> Result<Phone, sqlx::Error> {
        let login = match (self.who.as_str(), self.mobile.trim()) {
            ("", "") => return Ok(Phone::default()),
            ("", mobile) => LoginName::parse(mobile),
            (who, _) => Some(LoginName::Email(seed::email(who))),
        };
        let row = match &login {
            Some(login) => find_login(db, login).await?,
            None => None,
        };
        let (addresses, waiting) = match row {
            Some(row) => (
                addresses_now(db, row.id).await?,
                overnight(db, row.id, now_ms).await?,
            ),
            None => Default::default(),
        };
        let openid = match self.who.as_str() {
            "" => format!("phone-{}", plain(self.mobile.trim())),
            who => format!("demo-{}", plain(who)),
        };
        let typed = self.mobile.trim().to_owned();
        Ok(Phone {
            mobile: addresses.mobile.unwrap_or(typed),
            email: addresses.email.unwrap_or_default(),
            openid,
            overnight: match waiting {
                (0, _) => String::new(),
                (count, next_ms) => {
                    format!("还有 {count} 条：夜间不打扰，{} 发出", stamp(next_ms))
                }
            },
        })
    }

    /// What stands in an address behind the question mark.
    pub fn query(&self) -> String {
        let (who, mobile) = (plain(&self.who), plain(self.mobile.trim()));
        format!("who={who}&mobile={mobile}")
    }

    /// Where a demo person's pages are: on a host of his own, so that he is signed in there.
    fn site(&self, port: u16) -> String {
        match self.who.as_str() {
            "" => String::new(),
            who => format!("http://{}.localhost:{port}", plain(who)),
        }
    }
}

/// Only what an openid and an address take.
fn plain(text: &str) -> String {
    let good = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    text.chars().filter(good).take(40).collect()
}

/// What has come to a phone. `site` is what links in messages begin with, `port` the pages' port.
pub(super) fn feeds(
    emulators: &Emulators,
    phone: &Phone,
    whose: &Whose,
    (site, port): (&str, u16),
) -> Feeds {
    let link = |text: &str| {
        let path = link_of(text, site)?;
        Some(format!("{}{path}", whose.site(port)))
    };
    let one = |text: String| vec![(String::new(), text)];
    let sms = emulators.sms.emulator.received().into_iter().rev();
    let sms = sms
        .filter(|sms| sms.number == phone.mobile)
        .map(|sms| Item {
            title: String::new(),
            link: link(&sms.text).unwrap_or_default(),
            lines: one(sms.text),
            when: stamp(sms.at_ms),
        });
    let inbox = emulators.wechat.emulator.inbox(&phone.openid);
    let wechat = inbox.into_iter().rev().map(|letter| match letter {
        Letter::Template {
            title,
            lines,
            url,
            at_ms,
            ..
        } => Item {
            title,
            lines,
            link: link(&url).unwrap_or_default(),
            when: stamp(at_ms),
        },
        Letter::Text { text, at_ms } => Item {
            title: String::new(),
            link: link(&text).unwrap_or_default(),
            lines: one(text),
            when: stamp(at_ms),
        },
    });
    let mails = emulators.mail.emulator.received().into_iter().rev();
    let mine = |to: &[String]| to.contains(&phone.email);
    let email = mails.filter(|mail| mine(&mail.to)).map(|mail| {
        let text = mail.text().unwrap_or_default();
        Item {
            title: mail.header("Subject").unwrap_or_default(),
            link: link(&text).unwrap_or_default(),
            lines: one(text),
            when: stamp(mail.at_ms),
        }
    });
    Feeds {
        overnight: phone.overnight.clone(),
        sms: sms.collect(),
        wechat: wechat.collect(),
        email: email.collect(),
    }
}

/// The path of the first link to the site in a text.
fn link_of<'a>(text: &'a str, site: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(site)?;
    let ends = |c: char| c.is_whitespace() || !c.is_ascii();
    let path = rest.split(ends).next().unwrap_or_default();
    path.starts_with('/').then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_the_site_is_found_in_a_text() {
        let site = "http://127.0.0.1:8080";
        let text = "请打开http://127.0.0.1:8080/reset/ab12 请勿转发";
        assert_eq!(link_of(text, site), Some("/reset/ab12"));
        assert_eq!(link_of("http://127.0.0.1:8080/x。", site), Some("/x"));
        assert_eq!(link_of("http://127.0.0.1:80801/x", site), None);
        assert_eq!(link_of("没有链接", site), None);
    }

    #[test]
    fn what_stands_in_an_address_is_plain() {
        let whose = Whose {
            who: "a&b=\"<".to_owned(),
            mobile: " 138 0013 8000".to_owned(),
        };
        assert_eq!(whose.query(), "who=ab&mobile=13800138000");
    }
}
