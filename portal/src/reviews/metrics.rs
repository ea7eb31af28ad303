//! Figures of reviews.

use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry};

use super::lists::MonitorOpen;
use super::rules::{Kind, State};
use super::store::Review;

/// Figures of reviews, by kind.
#[derive(Debug, Clone)]
pub struct ReviewMetrics {
    open: IntGaugeVec,
    overdue: IntGaugeVec,
    oldest_seconds: IntGaugeVec,
    decided: IntCounterVec,
    escalated: IntCounter,
}

impl ReviewMetrics {
    /// Makes them and registers them.
    ///
    /// # Errors
    /// A name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), &["kind"])?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let decided = IntCounterVec::new(
            Opts::new(
                "pinhui_reviews_decided_total",
                "Decisions by kind and outcome.",
            ),
            &["kind", "outcome"],
        )?;
        registry.register(Box::new(decided.clone()))?;
        let escalated = IntCounter::new(
            "pinhui_reviews_escalated_total",
            "Times that people were told of an overdue review.",
        )?;
        registry.register(Box::new(escalated.clone()))?;
        Ok(Self {
            open: gauge("pinhui_reviews_open", "Open reviews by kind.")?,
            overdue: gauge("pinhui_reviews_overdue", "Overdue reviews by kind.")?,
            oldest_seconds: gauge(
                "pinhui_reviews_oldest_seconds",
                "Age of the oldest open review by kind.",
            )?,
            decided,
            escalated,
        })
    }

    /// Counts a decision that stands. Whoever decides at a desk calls this after the commit.
    pub fn decided(&self, review: &Review) {
        let outcome = match review.state {
            State::Open => "first_approved",
            State::Approved => "approved",
            State::Returned => "returned",
            State::Rejected => "rejected",
            State::Withdrawn => "withdrawn",
        };
        self.decided
            .with_label_values(&[review.kind.as_str(), outcome])
            .inc();
    }

    /// Shows what is open now.
    pub(super) fn show(&self, rows: &[MonitorOpen], now_ms: i64) {
        for kind in Kind::ALL {
            let row = rows.iter().find(|row| row.kind == kind);
            let label = [kind.as_str()];
            let set = |gauge: &IntGaugeVec, value: i64| {
                gauge.with_label_values(&label).set(value);
            };
            set(&self.open, row.map_or(0, |row| row.open_count));
            set(&self.overdue, row.map_or(0, |row| row.overdue));
            let age_ms = row.map_or(0, |row| (now_ms - row.oldest_ms).max(0));
            set(&self.oldest_seconds, age_ms / 1000);
        }
    }

    pub(super) fn escalated(&self) {
        self.escalated.inc();
    }
}
