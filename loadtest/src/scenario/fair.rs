//! `fair`: the opening of a fair as it really is. Students come to the portal in the minutes
//! before, open the company wall and take their tokens over HTTP; when the doors open all of them
//! apply at three booths within the storm and stay on the wall. Interviewers accept, call, talk,
//! end and evaluate; staff watch at consoles. No media: those are the other scenarios'.

mod console;
mod figures;
mod ground;
mod interviewer;
mod page;
mod student;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use signaling_protocol::Refusal;
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::ground::{Counts, Ground, Outage, Tally, Times};
use self::student::Wish as Application;
use crate::clock::{now_ms, now_ns};
use crate::crowd::{self, Crowd, Heads, Opening};
use crate::population::Population;
use crate::report::Report;
use crate::server::{Home, Server, Wish};
use crate::signal::http::{Ask, Http};
use crate::signal::informed::Informed;

/// Booths that a student applies at.
const BOOTHS_A_STUDENT: usize = 3;
/// Jobs of a booth.
const JOBS_A_BOOTH: usize = 2;
/// The ready check of this fair, ms: short, so that a run sees those who do not answer.
const READY_MS: u64 = 5_000;
/// Planned length of a call, ms: short, so that the time left holds everybody who applies.
const SLOT_MS: u64 = 120_000;
/// The server starts within this; the fair opens so much later than its people need.
const START: Duration = Duration::from_secs(3);
/// The fair ends so long after it opened, ms.
const OPEN_MS: i64 = 10 * 3_600_000;
/// Interviewers and staff are there after this share of the time in which people arrive.
const HOSTS_ARRIVE: f64 = 0.3;
/// Nobody presses a button in the very moment of the opening.
const REACTION: Duration = Duration::from_millis(300);
/// The server that was killed is started again after this: a supervisor does not wait longer.
const REVIVED_AFTER: Duration = Duration::from_millis(100);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Booths.
    pub booths: usize,
    /// Seats per booth.
    pub seats: usize,
    /// Students.
    pub students: usize,
    /// Staff at consoles.
    pub consoles: usize,
    /// Time over which people come before the opening, seconds.
    pub arrive: u64,
    /// Time within which everyone applies, seconds.
    pub storm: u64,
    /// Length of the run from the opening, seconds.
    pub seconds: u64,
    /// Kill the server half-way and start it again.
    pub restart: bool,
    /// Seed of all that is drawn.
    pub seed: u64,
    /// The server.
    pub wish: Wish,
}

/// Students who come in a second, where nobody says otherwise.
const ARRIVALS_PER_SECOND: usize = 100;

impl Plan {
    /// Time over which so many students come, seconds.
    #[must_use]
    pub fn usual_arrival(students: usize) -> u64 {
        (students / ARRIVALS_PER_SECOND).max(3) as u64
    }

    /// Storm of a run of this length, seconds.
    #[must_use]
    pub fn usual_storm(seconds: u64) -> u64 {
        (seconds * 2 / 5).clamp(1, 30)
    }
}

/// Runs the scenario.
///
/// # Errors
/// When the server does not start, or a person panics.
pub async fn run(plan: &Plan) -> Result<Report> {
    ensure!(
        plan.wish.running.is_none(),
        "this scenario writes its people into the database before the server starts"
    );
    raise_file_limit();
    let population = population(plan);
    let home = Home::furnish(&places(plan), &setup(&population))?;
    let heads = Heads {
        students: plan.students,
        staff: plan.consoles,
    };
    let crowd = crowd::write(home.database(), &population, heads).await?;
    let arrive = Duration::from_secs(plan.arrive);
    let starts_ms = now_ms() + (START + arrive).as_millis() as i64;
    let opening = Opening {
        starts_ms,
        ends_ms: starts_ms + OPEN_MS,
    };
    crowd::open_at(home.database(), population.fair(), opening).await?;
    let mut server = home.open().await?;
    let until_open = Duration::from_millis((starts_ms - now_ms()).max(0) as u64);
    let open = Instant::now() + until_open;
    let times = Times {
        arrive: Instant::now(),
        open,
        storm_end: open + Duration::from_secs(plan.storm),
    };
    let ground = Arc::new(lay(&server, &population, &crowd, times).await?);
    let mut watch = figures::Watch::default();
    let mut people = JoinSet::new();
    let sockets = enter(&mut people, &ground, &population, plan, crowd);
    people.spawn(figures::note_lag(watch.lag.clone()));
    hold(&mut people, open).await?;
    watch.open(&server);
    let end = open + Duration::from_secs(plan.seconds);
    if plan.restart {
        hold(&mut people, open + Duration::from_secs(plan.seconds) / 2).await?;
        watch.leave(&server);
        restart(&mut server, &ground, &mut people).await?;
    }
    hold(&mut people, end).await?;
    watch.leave(&server);
    ground.is_over.store(true, Ordering::Relaxed);
    people.shutdown().await;
    let mut report = figures::report(&ground, plan, sockets, &watch);
    figures::write_database(&mut report, &ground, &mut server).await?;
    Ok(report)
}

