//! Booths, seats and jobs that come while the fair is open.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use signaling_core::{Audience, Gained, Rows, SocketId};
use signaling_protocol::*;
use support::*;

/// A fair of two booths with two seats, of which the second booth, and the second seat of the
/// first, come later.
fn part() -> signaling_core::FairSetup {
    let mut part = setup(2, 2);
    part.booths.truncate(1);
    part.booths[0].seats.truncate(1);
    part.booths[0].jobs.clear();
    part
}

/// Brings the rest, as the shell does.
fn gain(stand: &mut Stand) -> Gained {
    let mut now = part();
    let gained = now.gain(&setup(2, 2));
    assert_eq!(now, setup(2, 2));
    stand.fair.handle_setup(stand.now, &now);
    stand.drain();
    gained
}

fn sit(stand: &mut Stand, b: u128, n: u128) -> Result<SocketId, Refusal> {
    let actor = signaling_core::Actor {
        person: interviewer(n),
        socket: SocketId(900 + u64::try_from(n).unwrap()),
        role: Role::Interviewer {
            booth: booth(b),
            seat: seat(n),
        },
        page: PageKind::Room,
        name: String::new(),
        headline: String::new(),
    };
    stand.fair.handle_connected(stand.now, &actor)?;
    stand.actors.insert(actor.socket, actor.clone());
    stand.drain();
    Ok(actor.socket)
}

#[test]
fn what_a_setup_gained_is_counted_and_nothing_is_taken_away() {
    let mut whole = setup(2, 2);
    let before = whole.clone();
    assert_eq!(whole.gain(&part()), Gained::default());
    assert_eq!(whole, before);
    let expected = Gained {
        booths: 1,
        seats: 3,
        jobs: 2,
    };
    assert_eq!(part().gain(&whole), expected);
}

#[test]
fn a_booth_that_comes_later_interviews_like_the_others() {
    let mut stand = Stand::with(part());
    let anna = stand.student(1);
    assert_eq!(sit(&mut stand, 1, 2), Err(Refusal::NotFound));
    let early = ClientBody::Apply {
        booth: booth(1),
        job: None,
    };
    assert_eq!(stand.refused(anna, early), Refusal::NotFound);
    stand.pass(SECOND);
    stand.hear();

    gain(&mut stand);
    stand.pass(SECOND);
    let on_the_wall = stand.hear().iter().any(|(to, body, _)| {
        *to == Audience::Consoles
            && matches!(body, ServerBody::ConsoleNews(news)
                if news.lines.iter().any(|b| b.wall.index == 1 && b.wall.seats == 2))
    });
    assert!(on_the_wall, "the console is told of the new booth");
    assert_eq!(stand.fair.wall_snapshot().booths, [booth(0), booth(1)]);
    let hr = sit(&mut stand, 1, 2).unwrap();
    let entry = stand.queue_up(anna, hr, 1);
    stand.call(hr, anna, entry);
    assert_eq!(stand.stage(entry), Stage::InCall);
}

#[test]
fn a_seat_that_comes_later_is_shown_to_its_colleagues() {
    let mut stand = Stand::with(part());
    let hr = stand.interviewer(0);
    assert_eq!(sit(&mut stand, 0, 1), Err(Refusal::NotFound));
    stand.pass(SECOND);
    stand.hear();
    gain(&mut stand);
    stand.pass(SECOND);
    let told = stand.hear().iter().any(|(to, body, _)| {
        matches!(to, Audience::Persons(who) if who.contains(&interviewer(0)))
            && matches!(body, ServerBody::Seats { seats } if seats.len() == 2)
    });
    assert!(told, "the colleague hears of the seat");
    sit(&mut stand, 0, 1).unwrap();
    assert_eq!(stand.room(hr).brief.seats_online, 2);
    let job = setup(1, 1).booths[0].jobs[0].clone();
    let anna = stand.student(1);
    let body = ClientBody::Apply {
        booth: booth(0),
        job: Some(job.job),
    };
    stand.ok(anna, body);
    assert_eq!(stand.view(anna).entries[0].job, Some(job));
}

#[test]
fn what_came_later_outlives_a_restart_and_those_in_line_keep_their_places() {
    let mut stand = Stand::with(part());
    let hr = stand.interviewer(0);
    let anna = stand.student(1);
    let first = stand.queue_up(anna, hr, 0);
    gain(&mut stand);
    let late = sit(&mut stand, 1, 2).unwrap();
    let second = stand.queue_up(anna, late, 1);
    let rows: Rows = sorted(stand.fair.rows());
    assert_eq!(rows, stand.store.sorted());
    stand.restart(setup(2, 2), SECOND);
    assert_eq!(stand.stage(first), Stage::Waiting);
    let late = sit(&mut stand, 1, 2).unwrap();
    assert_eq!(stand.order(late), [second]);
}

#[test]
fn a_booth_that_comes_after_the_end_is_closed() {
    let mut stand = Stand::with(part());
    let staff = stand.staff();
    stand.ok(staff, ClientBody::EndFair);
    gain(&mut stand);
    let wall = stand.fair.wall_view();
    assert_eq!(wall.booths[1].queue, QueueState::Closed);
}
