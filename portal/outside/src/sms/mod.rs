//! Text messages (短信) through Aliyun or Tencent Cloud. Both send a template that they have
//! approved, filled with parameters; neither is idempotent.

mod acs3;
mod aliyun;
mod config;
mod mobile;
mod tc3;
mod tencent;

use std::time::Duration;

use base::clock::Clock;
use base::config::{Faults, Validate};

pub use aliyun::Aliyun;
pub use config::{AliyunConfig, SmsConfig, SmsProvider, TencentConfig};
pub use mobile::Mobile;
pub use tencent::Tencent;

use crate::http::TIMEOUT;
use crate::refusal::Refusal;

/// A template and what fills it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsText {
    /// The template's id with the provider: `SMS_123456789` with Aliyun, `1234567` with Tencent.
    pub template: String,
    /// Parameters, in the order of the template: Aliyun goes by their names, Tencent by their
    /// places.
    pub params: Vec<(String, String)>,
    /// An id of the sender's, which the provider's receipts repeat (`OutId`, `SessionContext`).
    pub reference: String,
}

/// The provider that is configured.
#[derive(Debug, Clone)]
pub enum SmsSender {
    /// 阿里云短信服务.
    Aliyun(Aliyun),
    /// 腾讯云短信.
    Tencent(Tencent),
}

impl SmsSender {
    /// The adapter for a configuration that [is set](SmsConfig::is_set).
    ///
    /// # Errors
    /// The configuration's faults.
    pub fn new(config: &SmsConfig, clock: Clock) -> Result<Self, Faults> {
        Self::with_timeout(config, clock, TIMEOUT)
    }

    /// The same with another time limit for requests.
    ///
    /// # Errors
    /// The configuration's faults.
    pub fn with_timeout(
        config: &SmsConfig,
        clock: Clock,
        timeout: Duration,
    ) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        config.faults(&mut faults);
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        let fault = |fault: &str| Faults(vec![format!("sms: {fault}")]);
        match config.provider {
            SmsProvider::Off => Err(fault("no provider is set")),
            SmsProvider::Aliyun => Aliyun::new(config, clock, timeout)
                .map(Self::Aliyun)
                .map_err(fault),
            SmsProvider::Tencent => Tencent::new(config, clock, timeout)
                .map(Self::Tencent)
                .map_err(fault),
        }
    }

    /// Sends a message. The result is the provider's id of it.
    ///
    /// # Errors
    /// [`Refusal`]. One that [may have arrived](crate::Cause::may_have_arrived) is better not
    /// repeated without asking: the person would get it twice, and it would be paid twice.
    pub async fn send(&self, to: &Mobile, text: &SmsText) -> Result<String, Refusal> {
        match self {
            Self::Aliyun(aliyun) => aliyun.send(to, text).await,
            Self::Tencent(tencent) => tencent.send(to, text).await,
        }
    }
}
