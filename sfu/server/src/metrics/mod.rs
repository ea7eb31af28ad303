//! The node's figures for Prometheus, `pinhui_media_…`.
//!
//! Each worker counts in plain integers of its own and publishes the differences about once a
//! second: no packet touches a shared counter, and `/metrics` is right within a second. Labels
//! are the worker's number, and reasons and stages from fixed lists.

mod figures;

use prometheus::core::Collector;
use prometheus::{
    CounterVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry,
};

pub use figures::{Figures, Totals};
use sfu_core::Stats;

use crate::node::{CLOSE_LABELS, MailboxFigures, MediaRefused};
use crate::tcp::ListenerCounters;
use crate::worker::Death;

/// Datagrams in a batch.
const BATCH_BUCKETS: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
/// Seconds from the arrival of a batch's oldest datagram to the end of its sending.
const FORWARD_BUCKETS: [f64; 10] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.1,
];
/// Seconds of a join's stages.
const JOIN_BUCKETS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The stages of a join: offer to answer, answer to handshake done, handshake to first packet.
pub const JOIN_STAGES: [&str; 3] = ["answer", "handshake", "first_packet"];

/// All families of one node, registered once.
#[derive(Clone)]
pub struct NodeMetrics {
    /// One for each counter of the media server, in its order.
    core: Vec<CoreFamily>,
    /// One for each of [`figures::SOCKET_COUNTERS`].
    socket: Vec<IntCounter>,
    /// One for each of [`figures::STREAM_COUNTERS`].
    streams: Vec<IntCounter>,
    stream_count: IntGaugeVec,
    crossings_dropped: IntCounterVec,
    segmentation: IntGaugeVec,
    cpu: CounterVec,
    rounds: IntCounterVec,
    receive_batch: Histogram,
    forward: Histogram,
    reports_dropped: IntCounter,
    up: IntGaugeVec,
    waiting: IntGaugeVec,
    /// Threads of workers that died and were replaced, by cause.
    pub deaths: IntCounterVec,
    /// Orders that a worker did not take: it is replaced then.
    pub orders_lost: IntCounter,
    /// Events on their way to the platform.
    pub mailbox: MailboxFigures,
    /// Seconds of each stage of a join.
    pub join: HistogramVec,
    /// Connects and ICE restarts that were refused, by reason.
    pub refused: IntCounterVec,
    /// Peers that were closed, by reason.
    pub closed: IntCounterVec,
    /// 1 while the node takes no new peers.
    pub draining: IntGauge,
    /// TCP connections before they have a worker.
    pub listener: ListenerCounters,
}

/// Where one counter of the media server is published.
#[derive(Clone)]
enum CoreFamily {
    /// A gauge per worker.
    Gauge(IntGaugeVec),
    /// A counter of the whole node, with or without a reason.
    Counter(IntCounter),
}

/// Registers what it makes.
struct Maker<'a>(&'a Registry);

impl Maker<'_> {
    fn add<C: Collector + Clone + 'static>(
        &self,
        made: prometheus::Result<C>,
    ) -> prometheus::Result<C> {
        let collector = made?;
        self.0.register(Box::new(collector.clone()))?;
        Ok(collector)
    }

    fn counters(
        &self,
        name: &str,
        help: &str,
        label: &[&str],
    ) -> prometheus::Result<IntCounterVec> {
        self.add(IntCounterVec::new(Opts::new(full(name), help), label))
    }

    fn gauges(&self, name: &str, help: &str, label: &[&str]) -> prometheus::Result<IntGaugeVec> {
        self.add(IntGaugeVec::new(Opts::new(full(name), help), label))
    }

    fn counter(&self, name: &str, help: &str) -> prometheus::Result<IntCounter> {
        self.add(IntCounter::new(full(name), help))
    }

    fn each(&self, prefix: &str, names: &[&str]) -> prometheus::Result<Vec<IntCounter>> {
        names
            .iter()
            .map(|name| self.counter(&format!("{prefix}_{name}_total"), &spoken(prefix, name)))
            .collect()
    }

    fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> prometheus::Result<Histogram> {
        let options = HistogramOpts::new(full(name), help).buckets(buckets.to_vec());
        self.add(Histogram::with_opts(options))
    }
}

