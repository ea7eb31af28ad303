//! Requests that WeChat sends here: the check of the address (GET) and events (POST).
//!
//! In plain mode only the query is signed, not the body; a signed query is therefore good for some
//! minutes only. In safe mode the body is encrypted and signed, and once a key is configured
//! nothing else is taken.

mod crypt;
mod event;
mod reply;
mod xml;

use base::config::{Faults, Secret};
use serde::Deserialize;

pub use event::{Event, Received, TemplateStatus};
pub use reply::{ACKNOWLEDGED, MAX_REPLY_BYTES};
pub use xml::XmlFault;

pub(crate) use crypt::SafeKey;
pub(crate) use reply::{cdata, sealed};
pub(crate) use xml::parse;

use super::config::WechatConfig;
use crate::sign::{equal, sha1_hex};

/// The largest body that is read. A router sets it as its limit too.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// A signed query is taken within this time of the server's clock, in seconds.
pub const TOLERANCE_S: i64 = 600;
/// Most bytes of a text that is echoed.
const MAX_ECHO_BYTES: usize = 128;

/// The query of a request. What is missing is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CallbackQuery {
    /// SHA-1 of token, timestamp and nonce.
    pub signature: String,
    /// Seconds since 1970.
    pub timestamp: String,
    /// A random number.
    pub nonce: String,
    /// To be echoed, in the check of the address.
    pub echostr: String,
    /// `aes` in safe mode.
    pub encrypt_type: String,
    /// SHA-1 of token, timestamp, nonce and the encrypted body.
    pub msg_signature: String,
}

/// Why a request is not taken. Answer 403 to all of them: the words are for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The body is over [`MAX_BODY_BYTES`].
    #[error("the body is too large")]
    TooLarge,
    /// A signature is wrong: the request is not from WeChat, or the token differs.
    #[error("a signature is wrong")]
    Signature,
    /// Signed too long ago, or ahead of time: a replay, or a clock that is wrong.
    #[error("the signature is of another time")]
    Stale,
    /// Plain text came, but a key is configured; or the other way round.
    #[error("the mode is not the configured one")]
    Mode,
    /// The text cannot be decrypted with the configured key, or is for another account.
    #[error("the encrypted text is not for this account")]
    Encrypted,
    /// The body is not the XML that is expected.
    #[error(transparent)]
    Xml(#[from] XmlFault),
}

impl CallbackError {
    /// The word in metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Signature => "signature",
            Self::Stale => "stale",
            Self::Mode => "mode",
            Self::Encrypted => "encrypted",
            Self::Xml(_) => "xml",
        }
    }
}

/// Reads requests, for one account.
#[derive(Debug)]
pub struct Callbacks {
    token: Secret,
    appid: String,
    key: Option<SafeKey>,
}

impl Callbacks {
    pub(super) fn new(config: &WechatConfig) -> Result<Self, Faults> {
        let key = if config.encoding_aes_key.is_empty() {
            None
        } else {
            let key = SafeKey::parse(&config.encoding_aes_key);
            let fault = "wechat.encoding_aes_key must be 43 letters and digits".to_owned();
            Some(key.ok_or(Faults(vec![fault]))?)
        };
        Ok(Self {
            token: config.token.clone(),
            appid: config.appid.clone(),
            key,
        })
    }

    /// Checks a GET request; the result is the body of the answer, as `text/plain`.
    ///
    /// # Errors
    /// [`CallbackError::Signature`], [`CallbackError::Stale`].
    pub fn greet(&self, query: &CallbackQuery, now_ms: i64) -> Result<String, CallbackError> {
        self.check(query, now_ms)?;
        let echo = &query.echostr;
        // The signature does not cover it, so it must not be a page.
        let good = echo.len() <= MAX_ECHO_BYTES && echo.bytes().all(|b| b.is_ascii_alphanumeric());
        if good {
            Ok(echo.clone())
        } else {
            Err(CallbackError::Signature)
        }
    }

    /// Checks and reads a POST request. Whoever acts on the event does so once per
    /// [`Received::dedupe_key`]: WeChat sends it again if no answer comes within 5 s.
    ///
    /// # Errors
    /// [`CallbackError`].
    pub fn receive(
        &self,
        query: &CallbackQuery,
        body: &[u8],
        now_ms: i64,
    ) -> Result<Received, CallbackError> {
        if body.len() > MAX_BODY_BYTES {
            return Err(CallbackError::TooLarge);
        }
        self.check(query, now_ms)?;
        let encrypted = query.encrypt_type == "aes";
        match &self.key {
            None if encrypted => Err(CallbackError::Mode),
            None => Received::read(&parse(body)?),
            Some(_) if !encrypted => Err(CallbackError::Mode),
            Some(key) => {
                let envelope = parse(body)?;
                let text = envelope.get("Encrypt").ok_or(CallbackError::Mode)?;
                let expected = signature(
                    self.token.expose(),
                    &query.timestamp,
                    &query.nonce,
                    Some(text),
                );
                if !equal(expected.as_bytes(), query.msg_signature.as_bytes()) {
                    return Err(CallbackError::Signature);
                }
                let opened = key
                    .open(text, &self.appid)
                    .ok_or(CallbackError::Encrypted)?;
                Received::read(&parse(&opened)?)
            }
        }
    }

    /// A text that answers an event, as the body of the answer (`application/xml`); one over
    /// [`MAX_REPLY_BYTES`] is cut. `salt` is random.
    pub fn reply_text(
        &self,
        received: &Received,
        text: &str,
        now_ms: i64,
        salt: [u8; 16],
    ) -> String {
        let now_s = now_ms / 1_000;
        let xml = reply::text(received, text, now_s);
        match &self.key {
            None => xml,
            Some(key) => {
                let encrypted = key.seal(&xml, &self.appid, salt);
                sealed(self.token.expose(), &encrypted, now_s, salt)
            }
        }
    }

    fn check(&self, query: &CallbackQuery, now_ms: i64) -> Result<(), CallbackError> {
        let expected = signature(self.token.expose(), &query.timestamp, &query.nonce, None);
        if !equal(expected.as_bytes(), query.signature.as_bytes()) {
            return Err(CallbackError::Signature);
        }
        let at_s: i64 = query
            .timestamp
            .parse()
            .map_err(|_| CallbackError::Signature)?;
        if (now_ms / 1_000).abs_diff(at_s) > TOLERANCE_S.unsigned_abs() {
            return Err(CallbackError::Stale);
        }
        Ok(())
    }
}

/// SHA-1 over the sorted parts, without anything between them.
pub(crate) fn signature(
    token: &str,
    timestamp: &str,
    nonce: &str,
    encrypted: Option<&str>,
) -> String {
    let mut parts: Vec<&str> = [token, timestamp, nonce]
        .into_iter()
        .chain(encrypted)
        .collect();
    parts.sort_unstable();
    sha1_hex(parts.concat().as_bytes())
}

#[cfg(test)]
mod tests;
