//! `queue`: students at booths, without media. Everyone applies at three booths within 20 s, the
//! booths accept by themselves, calls last 5–20 s, one in ten does not answer.

mod interviewer;
mod student;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use signaling_protocol::{BoothId, EntryId, PageKind, Refusal};
use tokio::task::JoinSet;

use super::media;
use super::paced;
use super::stored::stored_entries;
use crate::population::Population;
use crate::report::Report;
use crate::server::{Server, Wish};
use crate::signal::informed::Informed;
use crate::signal::link::{Ear, Link};
use crate::signal::token::{Signer, Who};

/// Everyone has applied within this.
const APPLY_WITHIN: Duration = Duration::from_secs(20);
/// An event that was told later than this is counted by the kind of its last message.
const LATE_NS: i64 = 250 * crate::clock::MS;
/// Booths that a student applies at.
const BOOTHS_A_STUDENT: usize = 3;
/// Time between two sockets that open.
const SOCKET_PACE: Duration = Duration::from_millis(5);
/// The ready check of this fair, ms: short, so that a run sees those who do not answer.
const READY_MS: u64 = 5_000;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Booths.
    pub booths: usize,
    /// Seats per booth.
    pub seats: usize,
    /// Students.
    pub students: usize,
    /// Length of the run after the first application, seconds.
    pub seconds: u64,
    /// Seed of all that is drawn.
    pub seed: u64,
    /// The server.
    pub wish: Wish,
}

/// What all people of a run share.
pub struct Floor {
    http: String,
    signer: Signer,
    informed: Arc<Informed>,
    acknowledged: Mutex<Vec<(EntryId, Who)>>,
    /// Counters for the report.
    pub counts: Counts,
}

/// How often what happened.
#[derive(Debug, Default)]
pub struct Counts {
    /// Applications refused.
    pub refused: AtomicU64,
    /// Calls begun.
    pub calls: AtomicU64,
    /// Calls ended.
    pub ended: AtomicU64,
    /// Call-ups that a student left unanswered.
    pub unanswered: AtomicU64,
    /// Call-ups that found nobody because another booth had called the student in the moment
    /// before: the room heard so right after. The rules want it so, the first commit wins.
    pub outrun: AtomicU64,
    /// Other requests of interviewers that were refused.
    pub denied: AtomicU64,
    /// The same by step and code, such as `call_next nobody_callable`.
    pub denied_by: Mutex<BTreeMap<String, u64>>,
}

impl Counts {
    /// Counts a refused request of an interviewer.
    pub fn deny(&self, step: &str, code: Refusal) {
        count(&self.denied);
        let code = serde_json::to_value(code).unwrap_or_default();
        let by = format!("{step} {}", code.as_str().unwrap_or("?"));
        let mut all = self
            .denied_by
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *all.entry(by).or_default() += 1;
    }
}

/// Counts one.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Floor {
    async fn join(&self, who: &Who, page: PageKind) -> Result<(Link, Ear)> {
        let token = self.signer.sign(who)?;
        Link::join(&self.http, token, page, self.informed.clone())
            .await
            .with_context(|| format!("{} cannot join", who.name))
    }

    /// The server acknowledged a queue place.
    pub fn acknowledge(&self, entry: EntryId, who: Who) {
        self.acknowledged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((entry, who));
    }
}

/// Runs the scenario.
///
/// # Errors
/// When the server does not do what its pages need.
pub async fn run(plan: &Plan) -> Result<Report> {
    let rules = json!({ "ready_ms": READY_MS, "ready_visible_ms": READY_MS });
    let population = Population {
        run: plan.wish.run(),
        crowd: plan.wish.crowd(),
        booths: plan.booths,
        seats: plan.seats,
        rules,
    };
    let mut server = Server::start(&plan.wish, &population).await?;
    let floor = Arc::new(Floor {
        http: server.http.clone(),
        signer: Signer::from_file(&server.key, population.fair())?,
        informed: Arc::new(Informed::default()),
        acknowledged: Mutex::default(),
        counts: Counts::default(),
    });
    let empty = media::rss(&server);
    let (interviewers, students) = enter(&floor, &population, plan).await?;
    let sockets = interviewers.len() + students.len();
    let full = media::rss(&server);
    let cpu_before = server
        .process
        .as_ref()
        .and_then(|process| process.cpu_ns().ok());
    let mut people = JoinSet::new();
    let mut rng = StdRng::seed_from_u64(plan.seed);
    for (seat, (link, ear)) in interviewers.into_iter().enumerate() {
        let first = seat % plan.seats.max(1) == 0;
        people.spawn(interviewer::work(
            floor.clone(),
            link,
            ear,
            first,
            rng.random(),
        ));
    }
    for (n, (link, ear)) in students.into_iter().enumerate() {
        let seed = rng.random();
        let person = student::Student {
            who: population.student(n),
            booths: booths_of(&population, plan, n),
            apply_after: APPLY_WITHIN.mul_f64(rng.random()),
        };
        people.spawn(student::attend(floor.clone(), link, ear, person, seed));
    }
    let result = attend(&mut people, plan.seconds).await;
    let cpu_after = server
        .process
        .as_ref()
        .and_then(|process| process.cpu_ns().ok());
    let mut report = Report {
        informed_ms: floor.informed.durations().p50_p99_max(),
        ..Report::default()
    };
    media::write_rss(&mut report, &server);
    report.bytes_per_socket = full
        .zip(empty)
        .map(|(full, empty)| (full as i64 - empty as i64) / sockets.max(1) as i64);
    write_counts(&mut report, &floor, plan, sockets);
    if let Some((after, before)) = cpu_after.zip(cpu_before) {
        let share = (after - before) as f64 / 1e7 / plan.seconds.max(1) as f64;
        report.detail("server_cpu_percent", crate::stats::round(share));
    }
    people.shutdown().await;
    result?;
    write_database(&mut report, &floor, &mut server).await?;
    Ok(report)
}

