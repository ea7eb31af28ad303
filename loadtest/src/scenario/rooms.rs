//! `rooms`: interview rooms of two or three, everyone sends and hears everyone.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;
use signaling_protocol::{ClientBody, PageKind};

use super::call::{self, Started};
use super::media::{self, Memory, SETTLE, Stages, WEBRTC_PEERS};
use super::{join_pace, paced};
use crate::participant::{ClientKind, Ground, Joined, Participant};
use crate::population::Population;
use crate::report::Report;
use crate::server::Wish;
use crate::stats::Durations;

/// Time between the starts of two calls.
const CALL_PACE: Duration = Duration::from_millis(150);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Rooms.
    pub rooms: usize,
    /// People in each: 2 or 3.
    pub size: usize,
    /// Length of the measuring window, seconds.
    pub seconds: u64,
    /// The server.
    pub wish: Wish,
}

/// One room: the student first, then the interviewers.
struct Room {
    people: Vec<Participant>,
    started: Option<Started>,
}

/// Runs the scenario.
///
/// # Errors
/// When the server does not do what its pages need.
pub async fn run(plan: &Plan) -> Result<Report> {
    ensure!((2..=3).contains(&plan.size), "rooms are of 2 or 3");
    let seats = plan.size - 1;
    let population = Population {
        run: plan.wish.run(),
        crowd: plan.wish.crowd(),
        booths: plan.rooms,
        seats,
        rules: json!({}),
    };
    let (mut server, ground) = media::ground(&plan.wish, &population).await?;
    let mut report = Report::default();
    let mut memory = Memory {
        empty: media::rss(&server),
        ..Memory::default()
    };
    let mut rooms = enter(&ground, &population, plan).await?;
    memory.sockets = media::rss(&server);
    let mut stages = Stages::default();
    let people = rooms.iter_mut().flat_map(|room| &mut room.people);
    let joins = paced(people, join_pace(), |_, person| person.connect(&ground)).await?;
    joins.iter().for_each(|joined| stages.add(joined));
    memory.media = media::rss(&server);
    report.start_to_first_frame_ms = start_all(&ground, &population, &mut rooms).await?.p50_p95();
    let (rejoined, first_frames) = rejoin_all(&ground, &mut rooms).await?;
    rejoined.iter().for_each(|joined| stages.add(joined));
    report.join_to_first_frame_ms = first_frames.p50_p95();
    tokio::time::sleep(SETTLE).await;
    let people: Vec<&Participant> = rooms.iter().flat_map(|room| &room.people).collect();
    let peers = people.len();
    let window = media::measure(&ground, &server, &people, plan.seconds).await?;
    media::write_rss(&mut report, &server);
    media::write_memory(&mut report, memory, peers, peers);
    window.write(&mut report);
    stages.write(&mut report);
    report.informed_ms = ground.informed.durations().p50_p99_max();
    report.detail("rooms", plan.rooms);
    report.detail("room_size", plan.size);
    report.detail("split", plan.wish.split);
    end_all(&ground, &mut rooms).await;
    drop(rooms);
    if let Some(record) = server.stop().await? {
        window.write_floor(&mut report, &record, server.ready_ns)?;
    }
    Ok(report)
}

/// Everyone's socket opens.
async fn enter(ground: &Ground, population: &Population, plan: &Plan) -> Result<Vec<Room>> {
    let pace = Duration::from_millis(20);
    paced(0..plan.rooms, pace, |_, room| async move {
        let mut people = Vec::new();
        for seat in 0..plan.size {
            let (who, page) = match seat {
                0 => (population.student(room), PageKind::Queues),
                _ => (population.interviewer(room, seat - 1), PageKind::Room),
            };
            people.push(Participant::join(ground, &who, page, kind(room, seat)).await?);
        }
        Ok(Room {
            people,
            started: None,
        })
    })
    .await
}

