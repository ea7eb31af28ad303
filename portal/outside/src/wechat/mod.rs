//! The platform's WeChat official account (公众号): scene codes that a person scans to follow and
//! bind, template messages, and the callbacks that tell of both.

mod api;
pub mod callback;
mod codes;
mod config;
mod field;
mod qr;
mod template;
mod token;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::config::{Faults, Validate};

pub use callback::{CallbackError, CallbackQuery, Callbacks, Event, Received, TemplateStatus};
pub use config::WechatConfig;
pub use field::{FieldFault, FieldKind};
pub use qr::{MAX_QR_LIFE_S, Scene, SceneQr};
pub use template::TemplateMessage;

use crate::address::BaseUrl;
use crate::http::TIMEOUT;
use api::Api;

/// Most characters of an openid; real ones have 28.
const MAX_OPENID_BYTES: usize = 64;

/// A person, as one official account knows him.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenId(String);

impl OpenId {
    /// Reads an openid: 1 to 64 letters, digits, `-` and `_`.
    pub fn parse(text: &str) -> Option<Self> {
        let good = (1..=MAX_OPENID_BYTES).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        good.then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The adapter. Clones share the access token.
#[derive(Debug, Clone)]
pub struct OfficialAccount {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    api: Api,
    mp_base: BaseUrl,
    callbacks: Callbacks,
    clock: Clock,
}

impl OfficialAccount {
    /// An adapter for a configuration that [is set](WechatConfig::is_set).
    ///
    /// # Errors
    /// The configuration's faults.
    pub fn new(config: &WechatConfig, clock: Clock) -> Result<Self, Faults> {
        Self::with_timeout(config, clock, TIMEOUT)
    }

    /// The same with another time limit for requests.
    ///
    /// # Errors
    /// The configuration's faults.
    pub fn with_timeout(
        config: &WechatConfig,
        clock: Clock,
        timeout: Duration,
    ) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        config.faults(&mut faults);
        if !config.is_set() {
            faults.push("wechat.appid must be set".to_owned());
        }
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        let address = |name: &str, text: &str| {
            BaseUrl::parse(text).map_err(|fault| Faults(vec![format!("wechat.{name} {fault}")]))
        };
        let mp_base = address("mp_base_url", &config.mp_base_url)?;
        let base = address("base_url", &config.base_url)?;
        let api = Api::new(base, config, clock.clone(), timeout)
            .map_err(|fault| Faults(vec![format!("wechat.base_url {fault}")]))?;
        let callbacks = Callbacks::new(config)?;
        let shared = Shared {
            api,
            mp_base,
            callbacks,
            clock,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// What reads the requests that WeChat sends here.
    pub fn callbacks(&self) -> &Callbacks {
        &self.shared.callbacks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_openid_is_short_and_plain() {
        assert!(OpenId::parse("oPM_-1aZ").is_some());
        for bad in ["", "a b", "a<b", "云", &"x".repeat(65)] {
            assert!(OpenId::parse(bad).is_none(), "{bad}");
        }
    }
}
