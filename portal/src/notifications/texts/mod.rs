//! The built-in texts: one per event and channel, in the platform's plain words. Staff lay their
//! own over them; see [`templates`](super::templates).

mod email;
mod site;
mod sms;
mod wechat;

use super::channel::Channel;
use super::events::Event;

/// A title and a body with placeholders such as `{company}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Title of the message, subject of the mail; for staff only elsewhere.
    pub title: &'static str,
    /// What it says. For the official account: one line per field, `thing1={company}`.
    pub body: &'static str,
}

/// The built-in text; none: the event does not use the channel.
pub fn built_in(event: Event, channel: Channel) -> Option<Text> {
    match channel {
        Channel::Site => Some(site::text(event)),
        Channel::Wechat => wechat::text(event),
        Channel::Sms => sms::text(event),
        Channel::Email => email::text(event),
    }
}

const fn text(title: &'static str, body: &'static str) -> Text {
    Text { title, body }
}
