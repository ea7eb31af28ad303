//! `fanout`: one student publishes to many interviewers of one booth, who only watch.

use anyhow::{Result, ensure};
use serde_json::json;
use signaling_protocol::{ClientBody, PageKind};

use super::call;
use super::media::{self, Memory, SETTLE, Stages, WEBRTC_PEERS};
use super::{join_pace, paced};
use crate::participant::{ClientKind, Ground, Joined, Participant};
use crate::population::Population;
use crate::report::Report;
use crate::server::Wish;
use crate::stats::Durations;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Viewers.
    pub viewers: usize,
    /// Length of the measuring window, seconds.
    pub seconds: u64,
    /// The server.
    pub wish: Wish,
}

/// Runs the scenario.
///
/// # Errors
/// When the server does not do what its pages need.
pub async fn run(plan: &Plan) -> Result<Report> {
    ensure!(plan.viewers > 0, "at least one viewer");
    let population = Population {
        run: plan.wish.run(),
        crowd: plan.wish.crowd(),
        booths: 1,
        seats: plan.viewers,
        rules: json!({}),
    };
    let (mut server, ground) = media::ground(&plan.wish, &population).await?;
    let mut report = Report::default();
    let mut memory = Memory {
        empty: media::rss(&server),
        ..Memory::default()
    };
    let student = population.student(0);
    let mut student =
        Participant::join(&ground, &student, PageKind::Queues, ClientKind::Lean).await?;
    let mut viewers = enter(&ground, &population, plan).await?;
    memory.sockets = media::rss(&server);
    let mut stages = Stages::default();
    stages.add(&student.connect(&ground).await?);
    stages.add(&viewers[0].connect(&ground).await?);
    student.publish(&ground, true, 0.0);
    let entry = call::prepare(&student, &viewers[0], population.booth(0)).await?;
    let started = call::start(&mut viewers[0], entry).await?;
    let mut first = Durations::default();
    let frames = viewers[0].first_frames(1).await?;
    frames
        .iter()
        .for_each(|at| first.add_ns(at - started.requested_ns));
    report.start_to_first_frame_ms = first.p50_p95();
    let joins = paced(viewers.iter_mut().skip(1), join_pace(), |_, viewer| {
        watch(&ground, viewer, ClientBody::JoinCall { call: started.call })
    })
    .await?;
    let mut cold = Durations::default();
    for (joined, at) in &joins {
        stages.add(joined);
        cold.add_ns(at - joined.offered_ns);
    }
    report.join_to_first_frame_ms = cold.p50_p95();
    memory.media = media::rss(&server);
    tokio::time::sleep(SETTLE).await;
    let people: Vec<&Participant> = std::iter::once(&student).chain(&viewers).collect();
    let peers = people.len();
    let window = media::measure(&ground, &server, &people, plan.seconds).await?;
    media::write_rss(&mut report, &server);
    media::write_memory(&mut report, memory, peers, peers);
    window.write(&mut report);
    stages.write(&mut report);
    report.informed_ms = ground.informed.durations().p50_p99_max();
    report.detail("viewers", plan.viewers);
    let _ = viewers[0]
        .link
        .ask(ClientBody::End { call: started.call })
        .await;
    for person in std::iter::once(&mut student).chain(&mut viewers) {
        person.close(&ground).await;
    }
    drop((student, viewers));
    if let Some(record) = server.stop().await? {
        window.write_floor(&mut report, &record, server.ready_ns)?;
    }
    Ok(report)
}

async fn enter(ground: &Ground, population: &Population, plan: &Plan) -> Result<Vec<Participant>> {
    let pace = std::time::Duration::from_millis(20);
    paced(0..plan.viewers, pace, |_, seat| async move {
        let webrtc = (1..=WEBRTC_PEERS).contains(&seat);
        let kind = if webrtc {
            ClientKind::Webrtc
        } else {
            ClientKind::Lean
        };
        let who = population.interviewer(0, seat);
        Participant::join(ground, &who, PageKind::Room, kind).await
    })
    .await
}

/// Enters the running call, connects, and waits for the picture.
async fn watch(
    ground: &Ground,
    viewer: &mut Participant,
    join: ClientBody,
) -> Result<(Joined, i64)> {
    viewer.link.must(join).await?;
    let joined = viewer.connect(ground).await?;
    let frames = viewer.first_frames(1).await?;
    Ok((joined, frames[0]))
}
