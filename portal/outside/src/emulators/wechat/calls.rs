//! Calls to the account's own server: signed, in safe mode encrypted, and repeated until they are
//! acknowledged.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, redirect};
use serde::Serialize;
use tokio::sync::watch;
use url::Url;

use super::people::PhoneFault;
use super::{WechatEmulator, keep, lock};
use crate::address::is_loopback;
use crate::http::choose_tls_provider;
use crate::wechat::callback::{ACKNOWLEDGED, MAX_BODY_BYTES, cdata, parse, signature};

/// A call is tried this often: once, and three times more.
const TRIES: u32 = 4;
/// Name of the account in the events.
const ACCOUNT: &str = "gh_0123456789ab";

/// A call, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallRecord {
    /// `subscribe`, `SCAN`, `unsubscribe`, `TEMPLATESENDJOBFINISH` or `text`.
    pub event: String,
    /// The person.
    pub openid: String,
    /// How often it was sent; 0: it was lost on purpose.
    pub tries: u32,
    /// The last status, if there was an answer.
    pub status: Option<u16>,
    /// The server has acknowledged it.
    pub acknowledged: bool,
    /// The text that the server answered for the person.
    pub reply: Option<String>,
}

/// What sends the calls.
#[derive(Debug)]
pub(super) struct Caller(Client);

/// Counts a call that is on its way.
pub(super) struct OnWay(watch::Sender<usize>);

impl Drop for OnWay {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Caller {
    pub fn new(timeout: Duration) -> Result<Self, reqwest::Error> {
        choose_tls_provider();
        let client = Client::builder()
            .timeout(timeout)
            .redirect(redirect::Policy::none())
            .no_proxy()
            // Only servers on this machine are called, which may have certificates of their own.
            .danger_accept_invalid_certs(true)
            .build()?;
        Ok(Self(client))
    }
}

impl WechatEmulator {
    /// Where events go: an address on this machine.
    ///
    /// # Errors
    /// [`PhoneFault::NoCallback`] for any other address.
    pub fn set_callback(&self, url: &str) -> Result<(), PhoneFault> {
        let parsed = Url::parse(url).map_err(|_| PhoneFault::NoCallback)?;
        if !is_loopback(&parsed) || parsed.query().is_some() {
            return Err(PhoneFault::NoCallback);
        }
        lock(&self.shared.state).callback = Some(url.to_owned());
        Ok(())
    }

    /// Checks the callback address, as the account's console does when it is set.
    ///
    /// # Errors
    /// [`PhoneFault::NoCallback`].
    pub async fn greet(&self) -> Result<bool, PhoneFault> {
        let url = self.callback()?;
        let echo = lock(&self.shared.state).next_id() + 5_000_000_000;
        let query = format!("{}&echostr={echo}", self.signed_query(None));
        let answer = self.shared.caller.0.get(format!("{url}?{query}")).send();
        let Ok(answer) = answer.await else {
            return Ok(false);
        };
        let good = answer.status() == StatusCode::OK;
        Ok(good && text(answer).await == Some(echo.to_string()))
    }

    /// The next `times` events are sent twice, a moment apart.
    pub fn duplicate_next(&self, times: usize) {
        lock(&self.shared.state).duplicate = times;
    }

    /// The next `times` events are not sent.
    pub fn lose_next(&self, times: usize) {
        lock(&self.shared.state).lose = times;
    }

    /// Calls that were made, oldest first.
    pub fn calls(&self) -> Vec<CallRecord> {
        lock(&self.shared.state).calls.iter().cloned().collect()
    }

    /// Waits until no call is on its way.
    pub async fn settled(&self) {
        let mut on_way = self.shared.on_way.subscribe();
        // The sender lives as long as the emulator.
        drop(on_way.wait_for(|count| *count == 0).await);
    }

    pub(super) fn on_way(&self) -> OnWay {
        self.shared.on_way.send_modify(|count| *count += 1);
        OnWay(self.shared.on_way.clone())
    }

