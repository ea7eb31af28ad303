//! Figures of the audit log.

use prometheus::{IntCounter, Registry};

/// Figures of the audit log.
#[derive(Debug, Clone)]
pub struct AuditMetrics {
    /// Rows that were purged after their time.
    pub purged: IntCounter,
    /// Exports that hit the limit of rows.
    pub exports_cut: IntCounter,
    /// Exports that were not given: it was not shown who asked, or a filter was wrong.
    pub exports_refused: IntCounter,
}

impl AuditMetrics {
    /// Makes them and registers them.
    ///
    /// # Errors
    /// A name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        Ok(Self {
            purged: counter(
                "pinhui_audit_purged_total",
                "Rows of the audit log that were purged after three years.",
            )?,
            exports_cut: counter(
                "pinhui_audit_exports_cut_total",
                "Exports of the audit log that hit the limit of rows.",
            )?,
            exports_refused: counter(
                "pinhui_audit_exports_refused_total",
                "Exports of the audit log refused for a wrong password, code or filter.",
            )?,
        })
    }
}
