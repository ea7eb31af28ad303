//! What the scenarios with media share: the people's ground, the measuring window, the floor of
//! the same run, and the report of all that.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use crate::client::dtls::Identity;
use crate::client::fleet::{Fleet, Snapshot};
use crate::client::receive::Tally;
use crate::clock::{MS, SECOND, as_ms, now_ns};
use crate::floor::{self, trace::Trace};
use crate::participant::{Ground, Joined, Participant};
use crate::population::Population;
use crate::report::Report;
use crate::server::{Server, Wish};
use crate::signal::informed::Informed;
use crate::signal::token::Signer;
use crate::stats::{Durations, round};

/// Peers of the `webrtc` crate in every run with media.
pub const WEBRTC_PEERS: usize = 4;
/// From the last join to the measuring window.
pub const SETTLE: Duration = Duration::from_secs(3);
/// Cut off at both ends of the window when batches of the record are picked: the node's start is
/// known to this.
const RECORD_MARGIN_NS: i64 = SECOND;
/// A client that sends this late is no steady load any more.
const LATE_NS: i64 = 100 * MS;

/// Starts the server and makes the ground that all participants stand on.
///
/// # Errors
/// When the server does not start.
pub async fn ground(wish: &Wish, population: &Population) -> Result<(Server, Ground)> {
    let server = Server::start(wish, population).await?;
    let ground = Ground {
        http: server.http.clone(),
        signer: Signer::from_file(&server.key, population.fair())?,
        fleet: Fleet::start()?,
        identity: Identity::generate()?,
        informed: Arc::new(Informed::default()),
        numbers: AtomicU32::new(1),
    };
    Ok((server, ground))
}

/// The server's memory at the steps of a run, bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// Nobody is there.
    pub empty: Option<u64>,
    /// All sockets are open.
    pub sockets: Option<u64>,
    /// All media are connected.
    pub media: Option<u64>,
}

/// The server's memory now, if its process is known.
#[must_use]
pub fn rss(server: &Server) -> Option<u64> {
    server
        .process
        .as_ref()
        .and_then(|process| process.rss_bytes().ok())
}

/// What the steady window showed.
pub struct Window {
    from_ns: i64,
    until_ns: i64,
    lean: Snapshot,
    foreign: Tally,
    server_cpu_ns: Option<i64>,
    client_cpu_ns: i64,
    threads: Vec<(String, i64)>,
}

/// Measures for `seconds`.
///
/// # Errors
/// When the client thread or the server is gone.
pub async fn measure(
    ground: &Ground,
    server: &Server,
    people: &[&Participant],
    seconds: u64,
) -> Result<Window> {
    let foreign = |open: bool| {
        let mut total = Tally::default();
        for foreign in people.iter().filter_map(|person| person.foreign()) {
            total.merge(&foreign.window(open));
        }
        total
    };
    let cpu = || {
        server
            .process
            .as_ref()
            .map(crate::cpu::Process::cpu_ns)
            .transpose()
    };
    let threads = || {
        server
            .process
            .as_ref()
            .map_or_else(Vec::new, |process| process.by_thread())
    };
    let before = ground.fleet.window(true).await?;
    foreign(true);
    let (from_ns, cpu_before, threads_before) = (now_ns(), cpu()?, threads());
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let (until_ns, cpu_after, threads_after) = (now_ns(), cpu()?, threads());
    let foreign = foreign(false);
    let lean = ground.fleet.window(false).await?;
    let earlier = |name: &str| {
        threads_before
            .iter()
            .find(|(known, _)| known == name)
            .map_or(0, |(_, ns)| *ns)
    };
    Ok(Window {
        from_ns,
        until_ns,
        client_cpu_ns: lean.cpu_ns - before.cpu_ns,
        lean,
        foreign,
        server_cpu_ns: cpu_after
            .zip(cpu_before)
            .map(|(after, before)| after - before),
        threads: threads_after
            .iter()
            .map(|(name, ns)| (name.clone(), ns - earlier(name)))
            .collect(),
    })
}

impl Window {
    fn seconds(&self) -> f64 {
        (self.until_ns - self.from_ns) as f64 / SECOND as f64
    }

    fn forwarded(&self) -> u64 {
        self.lean.tally.forwarded + self.foreign.forwarded
    }

    /// Writes what the window showed into the report.
    pub fn write(&self, report: &mut Report) {
        let forwarded = self.forwarded();
        report.forwarded_packets = Some(forwarded);
        report.loss_ratio = Some(self.lean.tally.loss_ratio());
        report.added_latency_ms = self.lean.tally.delay.p50_p99();
        report.cpu_us_per_forward = self
            .server_cpu_ns
            .filter(|_| forwarded > 0)
            .map(|cpu| round(cpu as f64 / 1_000.0 / forwarded as f64));
        report.detail("lean", side(&self.lean.tally));
        report.detail("webrtc", side(&self.foreign));
        report.detail("window_seconds", round(self.seconds()));
        report.detail("client_socket_drops", self.lean.socket_drops);
        report.detail("client_strays", self.lean.strays);
        report.detail("client_latest_send_ms", round(as_ms(self.lean.latest_ns)));
        let share = |ns: i64| round(100.0 * ns as f64 / (self.until_ns - self.from_ns) as f64);
        report.detail("client_cpu_percent", share(self.client_cpu_ns));
        if let Some(cpu) = self.server_cpu_ns {
            report.detail("server_cpu_percent", share(cpu));
        }
        let threads: serde_json::Map<_, _> = self
            .threads
            .iter()
            .map(|(name, ns)| (name.clone(), json!(share(*ns))))
            .collect();
        report.detail("server_threads_percent", threads);
        self.write_void(report);
    }

