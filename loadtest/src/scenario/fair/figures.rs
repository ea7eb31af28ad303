//! The figures of a fair, and what is watched of the processes meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use tokio::time::Instant;

use super::Plan;
use super::ground::{Ground, Received, lock};
use crate::clock::{MS, SECOND, now_ns};
use crate::cpu::Process;
use crate::report::Report;
use crate::scenario::stored::stored_entries;
use crate::server::Server;
use crate::stats::{Durations, median, round};

/// An event that was told later than this is counted by the kind of its last message.
const LATE_NS: i64 = 500 * MS;
/// A watcher counts who was at the wall for the whole storm but for this.
const MARGIN_NS: i64 = SECOND;
/// This program's clock is looked at this often, to know how late its own tasks run.
const LAG_EVERY: Duration = Duration::from_millis(20);

/// What is watched of the server's processes and of this one.
#[derive(Default)]
pub struct Watch {
    /// How late tasks of this program run.
    pub lag: Arc<Mutex<Durations>>,
    open_ns: i64,
    /// CPU of the running server that does not count.
    before_ns: i64,
    server_ns: i64,
    own_before_ns: i64,
    own_ns: i64,
    peak_rss: u64,
}

impl Watch {
    /// The fair opens.
    pub fn open(&mut self, server: &Server) {
        self.open_ns = now_ns();
        self.before_ns = cpu_ns(server.process.as_ref());
        self.own_before_ns = cpu_ns(Some(&own()));
    }

    /// The server's process is about to end, or the run.
    pub fn leave(&mut self, server: &Server) {
        self.server_ns += cpu_ns(server.process.as_ref()) - self.before_ns;
        self.before_ns = 0;
        self.own_ns = cpu_ns(Some(&own())) - self.own_before_ns;
        let peak = server.process.as_ref().map(Process::peak_rss_bytes);
        self.peak_rss = self.peak_rss.max(peak.and_then(Result::ok).unwrap_or(0));
    }
}

fn own() -> Process {
    Process::new(std::process::id())
}

fn cpu_ns(process: Option<&Process>) -> i64 {
    process
        .and_then(|process| process.cpu_ns().ok())
        .unwrap_or(0)
}

/// Notes how late this program's own tasks run: what waits for them is no fault of the server.
pub async fn note_lag(lag: Arc<Mutex<Durations>>) {
    loop {
        let due = Instant::now() + LAG_EVERY;
        tokio::time::sleep_until(due).await;
        lock(&lag).add_ns(due.elapsed().as_nanos() as i64);
    }
}

/// What sockets of a kind received in the storm, bit/s each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
struct Bits {
    /// How many counted: there for the whole storm.
    sockets: usize,
    mean: Option<f64>,
    p50: Option<f64>,
    max: Option<f64>,
    /// What was about booths.
    wall_mean: Option<f64>,
    /// The same, of the socket that received most of it.
    wall_max: Option<f64>,
}

fn bits(all: &[Arc<Received>], (from_ns, until_ns): (i64, i64)) -> Bits {
    let get = |number: &AtomicU64| number.load(Ordering::Relaxed) as f64;
    let stayed = |one: &&Arc<Received>| {
        let since = one.since_ns.load(Ordering::Relaxed);
        let until = one.until_ns.load(Ordering::Relaxed);
        since > 0 && since <= from_ns + MARGIN_NS && (until == 0 || until >= until_ns - MARGIN_NS)
    };
    let there: Vec<_> = all.iter().filter(stayed).collect();
    let seconds = (until_ns - from_ns) as f64 / SECOND as f64;
    let rate = |bytes: f64| round(bytes * 8.0 / seconds);
    let rates: Vec<f64> = there.iter().map(|one| rate(get(&one.bytes))).collect();
    let wall: Vec<f64> = there.iter().map(|one| rate(get(&one.wall_bytes))).collect();
    let most = |rates: &[f64]| rates.iter().copied().max_by(f64::total_cmp);
    let mean = |sum: f64| (!there.is_empty()).then(|| round(sum / there.len() as f64));
    Bits {
        sockets: there.len(),
        mean: mean(rates.iter().sum()),
        p50: median(&rates),
        max: most(&rates),
        wall_mean: mean(wall.iter().sum()),
        wall_max: most(&wall),
    }
}

/// The report of a run whose people are gone.
#[must_use]
pub fn report(ground: &Ground, plan: &Plan, sockets: usize, watch: &Watch) -> Report {
    let missing = {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        get(&ground.counts.lost).saturating_sub(get(&ground.counts.back))
    };
    ground
        .faults
        .add_many("not back after the restart", missing);
    let mut report = Report {
        informed_ms: ground.informed.durations().p50_p99_max(),
        server_rss_mib: Some(round(watch.peak_rss as f64 / f64::from(1 << 20))),
        ..Report::default()
    };
    report.detail("booths", plan.booths);
    report.detail("students", plan.students);
    report.detail("sockets", sockets);
    report.detail("restart", plan.restart);
    write_times(&mut report, ground);
    write_bits(&mut report, ground, plan, watch);
    write_counts(&mut report, ground);
    report.detail("server_cpu_s", seconds(watch.server_ns));
    report.detail("client_cpu_s", seconds(watch.own_ns));
    report.detail("client_lag_ms", lock(&watch.lag).p50_p99_max());
    report
}

