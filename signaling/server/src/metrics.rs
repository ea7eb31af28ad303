//! Figures of the live server, `pinhui_live_*`. Every label has a fixed set of values.

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

/// The live server's figures.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    pub sockets: IntGauge,
    pub persons: IntGauge,
    pub fairs: IntGauge,
    pub hellos: IntCounterVec,
    pub welcomes: IntCounterVec,
    pub shut_outs: IntCounter,
    pub entries: IntGaugeVec,
    pub calls: IntGauge,
    pub events: IntCounterVec,
    pub missed: IntCounter,
    pub wait_seconds: Histogram,
    pub commit_seconds: Histogram,
    pub setbacks: Setbacks,
    pub leases_lost: IntCounter,
    pub batch_inputs: Histogram,
    pub batch_rows: Histogram,
    pub informed_seconds: Histogram,
    pub late_seconds: Histogram,
    pub refusals: IntCounterVec,
    pub drops: IntCounterVec,
    pub cuts: IntCounterVec,
    pub frames_in: IntCounter,
    pub frames_out: IntCounter,
    pub bytes_out: IntCounter,
    pub buffer_high_bytes: IntGauge,
    pub inbox_length: IntGauge,
    pub news: NewsMetrics,
    pub media_peers: IntGauge,
    pub media_offers: IntCounterVec,
    pub answer_seconds: Histogram,
}

impl Metrics {
    /// Makes and registers all of them.
    ///
    /// # Errors
    /// One is registered already: two live servers cannot share a registry.
    pub(crate) fn new(registry: &Registry) -> anyhow::Result<Self> {
        let make = Maker(registry);
        Ok(Self {
            sockets: make.gauge("sockets", "Open sockets.")?,
            persons: make.gauge("persons_online", "Persons with at least one socket.")?,
            fairs: make.gauge("fairs", "Fairs that this node decides for.")?,
            hellos: make.counters("hellos_total", "Hellos, by result.", "result")?,
            welcomes: make.counters(
                "welcomes_total",
                "Welcomes: missed messages replayed, or a snapshot.",
                "kind",
            )?,
            shut_outs: make.counter("shut_outs_total", "Persons signed out or shut out.")?,
            entries: make.gauges("entries", "Queue entries of open fairs, by stage.", "stage")?,
            calls: make.gauge("calls", "Interviews running.")?,
            events: make.counters("events_total", "Committed events, by kind.", "kind")?,
            missed: make.counter("missed_total", "Entries that became MISSED.")?,
            wait_seconds: make.histogram(
                "wait_seconds",
                "From joining a queue to the first call-up.",
                &[30., 60., 120., 300., 600., 1_200., 1_800., 3_600., 7_200.],
            )?,
            commit_seconds: make.histogram("commit_seconds", "Commits of batches.", FAST)?,
            setbacks: Setbacks::new(&make)?,
            leases_lost: make.counter(
                "leases_lost_total",
                "Fairs closed here since another process decides for them.",
            )?,
            batch_inputs: make.histogram("batch_inputs", "Inputs of a batch.", SIZES)?,
            batch_rows: make.histogram("batch_rows", "Rows and events of a batch.", SIZES)?,
            informed_seconds: make.histogram(
                "informed_seconds",
                "From a request's arrival to a message about it written to a socket.",
                FAST,
            )?,
            late_seconds: make.histogram(
                "deadline_late_seconds",
                "How late a deadline was worked off.",
                FAST,
            )?,
            refusals: make.counters(
                "refusals_total",
                "Requests that were legal to make and were refused, by code.",
                "code",
            )?,
            drops: make.counters(
                "frames_dropped_total",
                "Client frames dropped: unreadable, illegal or too fast; no refused requests.",
                "reason",
            )?,
            cuts: make.counters("sockets_cut_total", "Sockets closed here.", "reason")?,
            frames_in: make.counter("frames_in_total", "Frames from clients.")?,
            frames_out: make.counter("frames_out_total", "Frames to clients.")?,
            bytes_out: make.counter("bytes_out_total", "Bytes of frames to clients.")?,
            buffer_high_bytes: make.gauge(
                "send_buffer_high_bytes",
                "The most that any socket had unsent since the start.",
            )?,
            inbox_length: make.gauge("inbox_length", "Inputs that wait for the owner task.")?,
            news: NewsMetrics::new(&make)?,
            media_peers: make.gauge("media_peers", "Media connections.")?,
            media_offers: make.counters("media_offers_total", "Media offers.", "result")?,
            answer_seconds: make.histogram(
                "media_answer_seconds",
                "From a media offer to its answer.",
                FAST,
            )?,
        })
    }
}

/// Figures of the news of wall and console.
#[derive(Debug, Clone)]
pub(crate) struct NewsMetrics {
    pub watchers: IntGaugeVec,
    pub told: IntCounterVec,
    pub bytes: IntCounterVec,
    pub dropped: IntCounterVec,
    pub passed_over: IntCounterVec,
    pub wall_bodies: IntCounter,
}

