//! The people with telephones.

use std::collections::VecDeque;

use serde::Serialize;

use super::super::MAX_KEPT;
use super::calls::CallRecord;
use super::{Code, SentMessage, TemplateSpec, WechatEmulator, keep, lock};
use crate::wechat::OpenId;
use crate::wechat::callback::cdata;

/// Someone who has scanned or followed.
#[derive(Debug, Default)]
pub(super) struct Person {
    pub follows: bool,
    pub blocks: bool,
    inbox: VecDeque<Letter>,
}

/// What the account's page on a telephone shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// A template message.
    Template {
        /// Its id.
        msg_id: u64,
        /// The template's title.
        title: String,
        /// Caption and value, in the template's order.
        lines: Vec<(String, String)>,
        /// What a tap opens; may be empty.
        url: String,
        /// When it came, ms since 1970.
        at_ms: i64,
    },
    /// A text that answered something.
    Text {
        /// The text.
        text: String,
        /// When it came, ms since 1970.
        at_ms: i64,
    },
}

/// Why a person could not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    /// No openid.
    #[error("this is no openid")]
    OpenId,
    /// No code of this account, or its time is over.
    #[error("the code is unknown or has ended")]
    Code,
    /// Too many people; the limit is [`MAX_KEPT`].
    #[error("there are too many people")]
    Full,
    /// Only a follower can.
    #[error("the person does not follow")]
    NotFollowing,
    /// No address was set for events.
    #[error("no callback address is set")]
    NoCallback,
}

impl Person {
    pub fn show_template(&mut self, message: &SentMessage, template: &TemplateSpec) {
        if self.blocks {
            return;
        }
        let value = |key: &String| message.data.get(key).cloned().unwrap_or_default();
        let letter = Letter::Template {
            msg_id: message.msg_id,
            title: template.title.clone(),
            lines: template
                .fields
                .iter()
                .map(|(key, caption)| (caption.clone(), value(key)))
                .collect(),
            url: message.url.clone(),
            at_ms: message.at_ms,
        };
        keep(&mut self.inbox, letter);
    }

    pub fn show_text(&mut self, text: String, at_ms: i64) {
        keep(&mut self.inbox, Letter::Text { text, at_ms });
    }
}

impl WechatEmulator {
    /// Someone follows, without a code.
    ///
    /// # Errors
    /// [`PhoneFault`]; without a callback address the person follows all the same.
    pub async fn follow(&self, openid: &str) -> Result<CallRecord, PhoneFault> {
        self.with_person(openid, |person| person.follows = true)?;
        self.event(openid, "subscribe", "<EventKey></EventKey>")
            .await
    }

    /// Someone scans a scene code: `code` is its ticket or what its picture says. Who does not
    /// follow yet does so by it.
    ///
    /// # Errors
    /// [`PhoneFault`].
    pub async fn scan(&self, openid: &str, code: &str) -> Result<CallRecord, PhoneFault> {
        let now_ms = self.now_ms();
        let (ticket, scene) = {
            let state = lock(&self.shared.state);
            let found = state
                .codes
                .iter()
                .find(|(ticket, known)| *ticket == code || known.url == code);
            let (ticket, known) = found.ok_or(PhoneFault::Code)?;
            if known.end_ms.is_some_and(|end_ms| now_ms >= end_ms) {
                return Err(PhoneFault::Code);
            }
            (ticket.clone(), known.scene.clone())
        };
        let followed = self.with_person(openid, |person| {
            std::mem::replace(&mut person.follows, true)
        })?;
        let (event, key) = if followed {
            ("SCAN", scene)
        } else {
            ("subscribe", format!("qrscene_{scene}"))
        };
        let rest = format!(
            "<EventKey>{}</EventKey><Ticket>{}</Ticket>",
            cdata(&key),
            cdata(&ticket)
        );
        self.event(openid, event, &rest).await
    }

