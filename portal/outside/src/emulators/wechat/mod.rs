//! WeChat's side of an official account: the API, the people who follow, and the calls to the
//! account's own server. Below `/_ctl`, besides the [shared routes](super::steering):
//!
//! | route | body | does |
//! |---|---|---|
//! | `POST /_ctl/callback` | `{"url":"http://127.0.0.1:8080/…"}` | where events go |
//! | `POST /_ctl/greet` | | checks that address, as the console does when it is set |
//! | `POST /_ctl/follow` | `{"openid":"o1"}` | someone follows |
//! | `POST /_ctl/scan` | `{"openid":"o1","code":…}` | someone scans: a ticket, or what the picture says |
//! | `POST /_ctl/unsubscribe` | `{"openid":"o1"}` | someone follows no longer |
//! | `POST /_ctl/say` | `{"openid":"o1","text":"…"}` | someone types |
//! | `POST /_ctl/block` | `{"openid":"o1","blocks":true}` | someone refuses messages, or takes them again |
//! | `POST /_ctl/duplicate` | `{"times":1}` | the next events are sent twice |
//! | `POST /_ctl/lose` | `{"times":1}` | the next events are not sent |
//! | `POST /_ctl/expire_token`, `/_ctl/revoke_token` | | the access token ends |
//! | `GET /_ctl/inbox?openid=o1` | | what someone's telephone shows |
//! | `GET /_ctl/callbacks` | | what was sent to the account's server, with its answers |

mod api;
mod calls;
mod control;
mod people;
mod tokens;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::clock::Clock;
use base::config::Secret;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

pub use calls::CallRecord;
pub use people::{Letter, PhoneFault};

use super::server::{Running, listen, serve};
use super::steering::{Emulated, Fault, Steering, steered};
use super::{ANY_PORT, keep, lock};
use crate::wechat::WechatConfig;
use crate::wechat::callback::SafeKey;
use calls::Caller;
use people::Person;
use tokens::IssuedTokens;

/// The server of an account answers within this time, or the event is sent again.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// A template of the account (类目模板).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateSpec {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its fields: key and caption.
    pub fields: Vec<(String, String)>,
}

/// How an emulator is set up.
#[derive(Debug, Clone)]
pub struct WechatOptions {
    /// Where it listens; port 0 is a free one.
    pub bind: SocketAddr,
    /// AppID of the account.
    pub appid: String,
    /// Its AppSecret.
    pub secret: String,
    /// Token of its callback.
    pub token: String,
    /// EncodingAESKey of its callback; empty: plain mode.
    pub encoding_aes_key: String,
    /// Its templates.
    pub templates: Vec<TemplateSpec>,
    /// Template messages that it may send between two midnights (UTC).
    pub messages_per_day: usize,
    /// How long its server may take to answer.
    pub call_timeout: Duration,
    /// The time.
    pub clock: Clock,
}

impl Default for WechatOptions {
    fn default() -> Self {
        Self {
            bind: ANY_PORT,
            appid: "wx0123456789abcdef".to_owned(),
            secret: "emulated0secret0of0the0account00".to_owned(),
            token: "emulatedtoken".to_owned(),
            encoding_aes_key: String::new(),
            templates: Vec::new(),
            messages_per_day: 100_000,
            call_timeout: CALL_TIMEOUT,
            clock: Clock::System,
        }
    }
}

/// An emulated WeChat. Clones are the same one.
#[derive(Debug, Clone)]
pub struct WechatEmulator {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: WechatOptions,
    url: String,
    key: Option<SafeKey>,
    caller: Caller,
    steering: Steering,
    state: Mutex<State>,
    /// Calls that are on their way.
    on_way: watch::Sender<usize>,
}

/// What changes.
#[derive(Debug, Default)]
struct State {
    tokens: IssuedTokens,
    codes: BTreeMap<String, Code>,
    people: BTreeMap<String, Person>,
    messages: VecDeque<SentMessage>,
    sent_today: (i64, usize),
    calls: VecDeque<CallRecord>,
    callback: Option<String>,
    duplicate: usize,
    lose: usize,
    next_id: u64,
}

