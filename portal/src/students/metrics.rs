//! Figures of registrations and rosters.

use prometheus::{Histogram, HistogramOpts, IntCounterVec, Opts, Registry};

/// Seconds: a slice of a roster should be below 0.02.
const SLICE_BUCKETS: &[f64] = &[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5];

/// Counters of registrations and rosters.
#[derive(Debug, Clone)]
pub struct StudentMetrics {
    /// Registrations by outcome: `good`, `manual`, `mismatch`, `claimed`, `mobile_limited`,
    /// `address_limited`.
    pub registrations: IntCounterVec,
    /// Rows of rosters by outcome: `added`, `changed`, `same`, `fault`.
    pub rows: IntCounterVec,
    /// Rosters that were not read: `size`, `table`, `busy`.
    pub refused: IntCounterVec,
    /// Time of one slice of a roster in the database.
    pub slice_seconds: Histogram,
}

impl StudentMetrics {
    /// Makes them and registers them.
    ///
    /// # Errors
    /// A name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str| {
            let counter = IntCounterVec::new(Opts::new(name, help), &["outcome"])?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let slice_seconds = Histogram::with_opts(
            HistogramOpts::new(
                "pinhui_roster_slice_seconds",
                "Time of one slice of a roster in the database.",
            )
            .buckets(SLICE_BUCKETS.to_vec()),
        )?;
        registry.register(Box::new(slice_seconds.clone()))?;
        Ok(Self {
            registrations: counter(
                "pinhui_student_registrations_total",
                "Registrations of students by outcome.",
            )?,
            rows: counter("pinhui_roster_rows_total", "Rows of rosters by outcome.")?,
            refused: counter(
                "pinhui_rosters_refused_total",
                "Rosters that were not read.",
            )?,
            slice_seconds,
        })
    }
}
