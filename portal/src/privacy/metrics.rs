//! Figures of personal data: exports, wiped accounts, what is purged, complaints.

use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

/// Counters of the privacy domains; clones share them.
#[derive(Debug, Clone)]
pub struct PrivacyMetrics {
    /// Exports by format and outcome: `good`, `cut` (a limit of rows was hit), `refused`,
    /// `busy`, `capped`.
    pub exports: IntCounterVec,
    /// Consents by what happened: `given`, `withdrawn`, `expired`, `missing` (a
    /// look at an entry for which none is written).
    pub consents: IntCounterVec,
    /// Rows purged when their time was over, by kind.
    pub purged: IntCounterVec,
    /// Runs of the purge that left something for the next one.
    pub purge_full: IntCounter,
    /// Complaints and bans by what happened: `filed`, `capped`, `appealed`, `upheld`,
    /// `dismissed`, `granted`, `refused`, `banned`, `kept_out`.
    pub complaints: IntCounterVec,
}

impl PrivacyMetrics {
    /// Makes them and registers them.
    ///
    /// # Errors
    /// A name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counters.clone()))?;
            Ok::<_, prometheus::Error>(counters)
        };
        let purge_full = IntCounter::new(
            "pinhui_purge_full_total",
            "Runs of the purge that hit their limit.",
        )?;
        registry.register(Box::new(purge_full.clone()))?;
        Ok(Self {
            exports: counters(
                "pinhui_exports_total",
                "Exports of personal data by format and outcome.",
                &["format", "outcome"],
            )?,
            consents: counters(
                "pinhui_consents_total",
                "Consents by what happened to them.",
                &["event"],
            )?,
            purged: counters(
                "pinhui_purged_total",
                "Rows purged when their time was over, by kind.",
                &["kind"],
            )?,
            purge_full,
            complaints: counters(
                "pinhui_complaints_total",
                "Complaints and bans by what happened.",
                &["event"],
            )?,
        })
    }
}