/// Places for these people, who all come from one address and to a process that may open no more
/// files than this one; what the caller set goes before.
fn places(plan: &Plan) -> Wish {
    let people = plan.students + plan.booths * plan.seats + plan.consoles;
    let places = (people + people / 16 + 64).to_string();
    let strangers = (people / 4 + 64).to_string();
    let own = [
        ("PINHUI__HTTP__LIMITS__CONNECTIONS", &places),
        ("PINHUI__HTTP__LIMITS__CONNECTIONS_PER_ADDRESS", &places),
        ("PINHUI__LIVE__MAX_SOCKETS", &places),
        ("PINHUI__LIVE__MAX_STRANGERS", &strangers),
        ("PINHUI__LIVE__MAX_STRANGERS_PER_ADDRESS", &strangers),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value.clone()));
    let settings = own.into_iter().chain(plan.wish.settings.iter().cloned());
    Wish {
        settings: settings.collect(),
        ..plan.wish.clone()
    }
}

fn population(plan: &Plan) -> Population {
    Population {
        run: plan.wish.run(),
        crowd: plan.wish.crowd(),
        booths: plan.booths,
        seats: plan.seats,
        rules: json!({ "ready_ms": READY_MS, "ready_visible_ms": READY_MS }),
    }
}

/// The fair with jobs at each booth: they are a good part of the wall's page.
fn setup(population: &Population) -> Value {
    let mut setup = population.setup();
    setup["slot_ms"] = SLOT_MS.into();
    for (booth, value) in setup["booths"]
        .as_array_mut()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let job = |n| json!({ "job": population.job(booth, n), "title": format!("示例职位{n}") });
        value["jobs"] = (0..JOBS_A_BOOTH).map(job).collect();
    }
    setup
}

