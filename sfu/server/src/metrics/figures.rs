//! One worker's side of the metrics: remembers what was published and publishes the rest.

use std::time::{Duration, Instant};

use prometheus::local::LocalHistogram;
use prometheus::{Counter, IntCounter, IntGauge};
use sfu_core::Stats;

use super::{CoreFamily, NodeMetrics};
use crate::socket::SocketCounters;
use crate::tcp::StreamCounters;

/// How often a worker publishes.
const INTERVAL: Duration = Duration::from_millis(500);

/// The UDP socket's counters; `overflow`, the last, is what the kernel dropped at a full receive
/// buffer. It counts over all threads that have had the socket, the others begin with each.
pub(super) const SOCKET_COUNTERS: [&str; 12] = [
    "receive_calls",
    "received",
    "received_bytes",
    "truncated",
    "send_calls",
    "messages",
    "segmented_messages",
    "sent",
    "sent_bytes",
    "send_busy",
    "send_refused",
    "overflow",
];

/// The TCP connections' counters.
pub(super) const STREAM_COUNTERS: [&str; 7] = [
    "over_limit",
    "slow_readers",
    "bad_frames",
    "idle",
    "unknown_peers",
    "received",
    "sent",
];

/// All totals of a worker at one moment.
#[derive(Clone, Copy)]
pub struct Totals<'a> {
    /// The media server's.
    pub core: &'a Stats,
    /// The UDP socket's.
    pub socket: &'a SocketCounters,
    /// Datagrams that the kernel dropped at the receive buffer.
    pub overflow: u32,
    /// Whether runs leave as one message.
    pub segmentation: bool,
    /// The TCP connections'.
    pub streams: StreamCounters,
    /// Batches dropped at full rings.
    pub crossings_dropped: u64,
    /// Repeating figures dropped on their way to the control plane.
    pub reports_dropped: u64,
}

impl Totals<'_> {
    fn socket(&self) -> [u64; 12] {
        let socket = self.socket;
        [
            socket.receive_calls,
            socket.received,
            socket.received_bytes,
            socket.truncated,
            socket.send_calls,
            socket.messages,
            socket.segmented_messages,
            socket.sent,
            socket.sent_bytes,
            socket.send_busy,
            socket.send_refused,
            u64::from(self.overflow),
        ]
    }

    fn streams(&self) -> [u64; 7] {
        let streams = &self.streams;
        [
            streams.over_limit,
            streams.slow_readers,
            streams.bad_frames,
            streams.idle,
            streams.strangers,
            streams.received,
            streams.sent,
        ]
    }
}

/// A counter of the node that follows one worker's own total.
struct Follower {
    counter: IntCounter,
    published: u64,
}

impl Follower {
    fn new(counter: &IntCounter) -> Self {
        Self {
            counter: counter.clone(),
            published: 0,
        }
    }

    fn follow(&mut self, total: u64) {
        let more = total.saturating_sub(self.published);
        if more > 0 {
            self.counter.inc_by(more);
            self.published = total;
        }
    }
}

enum CoreSeries {
    Gauge(IntGauge),
    Counter(Follower),
}

/// One worker's publishing.
pub struct Figures {
    due: Instant,
    core: Vec<CoreSeries>,
    socket: Vec<Follower>,
    streams: Vec<Follower>,
    stream_count: IntGauge,
    crossings_dropped: Follower,
    reports_dropped: Follower,
    segmentation: IntGauge,
    cpu: Counter,
    /// CPU time of the thread that was published.
    cpu_published: f64,
    rounds: Follower,
    rounds_total: u64,
    receive_batch: LocalHistogram,
    forward: LocalHistogram,
}

impl Figures {
    /// The figures of worker number `worker`, whose socket has lost `overflow` datagrams so far:
    /// an earlier thread of that worker has published them.
    #[must_use]
    pub fn new(metrics: &NodeMetrics, worker: usize, now: Instant, overflow: u32) -> Self {
        let label: &[&str] = &[&worker.to_string()];
        let core = |family: &CoreFamily| match family {
            CoreFamily::Gauge(family) => CoreSeries::Gauge(family.with_label_values(label)),
            CoreFamily::Counter(counter) => CoreSeries::Counter(Follower::new(counter)),
        };
        let mut socket: Vec<Follower> = metrics.socket.iter().map(Follower::new).collect();
        if let Some(follower) = socket.last_mut() {
            follower.published = u64::from(overflow);
        }
        Self {
            due: now,
            core: metrics.core.iter().map(core).collect(),
            socket,
            streams: metrics.streams.iter().map(Follower::new).collect(),
            stream_count: metrics.stream_count.with_label_values(label),
            crossings_dropped: Follower::new(&metrics.crossings_dropped.with_label_values(label)),
            reports_dropped: Follower::new(&metrics.reports_dropped),
            segmentation: metrics.segmentation.with_label_values(label),
            cpu: metrics.cpu.with_label_values(label),
            cpu_published: 0.0,
            rounds: Follower::new(&metrics.rounds.with_label_values(label)),
            rounds_total: 0,
            receive_batch: metrics.receive_batch.local(),
            forward: metrics.forward.local(),
        }
    }

    /// Notes a round of the loop.
    pub fn round(&mut self) {
        self.rounds_total += 1;
    }

    /// Notes a receive call that brought datagrams.
    #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
    pub fn received(&mut self, datagrams: usize) {
        self.receive_batch.observe(datagrams as f64);
    }

    /// Notes that a batch was sent, at most this long after its oldest datagram arrived.
    pub fn forwarded(&mut self, after: Duration) {
        self.forward.observe(after.as_secs_f64());
    }

    /// When the next publishing is due.
    #[must_use]
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Publishes what was counted since the last time.
    pub fn publish(&mut self, now: Instant, totals: &Totals<'_>) {
        self.due = now + INTERVAL;
        for (series, (_, total)) in self.core.iter_mut().zip(totals.core.each()) {
            match series {
                CoreSeries::Gauge(gauge) => gauge.set(i64::try_from(total).unwrap_or(i64::MAX)),
                CoreSeries::Counter(follower) => follower.follow(total),
            }
        }
        let follow = |followers: &mut [Follower], totals: &[u64]| {
            for (follower, total) in followers.iter_mut().zip(totals) {
                follower.follow(*total);
            }
        };
        follow(&mut self.socket, &totals.socket());
        follow(&mut self.streams, &totals.streams());
        self.stream_count
            .set(i64::try_from(totals.streams.open).unwrap_or(i64::MAX));
        self.crossings_dropped.follow(totals.crossings_dropped);
        self.reports_dropped.follow(totals.reports_dropped);
        self.segmentation.set(i64::from(totals.segmentation));
        self.rounds.follow(self.rounds_total);
        self.receive_batch.flush();
        self.forward.flush();
        let cpu = thread_cpu_time().as_secs_f64();
        self.cpu.inc_by((cpu - self.cpu_published).max(0.0));
        self.cpu_published = cpu;
    }
}

/// CPU time of the calling thread since it began.
#[cfg(target_os = "linux")]
fn thread_cpu_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the kernel writes one time to a local of that type.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    if result != 0 {
        return Duration::ZERO;
    }
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Unknown here.
#[cfg(not(target_os = "linux"))]
fn thread_cpu_time() -> Duration {
    Duration::ZERO
}
