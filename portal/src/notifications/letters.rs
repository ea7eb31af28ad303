//! Turns a template, its values and an address into what a channel sends. No database, no web.

use outside::mail::Mail;
use outside::sms::{Mobile, SmsText};
use outside::wechat::{OpenId, TemplateMessage};
use outside::{Cause, Refusal};

use super::args::{self, Args};
use super::channel::Channel;
use super::channels::Letter;
use super::events::Event;
use super::plan::Why;
use super::templates::{self, Template};
use crate::ids::SendId;

/// Where people switch mails off.
const SETTINGS_PATH: &str = "/account/notifications";

/// What a letter is made of.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The send: its id goes with the letter, the same on each try.
    pub id: SendId,
    /// What happened.
    pub event: Event,
    /// Openid, mobile number or e-mail address.
    pub to: &'a str,
    /// Name of the person; may be empty.
    pub to_name: &'a str,
    /// The template.
    pub template: &'a Template,
    /// Its values.
    pub args: &'a Args,
    /// Path of the page that it leads to; may be empty.
    pub link: &'a str,
    /// Address of the site, without a slash at its end.
    pub site: &'a str,
    /// The person may switch it off.
    pub optional: bool,
    /// Ms since 1970.
    pub now_ms: i64,
}

/// Why there is no letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoLetter {
    /// Something is not set up.
    NotSetUp(Why),
    /// The channel would refuse it.
    Refused(Refusal),
}

impl Draft<'_> {
    /// Writes the letter.
    ///
    /// # Errors
    /// [`NoLetter`].
    pub fn write(&self, channel: Channel) -> Result<Letter, NoLetter> {
        match channel {
            Channel::Wechat => self.wechat(),
            Channel::Sms => self.sms(),
            Channel::Email => Ok(Letter::Email(self.mail())),
            Channel::Site => Err(NoLetter::NotSetUp(Why::NotConfigured)),
        }
    }

    /// The id that goes with the letter: 32 letters and digits, which every provider takes.
    fn reference(&self) -> String {
        self.id.0.simple().to_string()
    }

    fn provider_template(&self) -> Result<&str, NoLetter> {
        match self.template.provider_template.as_str() {
            "" => Err(NoLetter::NotSetUp(Why::NoTemplate)),
            id => Ok(id),
        }
    }

    fn wechat(&self) -> Result<Letter, NoLetter> {
        let bad = || NoLetter::Refused(Refusal::new(Cause::Recipient, "openid"));
        let to = OpenId::parse(self.to).ok_or_else(bad)?;
        let now = args::stamp(self.now_ms);
        let mut message =
            TemplateMessage::new(&to, self.provider_template()?).once(&self.reference());
        for (key, text) in self.template.fields() {
            let value = templates::fill_anyway(text, self.args);
            let value = templates::wechat_value(key, &value, &now);
            message = message
                .field(key, &value)
                .map_err(|fault| NoLetter::Refused(fault.into()))?;
        }
        if !self.link.is_empty() {
            message = message.link(&absolute(self.site, self.link));
        }
        Ok(Letter::Wechat(message))
    }

    fn sms(&self) -> Result<Letter, NoLetter> {
        let bad = || NoLetter::Refused(Refusal::new(Cause::Recipient, "mobile"));
        let to = Mobile::parse(self.to).ok_or_else(bad)?;
        let args = self.with_absolute_link();
        let text = SmsText {
            template: self.provider_template()?.to_owned(),
            params: templates::sms_params(self.event, self.template, &args),
            reference: self.reference(),
        };
        Ok(Letter::Sms(to, text))
    }

    fn mail(&self) -> Mail {
        let args = self.with_absolute_link();
        let mut text = templates::fill_anyway(&self.template.body, &args)
            .trim_end()
            .to_owned();
        if !self.link.is_empty() {
            text.push_str("\n\n查看：");
            text.push_str(&absolute(self.site, self.link));
        }
        text.push_str("\n\n——\n聘会\n此邮件由系统自动发送，请勿直接回复。\n");
        let settings = absolute(self.site, SETTINGS_PATH);
        Mail {
            id: self.reference(),
            to: self.to.to_owned(),
            to_name: self.to_name.to_owned(),
            subject: templates::fill_anyway(&self.template.title, &args),
            text,
            html: None,
            unsubscribe_url: self.optional.then_some(settings),
        }
    }

    fn with_absolute_link(&self) -> Args {
        let mut args = self.args.clone();
        if let Some(link) = args.get_mut("link") {
            *link = absolute(self.site, link);
        }
        args
    }
}