    /// Someone follows no longer.
    ///
    /// # Errors
    /// [`PhoneFault`].
    pub async fn unsubscribe(&self, openid: &str) -> Result<CallRecord, PhoneFault> {
        let followed = self.with_person(openid, |person| {
            std::mem::replace(&mut person.follows, false)
        })?;
        if !followed {
            return Err(PhoneFault::NotFollowing);
        }
        self.event(openid, "unsubscribe", "<EventKey></EventKey>")
            .await
    }

    /// A follower types a text.
    ///
    /// # Errors
    /// [`PhoneFault`].
    pub async fn say(&self, openid: &str, text: &str) -> Result<CallRecord, PhoneFault> {
        if !self.with_person(openid, |person| person.follows)? {
            return Err(PhoneFault::NotFollowing);
        }
        let number = lock(&self.shared.state).next_id();
        // Real ids of messages are as large as this.
        let rest = format!(
            "<MsgType><![CDATA[text]]></MsgType><Content>{}</Content><MsgId>{}</MsgId>",
            cdata(text),
            24_321_513_515_000_000 + number,
        );
        self.call(openid, "text", &rest).await
    }

    /// Someone refuses the account's messages without leaving it, or takes them again.
    ///
    /// # Errors
    /// [`PhoneFault::OpenId`].
    pub fn block(&self, openid: &str, blocks: bool) -> Result<(), PhoneFault> {
        self.with_person(openid, |person| person.blocks = blocks)
    }

    /// What someone's telephone shows, oldest first.
    pub fn inbox(&self, openid: &str) -> Vec<Letter> {
        lock(&self.shared.state)
            .people
            .get(openid)
            .map_or_else(Vec::new, |person| person.inbox.iter().cloned().collect())
    }

    /// Scene codes that can be scanned now, newest first: the scene, and what the picture says.
    pub fn codes(&self) -> Vec<(String, String)> {
        let now_ms = self.now_ms();
        let state = lock(&self.shared.state);
        let open = |code: &&Code| code.end_ms.is_none_or(|end_ms| now_ms < end_ms);
        let codes = state.codes.values().rev().filter(open);
        codes
            .map(|code| (code.scene.clone(), code.url.clone()))
            .collect()
    }

    /// Does someone follow?
    pub fn follows(&self, openid: &str) -> bool {
        lock(&self.shared.state)
            .people
            .get(openid)
            .is_some_and(|person| person.follows)
    }

    /// Tells the account's server how a message ended, in a task of its own: WeChat does so after
    /// it has answered the sender.
    pub(super) fn finish(&self, message: SentMessage) {
        let blocks = lock(&self.shared.state)
            .people
            .get(&message.openid)
            .is_some_and(|person| person.blocks);
        let status = if blocks {
            "failed:user block"
        } else {
            "success"
        };
        let rest = format!(
            "<MsgID>{}</MsgID><Status><![CDATA[{status}]]></Status>",
            message.msg_id
        );
        let emulator = self.clone();
        // Counted before the task runs, so that `settled` waits for it.
        let on_way = self.on_way();
        tokio::spawn(async move {
            drop(
                emulator
                    .event(&message.openid, "TEMPLATESENDJOBFINISH", &rest)
                    .await,
            );
            drop(on_way);
        });
    }

    async fn event(
        &self,
        openid: &str,
        name: &'static str,
        rest: &str,
    ) -> Result<CallRecord, PhoneFault> {
        let rest =
            format!("<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{name}]]></Event>{rest}");
        self.call(openid, name, &rest).await
    }

    fn with_person<T>(
        &self,
        openid: &str,
        change: impl FnOnce(&mut Person) -> T,
    ) -> Result<T, PhoneFault> {
        OpenId::parse(openid).ok_or(PhoneFault::OpenId)?;
        let mut state = lock(&self.shared.state);
        if state.people.len() >= MAX_KEPT && !state.people.contains_key(openid) {
            return Err(PhoneFault::Full);
        }
        Ok(change(state.people.entry(openid.to_owned()).or_default()))
    }
}
