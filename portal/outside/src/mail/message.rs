//! A message as text: headers in RFC 2047 where they are not ASCII, bodies that survive any relay.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use url::Url;

use super::config::MailConfig;
use crate::refusal::{Cause, Refusal};

/// Most characters of a subject.
const MAX_SUBJECT_CHARS: usize = 200;
/// Most bytes of a body.
const MAX_BODY_BYTES: usize = 512 * 1024;
/// Most characters of an id.
const MAX_ID_BYTES: usize = 64;

/// An e-mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The sender's own id of it, letters, digits and `-`: a repetition has the same `Message-ID`,
    /// so that a mailbox may join them.
    pub id: String,
    /// Address, in ASCII.
    pub to: String,
    /// Name of the person, may be empty.
    pub to_name: String,
    /// Subject, one line.
    pub subject: String,
    /// Text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// A page where the person can say that he wants no more of these (RFC 2369 §3.2).
    pub unsubscribe_url: Option<String>,
}

/// Who messages come from.
pub(super) struct Sender {
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

macro_rules! text_header {
    ($($type:ident = $name:literal),*) => {$(
        #[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    )*};
}

text_header!(
    ListUnsubscribe = "List-Unsubscribe",
    AutoSubmitted = "Auto-Submitted"
);

impl Sender {
    pub fn new(config: &MailConfig) -> Result<Self, &'static str> {
        let address: Address = config
            .from_address
            .parse()
            .map_err(|_| "from_address must be an e-mail address")?;
        let name = Some(config.from_name.clone()).filter(|name| !name.is_empty());
        let reply_to = match config.reply_to.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| "reply_to must be an address")?),
        };
        Ok(Self {
            from: Mailbox::new(name, address),
            reply_to: reply_to.map(|address| Mailbox::new(None, address)),
        })
    }

    /// The part behind the `@`.
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// The `Message-ID` without its brackets.
    pub fn message_id(&self, mail: &Mail) -> String {
        format!("{}@{}", mail.id, self.domain())
    }

    /// Builds the message.
    ///
    /// # Errors
    /// [`Cause::Recipient`] for an address that is none, [`Cause::Content`] for the rest.
    pub fn build(&self, mail: &Mail, now_ms: i64) -> Result<Message, Refusal> {
        let content = |word| Refusal::new(Cause::Content, word);
        if !is_id(&mail.id) {
            return Err(content("id"));
        }
        let bytes = mail.text.len() + mail.html.as_ref().map_or(0, String::len);
        if bytes > MAX_BODY_BYTES {
            return Err(content("too-large"));
        }
        let date = UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).unwrap_or(0));
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(mailbox(mail)?)
            .subject(one_line(&mail.subject, MAX_SUBJECT_CHARS))
            .date(date)
            .message_id(Some(format!("<{}>", self.message_id(mail))))
            // RFC 3834 §5: no out-of-office answers to a machine.
            .header(AutoSubmitted("auto-generated".to_owned()));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        if let Some(url) = &mail.unsubscribe_url {
            let url = web_address(url).ok_or_else(|| content("unsubscribe-url"))?;
            builder = builder.header(ListUnsubscribe(format!("<{url}>")));
        }
        let text = SinglePart::plain(mail.text.clone());
        let built = match &mail.html {
            None => builder.singlepart(text),
            Some(html) => builder.multipart(
                MultiPart::alternative()
                    .singlepart(text)
                    .singlepart(SinglePart::html(html.clone())),
            ),
        };
        built.map_err(|_| content("message"))
    }
}

fn mailbox(mail: &Mail) -> Result<Mailbox, Refusal> {
    let address = mail.to.trim();
    let address: Address = Some(address)
        .filter(|address| address.is_ascii())
        .and_then(|address| address.parse().ok())
        .ok_or_else(|| Refusal::new(Cause::Recipient, "address"))?;
    let name = one_line(&mail.to_name, MAX_SUBJECT_CHARS);
    Ok(Mailbox::new(
        Some(name).filter(|name| !name.is_empty()),
        address,
    ))
}

/// A header has one line, whatever stands in what was typed.
fn one_line(text: &str, max_chars: usize) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(max_chars)
        .collect();
    line.trim().to_owned()
}

fn is_id(id: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The address as ASCII, so that it can stand between angle brackets.
fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let good = matches!(url.scheme(), "http" | "https") && !url.as_str().contains(['<', '>']);
    good.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender() -> Sender {
        Sender::new(&MailConfig {
            from_address: "no-reply@fair.example.com".to_owned(),
            from_name: "聘会".to_owned(),
            reply_to: "help@fair.example.com".to_owned(),
            ..MailConfig::default()
        })
        .unwrap()
    }

    fn mail() -> Mail {
        Mail {
            id: "0199-1".to_owned(),
            to: "student@example.com".to_owned(),
            to_name: "示例同学".to_owned(),
            subject: "面试提醒".to_owned(),
            text: "您好".to_owned(),
            html: None,
            unsubscribe_url: Some("https://fair.example.com/退订?t=1".to_owned()),
        }
    }

    fn text(mail: &Mail) -> String {
        let message = sender().build(mail, 1_772_330_584_000).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn headers_are_ascii_and_complete() {
        let text = text(&mail());
        assert!(text.is_ascii(), "{text}");
        for line in [
            "To: =?utf-8?b?56S65L6L5ZCM5a2m?= <student@example.com>\r\n",
            "Subject: =?utf-8?b?6Z2i6K+V5o+Q6YaS?=\r\n",
            "Reply-To: help@fair.example.com\r\n",
            "Date: Sun, 01 Mar 2026 02:03:04 +0000\r\n",
            "Message-ID: <0199-1@fair.example.com>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "List-Unsubscribe: <https://fair.example.com/%E9%80%80%E8%AE%A2?t=1>\r\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }

    #[test]
    fn html_comes_with_the_text() {
        let text = text(&Mail {
            html: Some("<p>您好</p>".to_owned()),
            ..mail()
        });
        assert!(
            text.contains("multipart/alternative") && text.contains("text/html"),
            "{text}"
        );
    }

    #[test]
    fn nothing_typed_becomes_a_header() {
        let text = text(&Mail {
            subject: "a\r\nBcc: victim@example.com".to_owned(),
            to_name: "b\r\nX-Evil: 1".to_owned(),
            ..mail()
        });
        for line in text.lines() {
            assert!(
                !line.starts_with("Bcc") && !line.starts_with("X-Evil"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_for_good() {
        let cause = |mail: Mail| {
            let refusal = sender().build(&mail, 0).unwrap_err();
            assert!(refusal.is_final());
            refusal.cause
        };
        for to in [
            "",
            "nobody",
            "a@b@c",
            "同学@example.com",
            "a@b.c\r\nBcc: d@e.f",
        ] {
            let mail = Mail {
                to: to.to_owned(),
                ..mail()
            };
            assert_eq!(cause(mail), Cause::Recipient, "{to}");
        }
        for mail in [
            Mail {
                id: "a@b".to_owned(),
                ..mail()
            },
            Mail {
                unsubscribe_url: Some("javascript:x".to_owned()),
                ..mail()
            },
            Mail {
                text: "x".repeat(MAX_BODY_BYTES + 1),
                ..mail()
            },
        ] {
            assert_eq!(cause(mail), Cause::Content);
        }
    }
}