fn full(name: &str) -> String {
    format!("pinhui_media_{name}")
}

/// A help text from a counter's name.
fn spoken(prefix: &str, name: &str) -> String {
    format!("Total of {prefix} {}.", name.replace('_', " "))
}

/// One family for each counter of the media server; those of drops and of limits that were hit
/// share one each.
fn core_families(make: &Maker<'_>) -> prometheus::Result<Vec<CoreFamily>> {
    let drops = make.counters("dropped_total", "Packets dropped.", &["reason"])?;
    let limits = make.counters("limited_total", "Limits that were hit.", &["limit"])?;
    let family = |name: &'static str| {
        Ok(match name {
            "peers" | "tracks" | "routes" => {
                CoreFamily::Gauge(make.gauges(name, &format!("The {name} now."), &["worker"])?)
            }
            name => CoreFamily::Counter(
                match (name.strip_prefix("drop_"), name.strip_prefix("limit_")) {
                    (Some(reason), _) => drops.with_label_values(&[reason]),
                    (_, Some(limit)) => limits.with_label_values(&[limit]),
                    _ => make.counter(&format!("{name}_total"), &spoken("media", name))?,
                },
            ),
        })
    };
    Stats::default()
        .each()
        .map(|(name, _)| family(name))
        .collect()
}

/// What waits on its way to the platform.
fn mailbox_figures(make: &Maker<'_>) -> prometheus::Result<MailboxFigures> {
    Ok(MailboxFigures {
        waiting: make.add(IntGauge::new(
            full("events_waiting"),
            "Events that wait for the platform.",
        ))?,
        coalesced: make.counter(
            "events_coalesced_total",
            "Events that took the place of an earlier one that was not read yet.",
        )?,
    })
}

/// TCP connections before they have a worker.
fn listener_counters(make: &Maker<'_>) -> prometheus::Result<ListenerCounters> {
    Ok(ListenerCounters {
        accepted: make.counter("tcp_accepted_total", "TCP connections handed to a worker.")?,
        over_limit: make.counter(
            "tcp_pending_over_limit_total",
            "TCP connections closed since too many were pending.",
        )?,
        over_share: make.counter(
            "tcp_pending_over_share_total",
            "TCP connections closed since too many of one source were pending.",
        )?,
        not_taken: make.counter(
            "tcp_not_taken_total",
            "TCP connections closed since their worker had too many new ones.",
        )?,
        strangers: make.counter(
            "tcp_strangers_total",
            "TCP connections without a first frame for a peer of this node.",
        )?,
    })
}

impl NodeMetrics {
    /// Registers the families, with a series for every reason and stage, so that the first of
    /// them is seen as an increase.
    ///
    /// # Errors
    /// The registry has families of these names already: one node per registry.
    pub fn register(registry: &Registry) -> prometheus::Result<Self> {
        let metrics = Self::families(&Maker(registry))?;
        for stage in JOIN_STAGES {
            metrics.join.with_label_values(&[stage]);
        }
        for reason in MediaRefused::LABELS {
            metrics.refused.with_label_values(&[reason]);
        }
        for cause in Death::LABELS {
            metrics.deaths.with_label_values(&[cause]);
        }
        for reason in CLOSE_LABELS {
            metrics.closed.with_label_values(&[reason]);
        }
        Ok(metrics)
    }