impl NewsMetrics {
    fn new(make: &Maker<'_>) -> anyhow::Result<Self> {
        Ok(Self {
            watchers: make.gauges("watchers", "Sockets that hear news, by page.", "page")?,
            told: make.counters("news_total", "News of wall and console, by page.", "page")?,
            bytes: make.counters(
                "news_bytes_total",
                "Bytes of news handed to sockets, by page.",
                "page",
            )?,
            dropped: make.counters(
                "news_dropped_total",
                "News dropped, since those before them were not yet with all sockets, by page.",
                "page",
            )?,
            passed_over: make.counters(
                "news_passed_over_total",
                "Sockets that news were kept from, since too much was unread there, by page.",
                "page",
            )?,
            wall_bodies: make.counter(
                "wall_bodies_total",
                "Snapshots of the wall that were made; all others came from the cache.",
            )?,
        })
    }
}

/// What goes wrong with storing, tasks, clocks and memory.
#[derive(Debug, Clone)]
pub(crate) struct Setbacks {
    pub commit_failures: IntCounterVec,
    pub unstorable: IntCounter,
    pub call_races: IntCounter,
    pub stalled: IntGauge,
    pub owner_deaths: IntCounter,
    pub clock_steps: IntCounter,
    pub ring_bytes: IntGauge,
    pub rings_dropped: IntCounter,
}

impl Setbacks {
    fn new(make: &Maker<'_>) -> anyhow::Result<Self> {
        let setbacks = Self {
            commit_failures: make.counters(
                "commit_failures_total",
                "Attempts to commit that failed, by what was in the way.",
                "cause",
            )?,
            unstorable: make.counter(
                "unstorable_total",
                "Batches and single inputs that the database refuses for good.",
            )?,
            call_races: make.counter(
                "call_races_total",
                "Call-ups taken back since another fair had called the student.",
            )?,
            stalled: make.gauge("stalled", "Fairs of which nothing can be stored now.")?,
            owner_deaths: make.counter(
                "owner_deaths_total",
                "Owner tasks of fairs that died and were followed by a new one.",
            )?,
            clock_steps: make.counter(
                "clock_steps_total",
                "Steps of the wall clock that moved a fair's deadlines.",
            )?,
            ring_bytes: make.gauge(
                "resume_ring_bytes",
                "Messages kept for pages that come back, of all persons.",
            )?,
            rings_dropped: make.counter(
                "resume_rings_dropped_total",
                "Times that a person's kept messages went for the bound on all of them.",
            )?,
        };
        // Each cause is there from the start: a rate does not see a series begin at one.
        for cause in ["busy", "full", "away", "constraint", "other"] {
            setbacks.commit_failures.with_label_values(&[cause]);
        }
        Ok(setbacks)
    }
}

/// Buckets for what should take milliseconds, seconds.
const FAST: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1., 2.5, 5., 10.,
];
/// Buckets for counts.
const SIZES: &[f64] = &[1., 2., 5., 10., 20., 50., 100., 200., 500., 1_000., 5_000.];

struct Maker<'a>(&'a Registry);

impl Maker<'_> {
    fn gauge(&self, name: &str, help: &str) -> anyhow::Result<IntGauge> {
        let gauge = IntGauge::new(full(name), help)?;
        self.0.register(Box::new(gauge.clone()))?;
        Ok(gauge)
    }

    fn gauges(&self, name: &str, help: &str, label: &str) -> anyhow::Result<IntGaugeVec> {
        let gauges = IntGaugeVec::new(Opts::new(full(name), help), &[label])?;
        self.0.register(Box::new(gauges.clone()))?;
        Ok(gauges)
    }

    fn counter(&self, name: &str, help: &str) -> anyhow::Result<IntCounter> {
        let counter = IntCounter::new(full(name), help)?;
        self.0.register(Box::new(counter.clone()))?;
        Ok(counter)
    }

    fn counters(&self, name: &str, help: &str, label: &str) -> anyhow::Result<IntCounterVec> {
        let counters = IntCounterVec::new(Opts::new(full(name), help), &[label])?;
        self.0.register(Box::new(counters.clone()))?;
        Ok(counters)
    }

    fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> anyhow::Result<Histogram> {
        let options = HistogramOpts::new(full(name), help).buckets(buckets.to_vec());
        let histogram = Histogram::with_opts(options)?;
        self.0.register(Box::new(histogram.clone()))?;
        Ok(histogram)
    }
}

fn full(name: &str) -> String {
    format!("pinhui_live_{name}")
}

/// The snake-case word of a protocol enum, as a label: a fixed set.
pub(crate) fn word<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "other".to_owned(),
    }
}
