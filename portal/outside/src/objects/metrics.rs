//! Figures of the file store.

use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

use super::ObjectError;

/// Counters of one store; clones share them.
#[derive(Debug, Clone)]
pub struct ObjectMetrics {
    operations: IntCounterVec,
    /// Attempts after the first one, because the storage was busy or unreachable.
    pub(super) retries: IntCounter,
    /// Temporary files of killed processes that were deleted at start.
    pub(super) swept: IntCounter,
}

impl ObjectMetrics {
    /// Makes them and registers them.
    ///
    /// # Errors
    /// A name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let operations = IntCounterVec::new(
            Opts::new(
                "pinhui_objects_total",
                "Operations on the file store by outcome.",
            ),
            &["operation", "outcome"],
        )?;
        let retries = IntCounter::new(
            "pinhui_objects_retries_total",
            "Repeated attempts at the object storage.",
        )?;
        let swept = IntCounter::new(
            "pinhui_objects_swept_total",
            "Unfinished uploads deleted at start.",
        )?;
        registry.register(Box::new(operations.clone()))?;
        registry.register(Box::new(retries.clone()))?;
        registry.register(Box::new(swept.clone()))?;
        Ok(Self {
            operations,
            retries,
            swept,
        })
    }

    /// Counts an outcome and hands it on.
    pub(super) fn count<T>(
        &self,
        operation: &str,
        result: Result<T, ObjectError>,
    ) -> Result<T, ObjectError> {
        let outcome = match &result {
            Ok(_) => "good",
            Err(ObjectError::NotFound(_)) => "missing",
            Err(ObjectError::TooLarge { .. }) => "too_large",
            Err(ObjectError::Broken(_)) => "broken",
            Err(ObjectError::Disk { .. }) => "disk",
            Err(ObjectError::Unavailable { .. } | ObjectError::Cut(_)) => "unavailable",
            Err(
                ObjectError::Refused { .. } | ObjectError::ContentType(_) | ObjectError::Config(_),
            ) => "refused",
        };
        self.operations
            .with_label_values(&[operation, outcome])
            .inc();
        result
    }
}
