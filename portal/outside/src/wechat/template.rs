//! Template messages (模板消息, 类目模板).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::field::{FieldFault, fit};
use super::{OfficialAccount, OpenId};
use crate::refusal::Refusal;

/// A message, all of whose fields fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateMessage {
    touser: String,
    template_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    miniprogram: Option<MiniProgram>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_msg_id: Option<String>,
    data: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct MiniProgram {
    appid: String,
    pagepath: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Value {
    value: String,
}

#[derive(Deserialize)]
struct Sent {
    msgid: serde_json::Number,
}

impl TemplateMessage {
    /// A message to one follower, without fields yet.
    pub fn new(to: &OpenId, template_id: &str) -> Self {
        Self {
            touser: to.as_str().to_owned(),
            template_id: template_id.to_owned(),
            url: None,
            miniprogram: None,
            client_msg_id: None,
            data: BTreeMap::new(),
        }
    }

    /// Sets a field, such as `thing1`; see [`FieldKind`](super::FieldKind) for what fits.
    ///
    /// # Errors
    /// [`FieldFault`]: WeChat would refuse the message.
    pub fn field(mut self, key: &str, value: &str) -> Result<Self, FieldFault> {
        let value = fit(key, value)?;
        self.data.insert(key.to_owned(), Value { value });
        Ok(self)
    }

    /// A page that a tap opens.
    pub fn link(mut self, url: &str) -> Self {
        self.url = Some(url.to_owned());
        self
    }

    /// A page of a mini-program that a tap opens, before any [`link`](Self::link).
    pub fn mini_program(mut self, appid: &str, page: &str) -> Self {
        self.miniprogram = Some(MiniProgram {
            appid: appid.to_owned(),
            pagepath: page.to_owned(),
        });
        self
    }

    /// An id of the sender's: sent again within 10 minutes, the message arrives once.
    pub fn once(mut self, client_msg_id: &str) -> Self {
        self.client_msg_id = Some(client_msg_id.to_owned());
        self
    }
}

impl OfficialAccount {
    /// Sends a message. The result is its id, which the event
    /// [`TemplateFinished`](super::Event::TemplateFinished) repeats.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn send_template(&self, message: &TemplateMessage) -> Result<String, Refusal> {
        let path = "/cgi-bin/message/template/send";
        let sent: Sent = self.shared.api.post(path, message).await?;
        Ok(sent.msgid.to_string())
    }
}
