//! Figures of the writers.

use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use super::Trouble;
use super::gate::Class;

/// Seconds: a commit is 0.1 ms to 10 ms, by the disk.
const BUCKETS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
];

/// Why nobody waits any longer for a turn to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// So many waited already.
    Crowded,
    /// It did not come in time.
    Late,
}

/// What is counted of a database.
#[derive(Debug, Clone)]
pub(super) struct DbMetrics {
    pub(super) wait_seconds: HistogramVec,
    pub(super) held_seconds: HistogramVec,
    pub(super) waiting: IntGaugeVec,
    pub(super) refused: IntCounterVec,
    pub(super) commits: IntCounterVec,
    pub(super) failures: IntCounterVec,
    pub(super) replaced: IntCounter,
    pub(super) writable: IntGauge,
}

impl DbMetrics {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let seconds = |name: &str, help: &str| {
            HistogramVec::new(
                HistogramOpts::new(name, help).buckets(BUCKETS.to_vec()),
                &["class"],
            )
        };
        let counter = |name: &str, help: &str, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels)
        };
        let metrics = Self {
            wait_seconds: seconds(
                "pinhui_db_writer_wait_seconds",
                "Time that a write waited for its turn, by class.",
            )?,
            held_seconds: seconds(
                "pinhui_db_writer_held_seconds",
                "Time that a write kept its turn, by class: others of all classes waited for it.",
            )?,
            waiting: IntGaugeVec::new(
                Opts::new(
                    "pinhui_db_writer_waiting",
                    "Writes that wait for their turn, by class.",
                ),
                &["class"],
            )?,
            refused: counter(
                "pinhui_db_writer_refused_total",
                "Writes that had no turn, by class and reason: crowded (too many waited) or late.",
                &["class", "reason"],
            )?,
            commits: counter(
                "pinhui_db_commits_total",
                "Write transactions that were committed, by class.",
                &["class"],
            )?,
            failures: counter(
                "pinhui_db_write_failures_total",
                "Transactions that could not begin or commit, by kind of trouble.",
                &["trouble"],
            )?,
            replaced: IntCounter::new(
                "pinhui_db_writers_replaced_total",
                "SQLite: writer connections that were thrown away because a transaction was left \
                 in them.",
            )?,
            writable: IntGauge::new(
                "pinhui_db_writable",
                "1: the last write was stored; 0: it failed, as the disk is full or the database \
                 away.",
            )?,
        };
        for class in Class::ALL {
            let label = [class.label()];
            metrics.wait_seconds.with_label_values(&label);
            metrics.held_seconds.with_label_values(&label);
            metrics.waiting.with_label_values(&label);
            metrics.commits.with_label_values(&label);
        }
        Ok(metrics)
    }

    pub(super) fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.wait_seconds.clone()))?;
        registry.register(Box::new(self.held_seconds.clone()))?;
        registry.register(Box::new(self.waiting.clone()))?;
        registry.register(Box::new(self.refused.clone()))?;
        registry.register(Box::new(self.commits.clone()))?;
        registry.register(Box::new(self.failures.clone()))?;
        registry.register(Box::new(self.replaced.clone()))?;
        registry.register(Box::new(self.writable.clone()))
    }

    pub(super) fn refuse(&self, class: Class, reason: Refused) {
        let reason = match reason {
            Refused::Crowded => "crowded",
            Refused::Late => "late",
        };
        self.refused
            .with_label_values(&[class.label(), reason])
            .inc();
    }

    /// Notes how a transaction's begin or commit ended.
    pub(super) fn note<T>(&self, outcome: &Result<T, sqlx::Error>) {
        let Err(error) = outcome else { return };
        let trouble = super::trouble(error);
        self.failures.with_label_values(&[trouble.label()]).inc();
        if matches!(trouble, Trouble::Full | Trouble::Away) {
            self.writable.set(0);
        }
    }

    pub(super) fn note_commit(&self, class: Class) {
        self.commits.with_label_values(&[class.label()]).inc();
        self.writable.set(1);
    }
}
