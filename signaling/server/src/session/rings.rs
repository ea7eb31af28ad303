//! What all persons together may have kept for coming back.

use std::sync::atomic::{AtomicUsize, Ordering};

use signaling_protocol::limits;

use crate::metrics::Metrics;

/// Bytes kept in the rings of all fairs, and how many may be.
#[derive(Debug)]
pub(crate) struct RingBudget {
    bytes: AtomicUsize,
    metrics: Metrics,
}

impl RingBudget {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            metrics,
        }
    }

    /// Counts bytes in. False: it is more than all may have.
    pub(super) fn add(&self, bytes: usize) -> bool {
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.metrics
            .setbacks
            .ring_bytes
            .set(i64::try_from(all).unwrap_or(i64::MAX));
        all <= limits::RESUME_RINGS_BYTES
    }

    /// Counts bytes out.
    pub(super) fn give_back(&self, bytes: usize) {
        let before = self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        let all = before.saturating_sub(bytes);
        self.metrics
            .setbacks
            .ring_bytes
            .set(i64::try_from(all).unwrap_or(i64::MAX));
    }

    /// A person's ring was emptied for the others.
    pub(super) fn note_dropped(&self) {
        self.metrics.setbacks.rings_dropped.inc();
    }
}
