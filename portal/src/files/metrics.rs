//! Figures of uploads.

use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};

/// Counters of the file domain; clones share them.
#[derive(Debug, Clone)]
pub struct FileMetrics {
    /// Uploads by purpose and outcome: `good`, `too_large`, `wrong_kind`, `broken`, `slow`,
    /// `infected`, `scanner_down` (nobody could say whether it is), `unproven` (by a stranger
    /// without a proven number), `limited` (too many or too much in a while), `strangers_full` and
    /// `account_full` (too much lies loose), `failed`.
    pub uploads: IntCounterVec,
    /// Bytes kept.
    pub bytes: IntCounter,
    /// Bytes of strangers' uploads that are part of nothing yet, as counted last.
    pub strangers_loose: IntGauge,
    /// Files shown, by how: `sent`, `redirected`, `refused`, `missing`.
    pub shown: IntCounterVec,
    /// Files swept, by why: `loose`, `removed`, `failed`.
    pub swept: IntCounterVec,
}

impl FileMetrics {
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
        let bytes = IntCounter::new(
            "pinhui_upload_bytes_total",
            "Bytes of uploads that were kept.",
        )?;
        registry.register(Box::new(bytes.clone()))?;
        let strangers_loose = IntGauge::new(
            "pinhui_upload_strangers_loose_bytes",
            "Bytes of strangers' uploads that are part of nothing yet.",
        )?;
        registry.register(Box::new(strangers_loose.clone()))?;
        Ok(Self {
            uploads: counters(
                "pinhui_uploads_total",
                "Uploads by purpose and outcome.",
                &["purpose", "outcome"],
            )?,
            bytes,
            strangers_loose,
            shown: counters(
                "pinhui_files_shown_total",
                "Files asked for by a link, by outcome.",
                &["outcome"],
            )?,
            swept: counters(
                "pinhui_files_swept_total",
                "Files given up or deleted by the sweep.",
                &["outcome"],
            )?,
        })
    }
}