    /// Sends an event or message until it is acknowledged or [`TRIES`] are used up.
    pub(super) async fn call(
        &self,
        openid: &str,
        event: &str,
        rest: &str,
    ) -> Result<CallRecord, PhoneFault> {
        let url = self.callback()?;
        let _on_way = self.on_way();
        let xml = format!(
            "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName>\
             <CreateTime>{}</CreateTime>{rest}</xml>",
            cdata(ACCOUNT),
            cdata(openid),
            self.now_ms() / 1_000
        );
        let mut record = CallRecord {
            event: event.to_owned(),
            openid: openid.to_owned(),
            tries: 0,
            status: None,
            acknowledged: false,
            reply: None,
        };
        let (lost, twice) = self.take_plans();
        while !lost && !record.acknowledged && record.tries < TRIES {
            self.try_once(&url, &xml, &mut record).await;
        }
        if twice {
            self.try_once(&url, &xml, &mut record).await;
        }
        let now_ms = self.now_ms();
        let mut state = lock(&self.shared.state);
        keep(&mut state.calls, record.clone());
        if let (Some(reply), Some(person)) = (record.reply.clone(), state.people.get_mut(openid)) {
            person.show_text(reply, now_ms);
        }
        drop(state);
        Ok(record)
    }

    fn take_plans(&self) -> (bool, bool) {
        let mut state = lock(&self.shared.state);
        let lost = state.lose > 0;
        state.lose = state.lose.saturating_sub(1);
        let twice = !lost && state.duplicate > 0;
        if twice {
            state.duplicate -= 1;
        }
        (lost, twice)
    }

    async fn try_once(&self, url: &str, xml: &str, record: &mut CallRecord) {
        record.tries += 1;
        record.status = None;
        let (query, body) = match &self.shared.key {
            None => (self.signed_query(None), xml.to_owned()),
            Some(key) => {
                let number = lock(&self.shared.state).next_id();
                let salt = u128::from(number).to_be_bytes();
                let encrypted = key.seal(xml, &self.shared.options.appid, salt);
                let body = format!(
                    "<xml><ToUserName>{}</ToUserName><Encrypt>{}</Encrypt></xml>",
                    cdata(ACCOUNT),
                    cdata(&encrypted)
                );
                (self.signed_query(Some(&encrypted)), body)
            }
        };
        let request = self.shared.caller.0.post(format!("{url}?{query}"));
        let request = request.header("content-type", "text/xml").body(body);
        let Ok(answer) = request.send().await else {
            return;
        };
        record.status = Some(answer.status().as_u16());
        if answer.status() != StatusCode::OK {
            return;
        }
        match text(answer).await.as_deref() {
            None => {}
            Some("" | ACKNOWLEDGED) => record.acknowledged = true,
            Some(text) => {
                record.reply = self.read_reply(text);
                record.acknowledged = record.reply.is_some();
            }
        }
    }

    /// A text for the person, if the answer is one, and rightly signed and sealed in safe mode.
    fn read_reply(&self, answer: &str) -> Option<String> {
        let fields = parse(answer.as_bytes()).ok()?;
        let Some(key) = &self.shared.key else {
            return fields.get("Content").cloned();
        };
        let encrypted = fields.get("Encrypt")?;
        let options = &self.shared.options;
        let expected = signature(
            &options.token,
            fields.get("TimeStamp")?,
            fields.get("Nonce")?,
            Some(encrypted),
        );
        if *fields.get("MsgSignature")? != expected {
            return None;
        }
        let opened = key.open(encrypted, &options.appid)?;
        parse(&opened).ok()?.get("Content").cloned()
    }

    /// The query that says that a call is from WeChat; signed anew for each try.
    fn signed_query(&self, encrypted: Option<&str>) -> String {
        let token = &self.shared.options.token;
        let timestamp = (self.now_ms() / 1_000).to_string();
        let nonce = format!("{:09}", lock(&self.shared.state).next_id());
        let plain = signature(token, &timestamp, &nonce, None);
        let mut query = format!("signature={plain}&timestamp={timestamp}&nonce={nonce}");
        if encrypted.is_some() {
            let sealed = signature(token, &timestamp, &nonce, encrypted);
            query.push_str(&format!("&encrypt_type=aes&msg_signature={sealed}"));
        }
        query
    }

    fn callback(&self) -> Result<String, PhoneFault> {
        lock(&self.shared.state)
            .callback
            .clone()
            .ok_or(PhoneFault::NoCallback)
    }
}

/// The body of an answer, if it is a text of a sensible size.
async fn text(mut answer: Response) -> Option<String> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY_BYTES {
            return None;
        }
    }
    String::from_utf8(body).ok()
}