/// Each of thousands of people holds two connections, the server as many.
fn raise_file_limit() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` outlives both calls. The server that is started inherits the limit.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}

async fn lay(
    server: &Server,
    population: &Population,
    crowd: &Crowd,
    times: Times,
) -> Result<Ground> {
    let address = server.http.trim_start_matches("http://").parse();
    let address = address.with_context(|| format!("no address: {}", server.http))?;
    let fair = population.fair();
    let path = format!("/api/fairs/{fair}/wall");
    let wall_over_http = match crowd.students.first() {
        None => None,
        Some(first) => {
            let mut http = Http::new(address, first.clone());
            let reply = http.ask(Ask::Read(&path)).await?;
            reply.is_good().then_some(path)
        }
    };
    Ok(Ground {
        address,
        fair,
        times,
        outage: Outage::default(),
        informed: Informed::default(),
        faults: Tally::default(),
        refused: Tally::default(),
        counts: Counts::default(),
        took: Mutex::default(),
        acknowledged: Mutex::default(),
        calling: Mutex::default(),
        watchers: Mutex::default(),
        consoles: Mutex::default(),
        is_over: AtomicBool::new(false),
        wall_over_http,
    })
}

/// Sends everybody on the way and says how many they are.
fn enter(
    people: &mut JoinSet<()>,
    ground: &Arc<Ground>,
    population: &Population,
    plan: &Plan,
    crowd: Crowd,
) -> usize {
    let sockets = crowd.students.len() + crowd.interviewers.len() + crowd.staff.len();
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let before = ground.times.open - ground.times.arrive;
    let hosts = before.mul_f64(HOSTS_ARRIVE);
    for (seat, sign_in) in crowd.interviewers.into_iter().enumerate() {
        let plan = interviewer::Plan {
            sign_in,
            booth: population.booth(seat / plan.seats.max(1)),
            arrives: ground.times.arrive + hosts.mul_f64(rng.random()),
            accepts: seat % plan.seats.max(1) == 0,
            seed: rng.random(),
        };
        people.spawn(interviewer::work(ground.clone(), plan));
    }
    for sign_in in crowd.staff {
        people.spawn(console::watch(ground.clone(), sign_in, rng.random()));
    }
    for (n, sign_in) in crowd.students.into_iter().enumerate() {
        let plan = student::Plan {
            sign_in,
            arrives: ground.times.arrive + before.mul_f64(rng.random()),
            wishes: applications(ground, population, plan, n, &mut rng),
            seed: rng.random(),
        };
        people.spawn(student::attend(ground.clone(), plan));
    }
    sockets
}

/// Three booths in a row for each student, so that all booths get about as many, each at a moment
/// of its own.
fn applications(
    ground: &Ground,
    population: &Population,
    plan: &Plan,
    student: usize,
    rng: &mut StdRng,
) -> Vec<Application> {
    let storm = ground.times.storm_end - ground.times.open - REACTION;
    let booths = BOOTHS_A_STUDENT.min(plan.booths);
    let mut wishes: Vec<Application> = (0..booths)
        .map(|n| (student * BOOTHS_A_STUDENT + n) % plan.booths)
        .map(|booth| Application {
            booth: population.booth(booth),
            job: Some(population.job(booth, student % JOBS_A_BOOTH)),
            at: ground.times.open + REACTION + storm.mul_f64(rng.random()),
        })
        .collect();
    wishes.sort_by_key(|wish| wish.at);
    wishes
}

/// Lets people come and go until then; one who panics ends the run.
async fn hold(people: &mut JoinSet<()>, until: Instant) -> Result<()> {
    let end = tokio::time::sleep_until(until);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return Ok(()),
            Some(done) = people.join_next() => done.context("a person panicked")?,
            else => bail!("nobody is there"),
        }
    }
}

/// Kills the server as a crash does, and starts it again on the same data and port.
async fn restart(server: &mut Server, ground: &Ground, people: &mut JoinSet<()>) -> Result<()> {
    tracing::info!("the server is killed");
    // Noted before: a page may miss its socket sooner than this task goes on.
    ground.outage.killed_ns.store(now_ns(), Ordering::Release);
    server.kill()?;
    hold(people, Instant::now() + REVIVED_AFTER).await?;
    let started_ns = server.revive()?;
    ground
        .outage
        .started_ns
        .store(started_ns, Ordering::Release);
    server.await_ready().await?;
    ground
        .outage
        .ready_ns
        .store(server.ready_ns, Ordering::Release);
    Ok(())
}

/// Is this refusal a fault of the server, or of a page that asks for what it may not?
fn is_fault(code: Refusal) -> bool {
    matches!(
        code,
        Refusal::Internal
            | Refusal::TooFast
            | Refusal::Invalid
            | Refusal::NotAllowed
            | Refusal::NotFound
            | Refusal::NotYourSeat
            | Refusal::Restarting
    )
}

/// A refusal as a word.
fn word(code: Refusal) -> String {
    let code = serde_json::to_value(code).unwrap_or_default();
    code.as_str().unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setup_is_a_fair_with_jobs() {
        let plan = Plan {
            booths: 5,
            seats: 2,
            students: 10,
            consoles: 1,
            arrive: Plan::usual_arrival(10),
            storm: Plan::usual_storm(8),
            seconds: 8,
            restart: false,
            seed: 1,
            wish: Wish::default(),
        };
        let population = population(&plan);
        let setup: signaling_core::FairSetup = serde_json::from_value(setup(&population)).unwrap();
        assert!(
            setup
                .booths
                .iter()
                .all(|booth| booth.jobs.len() == JOBS_A_BOOTH)
        );
        assert_eq!(setup.slot_ms, SLOT_MS);
        assert_eq!((plan.arrive, plan.storm), (3, 3));
        assert_eq!(
            (Plan::usual_arrival(6_000), Plan::usual_storm(60)),
            (60, 24)
        );
    }

    #[test]
    fn a_fault_is_told_from_what_the_rules_want() {
        assert!(is_fault(Refusal::Internal) && !is_fault(Refusal::NobodyCallable));
        assert_eq!(word(Refusal::NoTimeLeft), "no_time_left");
    }
}
