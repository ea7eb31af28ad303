//! Figures of connections, `pinhui_http_connections*`.

use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry};

use crate::line::Stand;

/// Counters of all listeners; clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    open: IntGaugeVec,
    closed: IntCounterVec,
    accepts_failed: IntCounterVec,
}

/// Counters of one listener.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    listener: &'static str,
    metrics: Metrics,
}

impl Metrics {
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
        let open = IntGaugeVec::new(
            Opts::new(
                "pinhui_http_connections",
                "Open HTTP connections without WebSockets, by listener and what they wait for.",
            ),
            &["listener", "state"],
        )?;
        registry.register(Box::new(open.clone()))?;
        Ok(Self {
            open,
            closed: counters(
                "pinhui_http_connections_closed_total",
                "Connections that the server closed by a limit, by listener and limit.",
                &["listener", "reason"],
            )?,
            accepts_failed: counters(
                "pinhui_http_accepts_failed_total",
                "Connections that could not be taken for want of descriptors or memory.",
                &["listener"],
            )?,
        })
    }

    pub(crate) fn of(&self, listener: &'static str) -> Figures {
        Figures {
            listener,
            metrics: self.clone(),
        }
    }
}

impl Figures {
    /// A connection goes from one state to another; `None`: it is new, or gone.
    pub(crate) fn moves(&self, from: Option<Stand>, to: Option<Stand>) {
        let open = |stand: Stand| {
            let labels = [self.listener, stand.as_str()];
            self.metrics.open.with_label_values(&labels)
        };
        from.into_iter().for_each(|from| open(from).dec());
        to.into_iter().for_each(|to| open(to).inc());
    }

    /// The server closes a connection.
    pub(crate) fn closes(&self, reason: &str) {
        let labels = [self.listener, reason];
        self.metrics.closed.with_label_values(&labels).inc();
    }

    pub(crate) fn accepts_failed(&self) -> IntCounter {
        self.metrics
            .accepts_failed
            .with_label_values(&[self.listener])
    }
}