/// Lets people come and go until the time is over; a person that fails ends the run.
async fn attend(people: &mut JoinSet<Result<()>>, seconds: u64) -> Result<()> {
    let end = tokio::time::sleep(Duration::from_secs(seconds));
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return Ok(()),
            Some(done) = people.join_next() => done.context("a person panicked")??,
        }
    }
}

type Links = Vec<(Link, Ear)>;

async fn enter(floor: &Arc<Floor>, population: &Population, plan: &Plan) -> Result<(Links, Links)> {
    let seats: Vec<Who> = (0..plan.booths)
        .flat_map(|booth| (0..plan.seats).map(move |seat| population.interviewer(booth, seat)))
        .collect();
    let interviewers = paced(seats, SOCKET_PACE, |_, who| async move {
        floor.join(&who, PageKind::Room).await
    })
    .await?;
    let students: Vec<Who> = (0..plan.students).map(|n| population.student(n)).collect();
    let students = paced(students, SOCKET_PACE, |_, who| async move {
        floor.join(&who, PageKind::Queues).await
    })
    .await?;
    Ok((interviewers, students))
}

/// Three booths in a row for each student, so that all booths get about as many.
fn booths_of(population: &Population, plan: &Plan, student: usize) -> Vec<BoothId> {
    let booths = BOOTHS_A_STUDENT.min(plan.booths);
    (0..booths)
        .map(|n| population.booth((student * BOOTHS_A_STUDENT + n) % plan.booths))
        .collect()
}

fn write_counts(report: &mut Report, floor: &Floor, plan: &Plan, sockets: usize) {
    let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    report.detail("booths", plan.booths);
    report.detail("students", plan.students);
    report.detail("sockets", sockets);
    report.detail("events_informed", floor.informed.durations().count());
    report.detail(
        "informed_max_ms",
        floor.informed.durations().quantile_ms(1.0),
    );
    report.detail("informed_late_by_kind", floor.informed.late(LATE_NS));
    report.detail("applications_refused", get(&floor.counts.refused));
    report.detail("calls", get(&floor.counts.calls));
    report.detail("calls_ended", get(&floor.counts.ended));
    report.detail("calls_unanswered", get(&floor.counts.unanswered));
    report.detail("interviewers_outrun", get(&floor.counts.outrun));
    report.detail("interviewers_denied", get(&floor.counts.denied));
    let denied_by = floor.counts.denied_by.lock();
    let denied_by = denied_by.unwrap_or_else(PoisonError::into_inner);
    report.detail("interviewers_denied_by", &*denied_by);
}

/// Compares what was acknowledged with the rows of the database, after the server's end.
async fn write_database(report: &mut Report, floor: &Floor, server: &mut Server) -> Result<()> {
    let acknowledged: BTreeSet<EntryId> = {
        let all = floor
            .acknowledged
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(entry, _)| *entry).collect()
    };
    report.acknowledged = Some(acknowledged.len() as u64);
    server.stop().await?;
    let Some(database) = server.database() else {
        return Ok(());
    };
    let stored = stored_entries(database).await?;
    let found = acknowledged.intersection(&stored).count() as u64;
    report.in_database = Some(found);
    if found < acknowledged.len() as u64 {
        report.void.push(format!(
            "{} places are lost",
            acknowledged.len() as u64 - found
        ));
    }
    if acknowledged.is_empty() {
        report.void.push("no place was acknowledged".to_owned());
    }
    Ok(())
}