/// The first rooms have one peer of the `webrtc` crate each, on either side in turn, so that it
/// always faces a lean client.
fn kind(room: usize, seat: usize) -> ClientKind {
    if room < WEBRTC_PEERS && seat == room % 2 {
        ClientKind::Webrtc
    } else {
        ClientKind::Lean
    }
}

/// All calls start, one after the other; gives the times to the first frames.
async fn start_all(
    ground: &Ground,
    population: &Population,
    rooms: &mut [Room],
) -> Result<Durations> {
    let all = rooms.iter().map(|room| room.people.len()).sum();
    let times = paced(rooms, CALL_PACE, |index, room| async move {
        start_room(ground, population, room, index, all).await
    })
    .await?;
    let mut durations = Durations::default();
    times
        .into_iter()
        .flatten()
        .for_each(|ns| durations.add_ns(ns));
    Ok(durations)
}

async fn start_room(
    ground: &Ground,
    population: &Population,
    room: &mut Room,
    index: usize,
    all: usize,
) -> Result<Vec<i64>> {
    let size = room.people.len();
    for (seat, person) in room.people.iter_mut().enumerate() {
        call::publish(person, ground, index * size + seat, all);
    }
    let (student, interviewers) = room.people.split_at_mut(1);
    let student = &mut student[0];
    let (first, others) = interviewers.split_at_mut(1);
    let first = &mut first[0];
    let entry = call::prepare(student, first, population.booth(index)).await?;
    // The cameras run before the start, as they do while a student is called.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let started = call::start(first, entry).await?;
    room.started = Some(started);
    let mut times = student.first_frames(1).await?;
    times.extend(first.first_frames(1).await?);
    let mut since: Vec<i64> = times.iter().map(|at| at - started.requested_ns).collect();
    for other in others {
        let joined = other
            .link
            .must(ClientBody::JoinCall { call: started.call })
            .await?;
        let mut frames = other.first_frames(2).await?;
        frames.extend(student.first_frames(1).await?);
        frames.extend(first.first_frames(1).await?);
        since.extend(frames.iter().map(|at| at - joined.sent_ns));
    }
    Ok(since)
}

/// Each lean interviewer comes into the running call anew, as after a reload: a cold join.
async fn rejoin_all(ground: &Ground, rooms: &mut [Room]) -> Result<(Vec<Joined>, Durations)> {
    let all = rooms.iter().map(|room| room.people.len()).sum();
    let size = rooms.first().map_or(0, |room| room.people.len());
    let people = rooms
        .iter_mut()
        .flat_map(|room| room.people.iter_mut().skip(1));
    let lean = people
        .enumerate()
        .filter(|(_, person)| person.kind == ClientKind::Lean);
    let joins = paced(lean, join_pace(), |_, (n, person)| async move {
        let joined = person.connect(ground).await?;
        call::publish(person, ground, n, all);
        let frames = person.first_frames(size - 1).await?;
        Ok((joined, frames))
    })
    .await?;
    let mut durations = Durations::default();
    for (joined, frames) in &joins {
        frames
            .iter()
            .for_each(|at| durations.add_ns(at - joined.offered_ns));
    }
    Ok((
        joins.into_iter().map(|(joined, _)| joined).collect(),
        durations,
    ))
}

async fn end_all(ground: &Ground, rooms: &mut [Room]) {
    for room in rooms {
        if let (Some(started), Some(interviewer)) = (room.started, room.people.get(1)) {
            let _ = interviewer
                .link
                .ask(ClientBody::End { call: started.call })
                .await;
        }
        for person in &mut room.people {
            person.close(ground).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_webrtc_peers_face_lean_ones() {
        let all: Vec<_> = (0..20).map(|room| (kind(room, 0), kind(room, 1))).collect();
        let webrtc = |kind: &ClientKind| *kind == ClientKind::Webrtc;
        let count: usize = all
            .iter()
            .map(|(a, b)| usize::from(webrtc(a)) + usize::from(webrtc(b)))
            .sum();
        assert_eq!(count, WEBRTC_PEERS);
        assert!(all.iter().all(|(a, b)| !(webrtc(a) && webrtc(b))));
    }
}