fn seconds(ns: i64) -> f64 {
    round(ns as f64 / SECOND as f64)
}

fn write_times(report: &mut Report, ground: &Ground) {
    let took = lock(&ground.took);
    report.detail("join_ack_ms", took.join_ack.p50_p99_max());
    report.detail("back_ms", took.back.p50_p99_max());
    report.detail("booths_calling_again_ms", took.calling_again.p50_p99_max());
    report.detail("booths_calling_again", took.calling_again.count());
    let later = &took.calling_after_interview;
    report.detail("booths_calling_after_interview_ms", later.p50_p99_max());
    report.detail("booths_calling_after_interview", later.count());
    report.detail("booths_not_calling_again", {
        let calling = lock(&ground.calling);
        ground.outage.has_begun().then_some(calling.len())
    });
    report.detail("page_ms", took.page.p50_p99_max());
    report.detail("wall_over_http_ms", took.wall.p50_p99_max());
    report.detail("token_ms", took.token.p50_p99_max());
    report.detail("welcome_ms", took.welcome.p50_p99_max());
    report.detail("informed_late_by_kind", ground.informed.late(LATE_NS));
    report.detail("events_informed", ground.informed.durations().count());
}

fn write_bits(report: &mut Report, ground: &Ground, plan: &Plan, watch: &Watch) {
    let until_ns = watch.open_ns + plan.storm as i64 * SECOND;
    let storm = (watch.open_ns, until_ns);
    let wall = bits(&lock(&ground.watchers), storm);
    report.detail("wall_bits_per_watcher", wall.max);
    report.detail("wall_bits", wall);
    report.detail("console_bits", bits(&lock(&ground.consoles), storm));
}

fn write_counts(report: &mut Report, ground: &Ground) {
    let counts = &ground.counts;
    for (name, counter) in [
        ("pages", &counts.pages),
        ("page_bytes", &counts.page_bytes),
        ("walls_over_http", &counts.walls),
        ("wall_bytes_over_http", &counts.wall_bytes),
        ("tokens", &counts.tokens),
        ("welcomes", &counts.welcomes),
        ("resumed", &counts.resumed),
        ("secrets_unknown", &counts.secrets_unknown),
        ("sockets_lost", &counts.lost),
        ("sockets_back", &counts.back),
        ("applications_interrupted", &counts.interrupted),
        ("accepted", &counts.accepted),
        ("calls", &counts.calls),
        ("calls_ended", &counts.ended),
        ("evaluations", &counts.evaluated),
        ("resumes_read", &counts.resumes),
        ("calls_unanswered", &counts.unanswered),
        ("interviewers_outrun", &counts.outrun),
    ] {
        report.detail(name, counter.load(Ordering::Relaxed));
    }
    report.detail("refused_by", ground.refused.all());
}

/// Compares what was acknowledged with the rows of the database, after the server's end. What is
/// lost is a fault like the others, and all of them are counted here.
///
/// # Errors
/// The server does not end, or the database cannot be read.
pub async fn write_database(
    report: &mut Report,
    ground: &Ground,
    server: &mut Server,
) -> Result<()> {
    let acknowledged = std::mem::take(&mut *lock(&ground.acknowledged));
    report.acknowledged = Some(acknowledged.len() as u64);
    if acknowledged.is_empty() {
        report.void.push("no place was acknowledged".to_owned());
    }
    server.stop().await?;
    if let Some(database) = server.database() {
        let stored = stored_entries(database).await?;
        let found = acknowledged.intersection(&stored).count() as u64;
        report.in_database = Some(found);
        let lost = acknowledged.len() as u64 - found;
        ground.faults.add_many("place lost", lost);
        if lost > 0 {
            report.void.push(format!("{lost} places are lost"));
        }
    }
    report.detail("errors", ground.faults.sum());
    report.detail("errors_by", ground.faults.all());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicI64;

    fn received(bytes: u64, since_ns: i64, until_ns: i64) -> Arc<Received> {
        Arc::new(Received {
            bytes: AtomicU64::new(bytes),
            wall_bytes: AtomicU64::new(bytes / 2),
            frames: AtomicU64::new(1),
            since_ns: AtomicI64::new(since_ns),
            until_ns: AtomicI64::new(until_ns),
        })
    }

    #[test]
    fn a_watcher_counts_who_was_there_all_the_time() {
        let storm = (100 * SECOND, 110 * SECOND);
        let all = [
            received(10_000, 50 * SECOND, 0),
            received(30_000, 90 * SECOND, 120 * SECOND),
            received(500_000, 105 * SECOND, 0),
            received(1, 50 * SECOND, 103 * SECOND),
            received(0, 0, 0),
        ];
        let bits = bits(&all, storm);
        assert_eq!((bits.sockets, bits.max), (2, Some(24_000.0)));
        assert_eq!((bits.mean, bits.wall_mean), (Some(16_000.0), Some(8_000.0)));
        assert_eq!(bits.wall_max, Some(12_000.0));
        assert_eq!(super::bits(&[], storm), Bits::default());
    }
}
