//! Two providers of text messages, on one model: a signature and templates that they have approved,
//! a balance, and telephones. They differ in how requests are signed and told apart. Besides the
//! [shared routes](super::steering), `POST /_ctl/balance {"messages":0}` sets what is paid for.

mod aliyun;
mod desk;
mod tencent;

use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State as Shown;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{MethodRouter, post};
use axum::{Json, Router};
use base::clock::Clock;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use aliyun::AliyunDesk;
pub use tencent::TencentDesk;

use super::server::{Running, listen, serve};
use super::steering::{Emulated, Fault, Steering, steered};
use super::{ANY_PORT, lock};
use crate::sms::SmsConfig;
use desk::{Asked, Denied, Desk};

/// 阿里云短信服务, emulated.
pub type AliyunSmsEmulator = SmsEmulator<AliyunDesk>;
/// 腾讯云短信, emulated.
pub type TencentSmsEmulator = SmsEmulator<TencentDesk>;

/// An approved template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SmsTemplate {
    /// Its id with the provider.
    pub id: String,
    /// Its text: `您的验证码是${code}` with Aliyun, `您的验证码是{1}` with Tencent.
    pub text: String,
}

/// How an emulator is set up.
#[derive(Debug, Clone)]
pub struct SmsOptions {
    /// Where it listens; port 0 is a free one.
    pub bind: SocketAddr,
    /// AccessKey ID or SecretId.
    pub key_id: String,
    /// AccessKey Secret or SecretKey.
    pub key_secret: String,
    /// SdkAppId; Tencent only.
    pub sdk_app_id: String,
    /// The approved signature.
    pub sign_name: String,
    /// The approved templates.
    pub templates: Vec<SmsTemplate>,
    /// Messages that are paid for.
    pub balance: u64,
    /// Messages to one number within a minute.
    pub per_minute: usize,
    /// The time.
    pub clock: Clock,
}

impl Default for SmsOptions {
    fn default() -> Self {
        Self {
            bind: ANY_PORT,
            key_id: "emulatedkeyid".to_owned(),
            key_secret: "emulatedkeysecret".to_owned(),
            sdk_app_id: "1400000000".to_owned(),
            sign_name: "示例就业平台".to_owned(),
            templates: Vec::new(),
            balance: 1_000_000,
            per_minute: 1_000,
            clock: Clock::System,
        }
    }
}

/// A message that a telephone shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceivedSms {
    /// The provider's id of it.
    pub id: String,
    /// Eleven digits.
    pub number: String,
    /// The template.
    pub template: String,
    /// What the person reads.
    pub text: String,
    /// The sender's own id, may be empty.
    pub reference: String,
    /// When, ms since 1970.
    pub at_ms: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Balance {
    messages: u64,
}

/// What sets one provider apart from the other.
pub trait Provider: Sized + Send + Sync + 'static {
    /// What an adapter of the provider at `url` is configured with.
    fn config(options: &SmsOptions, url: &str) -> SmsConfig;
    /// What answers at `/`.
    fn route() -> MethodRouter<SmsEmulator<Self>>;
}

/// An emulated provider. Clones are the same one.
#[derive(Debug)]
pub struct SmsEmulator<P> {
    desk: Arc<Desk>,
    provider: PhantomData<fn() -> P>,
}

impl<P> Clone for SmsEmulator<P> {
    fn clone(&self) -> Self {
        Self {
            desk: self.desk.clone(),
            provider: PhantomData,
        }
    }
}

impl<P: Provider> SmsEmulator<P> {
    /// Starts one.
    ///
    /// # Errors
    /// The address cannot be had, or is not on loopback.
    pub async fn start(options: SmsOptions) -> io::Result<Running<Self>> {
        let listener = listen(options.bind).await?;
        let address = listener.local_addr()?;
        let emulator = Self {
            desk: Arc::new(Desk::new(options, format!("http://{address}"))),
            provider: PhantomData,
        };
        let routes = Router::new().route("/", P::route());
        let own = Router::new().route("/_ctl/balance", post(Self::balance));
        let stops = vec![serve(listener, steered(emulator.clone(), routes, own))];
        Ok(Running::new(address, emulator, stops))
    }

    /// What an adapter is configured with.
    pub fn config(&self) -> SmsConfig {
        P::config(&self.desk.options, &self.desk.url)
    }

    /// The next `times` requests meet `fault`.
    pub fn plan(&self, times: usize, fault: &Fault) {
        self.desk.steering.plan(times, "/", fault);
    }

    /// Messages that telephones show, oldest first.
    pub fn received(&self) -> Vec<ReceivedSms> {
        lock(&self.desk.state).received.iter().cloned().collect()
    }

    /// Messages that are paid for from now on.
    pub fn set_balance(&self, messages: u64) {
        lock(&self.desk.state).balance = messages;
    }

    async fn balance(Shown(emulator): Shown<Self>, Json(balance): Json<Balance>) -> StatusCode {
        emulator.set_balance(balance.messages);
        StatusCode::NO_CONTENT
    }
}

impl<P: Provider> Emulated for SmsEmulator<P> {
    fn steering(&self) -> &Steering {
        &self.desk.steering
    }

    fn clock(&self) -> &Clock {
        &self.desk.options.clock
    }

    fn received(&self) -> Value {
        serde_json::to_value(Self::received(self)).unwrap_or_default()
    }
}

/// An `Authorization` header of either provider.
struct Authorization<'a> {
    credential: &'a str,
    /// Names of headers, with `;` between them.
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn read(header: &'a str, algorithm: &str) -> Option<Self> {
        let rest = header.strip_prefix(algorithm)?.strip_prefix(' ')?;
        let part = |name: &str| {
            rest.split(',').find_map(|part| {
                let (key, value) = part.trim().split_once('=')?;
                (key == name).then_some(value)
            })
        };
        Some(Self {
            credential: part("Credential")?,
            signed: part("SignedHeaders")?,
            signature: part("Signature")?,
        })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
