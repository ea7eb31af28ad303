//! Figures of the outbox.

use outside::Cause;
use prometheus::{IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::channel::Channel;

/// Outcomes of a try, as the label `outcome` has them.
pub const OUTCOMES: [&str; 8] = [
    "sent",
    "retry",
    "dead",
    "unreachable",
    "off",
    "capped",
    "expired",
    "quiet",
];

/// Counters and gauges of the outbox. Clones share them.
#[derive(Debug, Clone)]
pub struct OutboxMetrics {
    /// Tries by channel and outcome.
    pub sends: IntCounterVec,
    /// Refusals by channel and cause.
    pub refusals: IntCounterVec,
    /// Reports of providers by outcome: `delivered`, `failed`.
    pub reports: IntCounterVec,
    /// Sends whose sender was gone.
    pub reclaimed: prometheus::IntCounter,
    /// Sends that wait, by channel, those of the quiet hours and of retries too.
    pub waiting: IntGaugeVec,
    /// Seconds since the oldest send that is due became so, by channel.
    pub oldest_due_s: IntGaugeVec,
    /// Seconds since the oldest message whose sends are not yet planned.
    pub oldest_unplanned_s: IntGauge,
    /// Dead letters that staff have not looked after.
    pub dead_letters: IntGauge,
}

impl OutboxMetrics {
    /// Makes them and registers them, all at zero.
    ///
    /// # Errors
    /// A name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let gauges = |name: &str, help: &str| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), &["channel"])?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let reclaimed = prometheus::IntCounter::new(
            "pinhui_notification_reclaimed_total",
            "Sends that were taken over because their sender was gone.",
        )?;
        registry.register(Box::new(reclaimed.clone()))?;
        let metrics = Self {
            sends: counter(
                "pinhui_notification_sends_total",
                "Tries to send a message, by channel and outcome.",
                &["channel", "outcome"],
            )?,
            refusals: counter(
                "pinhui_notification_refusals_total",
                "Messages that a provider refused, by channel and cause.",
                &["channel", "cause"],
            )?,
            reports: counter(
                "pinhui_notification_reports_total",
                "Delivery reports of providers, by outcome.",
                &["outcome"],
            )?,
            reclaimed,
            waiting: gauges(
                "pinhui_notification_waiting",
                "Messages that wait to be sent, by channel.",
            )?,
            oldest_due_s: gauges(
                "pinhui_notification_oldest_due_seconds",
                "For how long the oldest message that is due has been waiting, by channel.",
            )?,
            oldest_unplanned_s: gauge(
                "pinhui_notification_oldest_unplanned_seconds",
                "For how long the oldest message without a plan has been waiting.",
            )?,
            dead_letters: gauge(
                "pinhui_notification_dead_letters",
                "Messages that could not be sent and wait for staff.",
            )?,
        };
        metrics.show_zeros();
        Ok(metrics)
    }

    fn show_zeros(&self) {
        for channel in Channel::OUTSIDE.map(Channel::as_str) {
            for outcome in OUTCOMES {
                self.sends.with_label_values(&[channel, outcome]);
            }
            for cause in Cause::ALL {
                self.refusals.with_label_values(&[channel, cause.as_str()]);
            }
            self.waiting.with_label_values(&[channel]);
            self.oldest_due_s.with_label_values(&[channel]);
        }
        for outcome in ["delivered", "failed"] {
            self.reports.with_label_values(&[outcome]);
        }
    }
}