/// A path of the site as an address; an address stays as it is.
pub fn absolute(site: &str, link: &str) -> String {
    if link.starts_with('/') {
        format!("{site}{link}")
    } else {
        link.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://fair.example";

    fn letter(event: Event, channel: Channel, to: &str, link: &str) -> Result<Letter, NoLetter> {
        let template = Template {
            provider_template: "T_1".to_owned(),
            ..Template::built_in(event, channel).unwrap()
        };
        let args = args::samples(event.args());
        Draft {
            id: SendId::new(),
            event,
            to,
            to_name: "林知远",
            template: &template,
            args: &args,
            link,
            site: SITE,
            optional: false,
            now_ms: 1_795_536_000_000,
        }
        .write(channel)
    }

    #[test]
    fn every_built_in_text_becomes_a_letter() {
        for event in Event::ALL {
            for (channel, to) in [
                (Channel::Wechat, "o1"),
                (Channel::Sms, "13800138000"),
                (Channel::Email, "lin@demo.example"),
            ] {
                if Template::built_in(event, channel).is_some() {
                    let letter = letter(event, channel, to, "/messages").unwrap();
                    assert_eq!(letter.channel(), channel);
                }
            }
        }
    }

    #[test]
    fn a_mail_is_plain_text_with_the_page_and_the_senders_words() {
        let Ok(Letter::Email(mail)) = letter(
            Event::CompanyReviewed,
            Channel::Email,
            "lin@demo.example",
            "/company/certification",
        ) else {
            panic!("no mail");
        };
        assert_eq!(mail.subject, "企业认证结果：审核通过");
        assert!(
            mail.text
                .contains("澄源半导体（示例）有限公司 的企业认证结果")
        );
        assert!(
            mail.text
                .contains("查看：https://fair.example/company/certification")
        );
        assert!(mail.text.contains("请勿直接回复"));
        assert_eq!((mail.html, mail.unsubscribe_url), (None, None));
    }

    #[test]
    fn a_one_time_link_leads_to_the_site() {
        let event = Event::PasswordLink;
        let Ok(Letter::Sms(_, text)) = letter(event, Channel::Sms, "13800138000", "") else {
            panic!("no SMS");
        };
        assert_eq!(text.params.len(), 1);
        assert!(text.params[0].1.starts_with("https://fair.example/reset/"));
        assert_eq!(absolute(SITE, "https://a.example/x"), "https://a.example/x");
    }

    #[test]
    fn without_a_template_id_nothing_leaves() {
        let template = Template::built_in(Event::Code, Channel::Sms).unwrap();
        let draft = Draft {
            id: SendId::new(),
            event: Event::Code,
            to: "13800138000",
            to_name: "",
            template: &template,
            args: &Args::new(),
            link: "",
            site: SITE,
            optional: false,
            now_ms: 0,
        };
        let none = draft.write(Channel::Sms).unwrap_err();
        assert_eq!(none, NoLetter::NotSetUp(Why::NoTemplate));
        let bad = Draft {
            to: "12345",
            ..draft
        };
        assert!(matches!(
            bad.write(Channel::Sms),
            Err(NoLetter::Refused(Refusal {
                cause: Cause::Recipient,
                ..
            }))
        ));
        assert!(matches!(
            Draft { to: "a b", ..draft }.write(Channel::Wechat),
            Err(NoLetter::Refused(_)) | Err(NoLetter::NotSetUp(_))
        ));
    }
}
