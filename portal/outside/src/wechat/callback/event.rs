//! What a callback tells.

use super::CallbackError;
use super::xml::{Fields, XmlFault};
use crate::wechat::OpenId;

/// Begins the `EventKey` of someone who scanned a scene code and followed by it.
const QR_SCENE: &str = "qrscene_";
/// Most bytes of a name, key, number or ticket.
const MAX_FIELD_BYTES: usize = 512;
/// Most bytes of a text; a person can type 600 Chinese characters.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// An event or message from a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The same in every repetition of one event, and in no other event. At most 160 bytes.
    pub dedupe_key: String,
    /// The person.
    pub from: OpenId,
    /// When it happened, ms since 1970, to the second.
    pub created_ms: i64,
    /// What happened.
    pub event: Event,
    pub(super) account: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Someone follows; with the scene of the code that he scanned to do so, if there was one.
    Subscribe {
        /// The scene, without its prefix.
        scene: Option<String>,
    },
    /// A follower scanned a scene code.
    Scan {
        /// The scene.
        scene: String,
    },
    /// Someone follows no longer: nothing can be sent to him.
    Unsubscribe,
    /// A template message came to its end.
    TemplateFinished {
        /// The id that sending it gave.
        msg_id: String,
        /// How it ended.
        status: TemplateStatus,
    },
    /// A text that a person typed.
    Text {
        /// The text.
        content: String,
    },
    /// Anything else: acknowledged, and nothing more.
    Other,
}

/// How a template message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateStatus {
    /// It was delivered (`success`).
    Delivered,
    /// The person refuses the account's messages (`failed:user block`).
    Blocked,
    /// WeChat failed (`failed: system failed`), or a status that is not known here.
    Failed,
}

impl Received {
    pub(super) fn read(fields: &Fields) -> Result<Self, CallbackError> {
        let short = |name: &'static str| short(fields, name);
        let from = OpenId::parse(short("FromUserName")?).ok_or(XmlFault::Field("FromUserName"))?;
        let created_s = seconds(short("CreateTime")?).ok_or(XmlFault::Field("CreateTime"))?;
        let message = short("MsgType")?;
        let (dedupe_key, event) = if message == "event" {
            let name = short("Event")?;
            let event = read_event(fields, name)?;
            // Two template messages can end in the same second, so their ids are in the key.
            let key = match &event {
                Event::TemplateFinished { msg_id, .. } => format!("template:{msg_id}"),
                _ => format!("event:{from}:{created_s}:{}", &name[..name.len().min(48)]),
            };
            (key, event)
        } else {
            let id = id(short("MsgId")?).ok_or(XmlFault::Field("MsgId"))?;
            (format!("message:{id}"), read_message(fields, message)?)
        };
        Ok(Self {
            dedupe_key,
            created_ms: created_s * 1_000,
            account: short("ToUserName")?.to_owned(),
            from,
            event,
        })
    }
}

fn read_event(fields: &Fields, name: &str) -> Result<Event, XmlFault> {
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(XmlFault::Field("Event"));
    }
    let key = || optional(fields, "EventKey");
    Ok(match name {
        "subscribe" => Event::Subscribe {
            scene: key()?.strip_prefix(QR_SCENE).map(str::to_owned),
        },
        "SCAN" => Event::Scan {
            scene: key()?.to_owned(),
        },
        "unsubscribe" => Event::Unsubscribe,
        "TEMPLATESENDJOBFINISH" => Event::TemplateFinished {
            msg_id: id(short(fields, "MsgID")?)
                .ok_or(XmlFault::Field("MsgID"))?
                .to_owned(),
            status: match short(fields, "Status")? {
                "success" => TemplateStatus::Delivered,
                "failed:user block" | "failed: user block" => TemplateStatus::Blocked,
                _ => TemplateStatus::Failed,
            },
        },
        _ => Event::Other,
    })
}

fn read_message(fields: &Fields, kind: &str) -> Result<Event, XmlFault> {
    if kind != "text" {
        return Ok(Event::Other);
    }
    let content = fields.get("Content").ok_or(XmlFault::Field("Content"))?;
    if content.len() > MAX_TEXT_BYTES {
        return Err(XmlFault::Field("Content"));
    }
    Ok(Event::Text {
        content: content.clone(),
    })
}

/// A field that must be there.
fn short<'a>(fields: &'a Fields, name: &'static str) -> Result<&'a str, XmlFault> {
    match optional(fields, name)? {
        "" => Err(XmlFault::Field(name)),
        text => Ok(text),
    }
}

fn optional<'a>(fields: &'a Fields, name: &'static str) -> Result<&'a str, XmlFault> {
    let text = fields.get(name).map_or("", |text| text.trim());
    let good = text.len() <= MAX_FIELD_BYTES && !text.contains(char::is_control);
    if good {
        Ok(text)
    } else {
        Err(XmlFault::Field(name))
    }
}

/// Seconds since 1970, small enough to become milliseconds.
fn seconds(text: &str) -> Option<i64> {
    let seconds: i64 = id(text)?.parse().ok()?;
    (seconds <= i64::MAX / 1_000).then_some(seconds)
}

/// A number of 64 bits that only names something.
fn id(text: &str) -> Option<&str> {
    let good = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    good.then_some(text)
}