/// A scene code.
#[derive(Debug, Clone)]
struct Code {
    scene: String,
    /// What the picture says.
    url: String,
    /// Ms since 1970; `None`: never.
    end_ms: Option<i64>,
}

/// A template message that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentMessage {
    /// Its id.
    pub msg_id: u64,
    /// To whom.
    pub openid: String,
    /// Its template.
    pub template_id: String,
    /// What a tap opens.
    pub url: String,
    /// Its values by key.
    pub data: BTreeMap<String, String>,
    /// The sender's own id, may be empty.
    pub client_msg_id: String,
    /// When, ms since 1970.
    pub at_ms: i64,
}

impl WechatEmulator {
    /// Starts one.
    ///
    /// # Errors
    /// The address cannot be had, or is not on loopback; the key of safe mode is none.
    pub async fn start(options: WechatOptions) -> io::Result<Running<Self>> {
        let bad = |text: &str| io::Error::new(io::ErrorKind::InvalidInput, text.to_owned());
        let key = match options.encoding_aes_key.as_str() {
            "" => None,
            text => Some(SafeKey::parse(&Secret::new(text)).ok_or_else(|| bad("AES key"))?),
        };
        let listener = listen(options.bind).await?;
        let address = listener.local_addr()?;
        let shared = Shared {
            url: format!("http://{address}"),
            key,
            caller: Caller::new(options.call_timeout).map_err(io::Error::other)?,
            steering: Steering::default(),
            state: Mutex::default(),
            on_way: watch::Sender::new(0),
            options,
        };
        let emulator = Self {
            shared: Arc::new(shared),
        };
        let router = steered(emulator.clone(), api::router(), control::router());
        let stops = vec![serve(listener, router)];
        Ok(Running::new(address, emulator, stops))
    }

    /// What an adapter of this account is configured with.
    pub fn config(&self) -> WechatConfig {
        let options = &self.shared.options;
        WechatConfig {
            base_url: self.shared.url.clone(),
            mp_base_url: self.shared.url.clone(),
            appid: options.appid.clone(),
            secret: Secret::new(options.secret.clone()),
            token: Secret::new(options.token.clone()),
            encoding_aes_key: Secret::new(options.encoding_aes_key.clone()),
        }
    }

    /// The next `times` requests whose path begins with `path` meet `fault`.
    pub fn plan(&self, times: usize, path: &str, fault: &Fault) {
        self.shared.steering.plan(times, path, fault);
    }

    /// Template messages that were taken, oldest first.
    pub fn messages(&self) -> Vec<SentMessage> {
        lock(&self.shared.state).messages.iter().cloned().collect()
    }

    /// How often an access token was asked for.
    pub fn token_requests(&self) -> u64 {
        lock(&self.shared.state).tokens.requests
    }

    /// The access token ends now, as if its time were over (42001).
    pub fn expire_token(&self) {
        let now_ms = self.now_ms();
        lock(&self.shared.state).tokens.expire(now_ms);
    }

    /// Someone else has forced a new access token: the old one is worth nothing (40001).
    pub fn revoke_token(&self) {
        let now_ms = self.now_ms();
        lock(&self.shared.state).tokens.issue(now_ms);
    }

    fn now_ms(&self) -> i64 {
        self.shared.options.clock.now_ms()
    }
}

impl State {
    fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn keep_message(&mut self, message: SentMessage) {
        keep(&mut self.messages, message);
    }
}

impl Emulated for WechatEmulator {
    fn steering(&self) -> &Steering {
        &self.shared.steering
    }

    fn clock(&self) -> &Clock {
        &self.shared.options.clock
    }

    fn received(&self) -> Value {
        serde_json::to_value(self.messages()).unwrap_or_default()
    }
}