    /// A run counts only if the clients kept up.
    fn write_void(&self, report: &mut Report) {
        let drops = self.lean.socket_drops;
        if drops > 0 {
            report.void.push(format!(
                "{drops} datagrams dropped in the clients' own sockets"
            ));
        }
        if self.lean.failed > 0 {
            report
                .void
                .push(format!("{} lean clients failed", self.lean.failed));
        }
        if self.lean.latest_ns > LATE_NS {
            report.void.push(format!(
                "clients sent up to {} ms late",
                self.lean.latest_ns / MS
            ));
        }
        if self.forwarded() == 0 {
            report.void.push("nothing was forwarded".to_owned());
        }
    }

    /// Replays the window's part of the record and writes the floor into the report.
    ///
    /// # Errors
    /// When the record cannot be read or replayed.
    pub fn write_floor(&self, report: &mut Report, record: &Path, ready_ns: i64) -> Result<()> {
        let file = File::open(record).with_context(|| format!("open {}", record.display()))?;
        let trace = Trace::read(BufReader::new(file))?;
        if !trace.complete {
            report
                .void
                .push("the record of batches is not complete".to_owned());
        }
        let since = |ns: i64| u64::try_from((ns - ready_ns) / 1_000).unwrap_or(0);
        let (from, until) = (
            self.from_ns + RECORD_MARGIN_NS,
            self.until_ns - RECORD_MARGIN_NS,
        );
        let part = trace.between(since(from), since(until));
        let floor = floor::measure(&part)?;
        let part_seconds = (until - from) as f64 / SECOND as f64;
        let forwards = self.forwarded() as f64 / self.seconds() * part_seconds;
        if forwards > 0.0 && floor.received > 0 {
            let us = floor.cpu_ns / 1_000.0 / forwards;
            report.floor_us_per_forward = Some(round(us));
            report.ratio_to_floor = report.cpu_us_per_forward.map(|cpu| round(cpu / us));
        }
        let batches = part.batches.len().max(1) as f64;
        let messages: usize = part.batches.iter().map(|batch| batch.sent.len()).sum();
        report.detail("replayed_received", floor.received);
        report.detail("replayed_sent", floor.sent);
        report.detail("received_per_batch", round(floor.received as f64 / batches));
        report.detail(
            "sent_per_message",
            round(floor.sent as f64 / messages.max(1) as f64),
        );
        Ok(())
    }
}

fn side(tally: &Tally) -> serde_json::Value {
    json!({
        "forwarded_packets": tally.forwarded,
        "expected": tally.expected,
        "loss_ratio": tally.loss_ratio(),
        "recovered": tally.recovered,
        "padding": tally.padding,
        "duplicates": tally.duplicates,
        "added_latency_ms": tally.delay.p50_p99(),
        "added_latency_from_webrtc_ms": tally.delay_foreign.p50_p99(),
    })
}

/// Stages of all joins of a run.
#[derive(Debug, Default)]
pub struct Stages {
    answer: Durations,
    check: Durations,
    dtls: Durations,
    connected: Durations,
}

impl Stages {
    /// Adds one join.
    pub fn add(&mut self, joined: &Joined) {
        self.answer.add_ns(joined.answered_ns - joined.offered_ns);
        self.connected
            .add_ns(joined.connected_ns - joined.offered_ns);
        if let Some(checked_ns) = joined.checked_ns {
            self.check.add_ns(checked_ns - joined.answered_ns);
            self.dtls.add_ns(joined.connected_ns - checked_ns);
        }
    }

    /// Writes the stages into the report.
    pub fn write(&self, report: &mut Report) {
        let stages = json!({
            "answer": self.answer.p50_p95(),
            "check": self.check.p50_p95(),
            "dtls": self.dtls.p50_p95(),
            "connected": self.connected.p50_p95(),
        });
        report.detail("join_stages_ms", stages);
    }
}

/// Writes memory figures: growth over the number of sockets and of media connections.
pub fn write_memory(report: &mut Report, memory: Memory, sockets: usize, peers: usize) {
    let growth = |from: Option<u64>, to: Option<u64>, count: usize| {
        let grown = to? as i64 - from? as i64;
        (count > 0).then(|| grown / count as i64)
    };
    report.bytes_per_socket = growth(memory.empty, memory.sockets, sockets);
    report.bytes_per_peer = growth(memory.sockets, memory.media, peers);
}

/// Writes the server's memory now.
pub fn write_rss(report: &mut Report, server: &Server) {
    report.server_rss_mib = rss(server).map(|bytes| round(bytes as f64 / f64::from(1 << 20)));
}
