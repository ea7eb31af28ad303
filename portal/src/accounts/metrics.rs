//! Figures of how people come in.

use prometheus::{IntCounterVec, Opts, Registry};

/// Counters of logins, captchas, codes and WeChat's callbacks.
#[derive(Debug, Clone)]
pub struct AccessMetrics {
    /// Logins by way (`password`, `code`, `wechat`) and outcome (`good`, `wrong`, `locked`,
    /// `limited`, `captcha`).
    pub logins: IntCounterVec,
    /// Captchas by outcome: `right`, `wrong`, `gone`, `limited`.
    pub captchas: IntCounterVec,
    /// Codes by SMS by outcome: `sent`, `wait`, `hour`, `day`, `address` when asked for, `right`,
    /// `wrong`, `gone`, `dead`, `busy` when answered.
    pub codes: IntCounterVec,
    /// Callbacks of WeChat by outcome: `done`, `repeated`, or why it was refused.
    pub callbacks: IntCounterVec,
    /// Accounts closed after their cooling-off, by outcome: `done`, `held`, `failed`.
    pub closed: IntCounterVec,
}

impl AccessMetrics {
    /// Makes them and registers them.
    ///
    /// # Errors
    /// A name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        Ok(Self {
            logins: counter(
                "pinhui_logins_total",
                "Logins by way and outcome.",
                &["way", "outcome"],
            )?,
            captchas: counter(
                "pinhui_captchas_total",
                "Captchas by outcome.",
                &["outcome"],
            )?,
            codes: counter(
                "pinhui_sms_codes_total",
                "Codes by SMS, asked for and answered, by outcome.",
                &["outcome"],
            )?,
            callbacks: counter(
                "pinhui_wechat_callbacks_total",
                "Callbacks of WeChat by outcome.",
                &["outcome"],
            )?,
            closed: counter(
                "pinhui_accounts_closed_total",
                "Accounts whose cooling-off is over, by outcome.",
                &["outcome"],
            )?,
        })
    }

    /// Counts a login.
    pub fn login(&self, way: &str, outcome: &str) {
        self.logins.with_label_values(&[way, outcome]).inc();
    }
}