    fn families(make: &Maker<'_>) -> prometheus::Result<Self> {
        let worker = &["worker"];
        Ok(Self {
            core: core_families(make)?,
            socket: make.each("socket", &figures::SOCKET_COUNTERS)?,
            streams: make.each("tcp", &figures::STREAM_COUNTERS)?,
            stream_count: make.gauges("tcp_connections", "ICE-TCP connections now.", worker)?,
            crossings_dropped: make.counters(
                "crossing_dropped_total",
                "Batches dropped since the ring to another worker was full.",
                worker,
            )?,
            segmentation: make.gauges("segmentation", "1 if the kernel cuts runs.", worker)?,
            cpu: make.add(CounterVec::new(
                Opts::new(full("cpu_seconds_total"), "CPU time of the worker threads."),
                worker,
            ))?,
            rounds: make.counters("rounds_total", "Rounds of the workers' loops.", worker)?,
            receive_batch: make.histogram(
                "receive_batch_datagrams",
                "Datagrams per receive call.",
                &BATCH_BUCKETS,
            )?,
            forward: make.histogram(
                "forward_seconds",
                "From the arrival of a batch's oldest datagram to the end of its sending, at most.",
                &FORWARD_BUCKETS,
            )?,
            reports_dropped: make.counter(
                "reports_dropped_total",
                "Repeating figures dropped since too many waited for the control plane.",
            )?,
            up: make.gauges(
                "worker_up",
                "1 while the worker's thread goes round.",
                worker,
            )?,
            waiting: make.gauges(
                "worker_orders_waiting",
                "Orders that wait for the worker.",
                worker,
            )?,
            deaths: make.counters(
                "worker_restarts_total",
                "Threads of workers that died, each replaced by a new one, by cause.",
                &["cause"],
            )?,
            orders_lost: make.counter(
                "orders_lost_total",
                "Orders that a worker did not take; it is replaced then.",
            )?,
            mailbox: mailbox_figures(make)?,
            join: make.add(HistogramVec::new(
                HistogramOpts::new(full("join_stage_seconds"), "Stages of a join.")
                    .buckets(JOIN_BUCKETS.to_vec()),
                &["stage"],
            ))?,
            refused: make.counters("refused_total", "Connects refused.", &["reason"])?,
            closed: make.counters("peers_closed_total", "Peers closed.", &["reason"])?,
            draining: make.add(IntGauge::new(
                full("draining"),
                "1: no new peers are taken.",
            ))?,
            listener: listener_counters(make)?,
        })
    }

    /// Marks a worker's thread as running or not.
    pub fn set_up(&self, worker: usize, up: bool) {
        self.up
            .with_label_values(&[&worker.to_string()])
            .set(i64::from(up));
    }

    /// Says how many orders wait for a worker.
    pub fn set_waiting(&self, worker: usize, orders: usize) {
        self.waiting
            .with_label_values(&[&worker.to_string()])
            .set(i64::try_from(orders).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Instant;

    use super::*;

    /// The names of the node's metrics in a text.
    fn names(text: &str) -> BTreeSet<&str> {
        let ends = |c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        text.match_indices("pinhui_media_")
            .map(|(at, _)| {
                let name = text[at..].split(ends).next().unwrap_or("");
                let plain = ["_bucket", "_count"]
                    .iter()
                    .find_map(|end| name.strip_suffix(end));
                plain.unwrap_or(name)
            })
            .collect()
    }

    #[test]
    fn alerts_and_dashboard_speak_of_metrics_that_exist() {
        let registry = Registry::new();
        let metrics = NodeMetrics::register(&registry).unwrap();
        let _figures = Figures::new(&metrics, 0, Instant::now(), 0);
        metrics.set_up(0, true);
        metrics.set_waiting(0, 0);
        let families = registry.gather();
        let known: BTreeSet<&str> = families.iter().map(|family| family.name()).collect();
        for text in [
            include_str!("../../../../deploy/prometheus/media.rules.yml"),
            include_str!("../../../../deploy/prometheus/media.rules.test.yml"),
            include_str!("../../../../deploy/grafana/media.json"),
        ] {
            let used = names(text);
            assert!(used.len() > 10);
            assert_eq!(
                used.difference(&known).collect::<Vec<_>>(),
                Vec::<&&str>::new()
            );
        }
    }
}
