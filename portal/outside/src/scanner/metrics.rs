//! Figures of scans.

use prometheus::{Histogram, HistogramOpts, IntCounterVec, Opts, Registry};

use super::{ScanError, Verdict};

/// Bounds of the time of a scan, seconds: a letter takes some milliseconds, a large PDF seconds.
const BOUNDS_S: [f64; 9] = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0];

/// Figures of one scanner; clones share them.
#[derive(Debug, Clone)]
pub struct ScanMetrics {
    scans: IntCounterVec,
    seconds: Histogram,
}

impl ScanMetrics {
    /// Makes them and registers them.
    ///
    /// # Errors
    /// A name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let scans = IntCounterVec::new(
            Opts::new("pinhui_scans_total", "Malware scans by outcome."),
            &["outcome"],
        )?;
        // An alert sees the first failure only if there was a zero before.
        for outcome in ScanError::LABELS.iter().chain(&Verdict::LABELS) {
            scans.with_label_values(&[outcome]);
        }
        let seconds = Histogram::with_opts(
            HistogramOpts::new(
                "pinhui_scan_seconds",
                "Time of a malware scan, failed ones as well.",
            )
            .buckets(BOUNDS_S.to_vec()),
        )?;
        registry.register(Box::new(scans.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self { scans, seconds })
    }

    /// Notes how a scan ended after so many seconds.
    pub(super) fn note(&self, seconds: f64, result: &Result<Verdict, ScanError>) {
        let outcome = match result {
            Ok(verdict) => verdict.label(),
            Err(error) => error.label(),
        };
        self.scans.with_label_values(&[outcome]).inc();
        self.seconds.observe(seconds);
    }
}
