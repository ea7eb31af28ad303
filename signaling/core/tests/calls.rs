//! Calls, trouble in a call, several seats and several tabs.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use signaling_core::{Audience, MediaOrder, MediaSignal};
use signaling_protocol::*;
use support::*;

#[test]
fn the_tab_that_answers_has_the_call_and_another_takes_it_over_by_a_button() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    let phone = stand.student_page(1);
    stand.ok(hr, ClientBody::CallNext);
    stand.ok(phone, ClientBody::Ready { entry });
    assert_eq!(
        stand.refused(anna, ClientBody::Ready { entry }),
        Refusal::OtherDevice
    );
    stand.ok(hr, ClientBody::Start { entry });
    let call = stand.row(entry).call.unwrap();
    assert!(stand.view(phone).call.unwrap().here);
    assert!(!stand.view(anna).call.unwrap().here);
    stand.media.clear();
    stand.ok(anna, ClientBody::TakeOver { call });
    let person = student(1);
    let leave = MediaOrder::Leave {
        call,
        person,
        socket: phone,
    };
    assert_eq!(
        stand.media,
        [
            leave,
            MediaOrder::Enter {
                call,
                person,
                socket: anna
            }
        ]
    );
    assert!(stand.view(anna).call.unwrap().here);
    assert!(!stand.view(phone).call.unwrap().here);
}

#[test]
fn a_student_who_reloads_is_back_in_the_call_on_a_new_connection() {
    let mut p = pair();
    let call = p.call();
    let (person, before) = (student(1), p.anna);
    p.stand.disconnect(before);
    p.stand.pass(3 * SECOND);
    p.stand.media.clear();
    p.anna = p.stand.student_page(1);
    let leave = MediaOrder::Leave {
        call,
        person,
        socket: before,
    };
    let enter = MediaOrder::Enter {
        call,
        person,
        socket: p.anna,
    };
    assert_eq!(p.stand.media, [leave, enter]);
    assert!(p.seen().here);
    assert_eq!(p.seen().phase, CallPhase::Running);
}

#[test]
fn a_socket_that_breaks_leaves_the_media_of_both_sides_in_the_call() {
    let mut p = pair();
    let call = p.call();
    for socket in [p.anna, p.hr] {
        p.stand
            .fair
            .handle_media(p.stand.now, socket, MediaSignal::Connected);
        p.stand.drain();
    }
    let actors = [p.anna, p.hr].map(|socket| p.stand.actors[&socket].clone());
    p.stand.media.clear();
    p.stand.disconnect(p.anna);
    p.stand.disconnect(p.hr);
    p.stand.pass(20 * SECOND);
    assert_eq!(p.stand.media, [], "nobody leaves the room");
    let [anna, hr] = actors.map(|actor| p.stand.resume(&actor));
    let enter = |person, socket| MediaOrder::Enter {
        call,
        person,
        socket,
    };
    assert_eq!(
        p.stand.media,
        [enter(student(1), anna), enter(interviewer(0), hr)]
    );
    (p.anna, p.hr) = (anna, hr);
    assert!(p.seen().here && p.stand.room(hr).call.unwrap().here);
    assert_eq!(p.seen().phase, CallPhase::Running);
    assert_eq!(p.stand.stage(p.entry), Stage::InCall);
}

#[test]
fn a_tab_that_comes_back_before_its_socket_was_missed_keeps_the_call() {
    let mut p = pair();
    let call = p.call();
    let actor = p.stand.actors[&p.anna].clone();
    p.stand.media.clear();
    let before = p.anna;
    p.anna = p.stand.resume(&actor);
    let enter = MediaOrder::Enter {
        call,
        person: student(1),
        socket: p.anna,
    };
    assert_eq!(p.stand.media, [enter]);
    // The end of the old socket is noticed at last.
    p.stand.disconnect(before);
    assert!(p.seen().here);
    assert_eq!(p.seen().phase, CallPhase::Running);
}

#[test]
fn media_that_end_while_the_socket_is_broken_are_missed() {
    let mut p = pair();
    p.call();
    let signal = |p: &mut Pair, socket, signal| {
        p.stand.fair.handle_media(p.stand.now, socket, signal);
        p.stand.drain();
    };
    let before = p.anna;
    signal(&mut p, before, MediaSignal::Connected);
    let actor = p.stand.actors[&before].clone();
    p.stand.disconnect(before);
    p.stand.hear();
    signal(&mut p, before, MediaSignal::Lost);
    let told = p.stand.hear().into_iter().any(|(to, body, _)| {
        to == signaling_core::Audience::Persons(vec![interviewer(0)])
            && matches!(
                body,
                ServerBody::MediaTrouble {
                    side: MediaSide::Other,
                    kind: TroubleKind::Lost,
                    ..
                }
            )
    });
    assert!(told, "the interviewer hears whose line it is");
    p.anna = p.stand.resume(&actor);
    assert_eq!(
        p.seen().phase,
        CallPhase::Waiting,
        "the page is back, its media are not"
    );
    let anna = p.anna;
    signal(&mut p, anna, MediaSignal::Recovered);
    assert_eq!(p.seen().phase, CallPhase::Running);
}

#[test]
fn another_tab_that_comes_back_leaves_the_call_to_the_one_that_had_it() {
    let mut p = pair();
    let call = p.call();
    let other = p.stand.student_page(1);
    let [had, has_not] = [p.anna, other].map(|socket| p.stand.actors[&socket].clone());
    p.stand.disconnect(p.anna);
    p.stand.disconnect(other);
    p.stand.media.clear();
    let other = p.stand.resume(&has_not);
    assert_eq!(p.stand.media, []);
    assert!(!p.stand.view(other).call.unwrap().here);
    p.anna = p.stand.resume(&had);
    assert!(p.seen().here);
    // Until it is asked for by its button.
    p.stand.media.clear();
    p.stand.ok(other, ClientBody::TakeOver { call });
    assert_eq!(p.stand.media.len(), 2);
    assert!(p.stand.view(other).call.unwrap().here);
}

#[test]
fn a_call_that_ends_takes_out_the_media_of_a_tab_without_a_socket() {
    let mut p = pair();
    let call = p.call();
    p.stand.disconnect(p.anna);
    p.stand.media.clear();
    p.stand.ok(p.hr, ClientBody::End { call });
    let sockets = p.stand.media.iter().map(|order| match order {
        MediaOrder::Leave { socket, .. } => *socket,
        other => panic!("{other:?}"),
    });
    let left: Vec<_> = sockets.collect();
    assert!(left.contains(&p.anna) && left.contains(&p.hr), "{left:?}");
}

#[test]
fn an_interviewer_who_reloads_is_back_in_the_call() {
    let mut p = pair();
    let call = p.call();
    p.stand.disconnect(p.hr);
    p.stand.pass(3 * SECOND);
    p.hr = p.stand.interviewer(0);
    let view = p.stand.room(p.hr).call.unwrap();
    assert!(view.here && view.call == call);
}

#[test]
fn the_call_clock_stands_still_for_at_most_a_minute() {
    let mut p = pair();
    p.call();
    p.stand.pass(2 * MINUTE);
    p.stand.disconnect(p.anna);
    let used = |p: &Pair| {
        let call = p.stand.store.rows.calls[0].clone();
        let runs = if call.clock_runs {
            p.stand.now - call.clock_at_ms
        } else {
            0
        };
        call.used_ms + runs
    };
    p.stand.pass(40 * SECOND);
    assert_eq!(used(&p), 2 * MINUTE);
    p.stand.pass(40 * SECOND);
    assert_eq!(used(&p), 2 * MINUTE + 20 * SECOND);
    p.anna = p.stand.student_page(1);
    p.stand.pass(MINUTE);
    assert_eq!(used(&p), 3 * MINUTE + 20 * SECOND);
}

#[test]
fn lost_media_stop_the_clock_and_say_whose_side_it_is() {
    let mut p = pair();
    p.call();
    p.stand.hear();
    p.stand
        .fair
        .handle_media(p.stand.now, p.anna, MediaSignal::Connected);
    p.stand.drain();
    assert!(
        p.stand
            .hear()
            .iter()
            .all(|(_, body, _)| body.kind() != "media_trouble")
    );
    p.stand
        .fair
        .handle_media(p.stand.now, p.anna, MediaSignal::Unstable);
    p.stand.drain();
    p.stand
        .fair
        .handle_media(p.stand.now, p.anna, MediaSignal::Lost);
    p.stand.drain();
    assert_eq!(p.seen().phase, CallPhase::Waiting);
    let heard: Vec<_> = p
        .stand
        .hear()
        .into_iter()
        .filter_map(|(to, body, _)| match body {
            ServerBody::MediaTrouble { side, kind, .. } => Some((to, side, kind)),
            _ => None,
        })
        .collect();
    let to = |person| signaling_core::Audience::Persons(vec![person]);
    assert!(heard.contains(&(to(student(1)), MediaSide::Own, TroubleKind::Lost)));
    assert!(heard.contains(&(to(interviewer(0)), MediaSide::Other, TroubleKind::Lost)));
    p.stand
        .fair
        .handle_media(p.stand.now, p.anna, MediaSignal::Recovered);
    p.stand.drain();
    assert_eq!(p.seen().phase, CallPhase::Running);
}

#[test]
fn a_call_without_media_connections_is_not_held_for_lost() {
    let mut p = pair();
    p.call();
    p.stand.pass(10 * MINUTE);
    assert_eq!(p.stand.stage(p.entry), Stage::InCall);
    assert_eq!(p.seen().phase, CallPhase::Running);
}

#[test]
fn a_side_gone_for_thirty_seconds_shows_as_stuck() {
    let mut p = pair();
    p.call();
    p.stand.disconnect(p.anna);
    assert_eq!(p.stand.fair.brief(booth(0)).unwrap().stuck, 0);
    let staff = p.stand.staff();
    p.stand.hear();
    p.stand.pass(31 * SECOND);
    assert_eq!(p.stand.fair.brief(booth(0)).unwrap().stuck, 1);
    let told = p.stand.hear().into_iter().any(|(_, body, _)| {
        matches!(body, ServerBody::ConsoleNews(news) if news.lines.iter().any(|b| b.stuck == 1))
    });
    assert!(told, "the console hears of it");
    p.stand.disconnect(staff);
}

#[test]
fn an_interviewer_gone_for_two_minutes_gives_the_student_back_to_the_front() {
    let mut p = pair();
    p.call();
    p.stand.disconnect(p.hr);
    p.stand.pass(2 * MINUTE - 1);
    assert_eq!(p.stand.stage(p.entry), Stage::InCall);
    p.stand.pass(1);
    assert_eq!(p.stand.stage(p.entry), Stage::Waiting);
    let row = p.stand.row(p.entry);
    assert_eq!((row.cause, row.misses), (Some(Cause::InterviewerGone), 0));
    assert!(p.stand.store.rows.calls[0].ended_ms.is_some());
}

#[test]
fn a_colleague_may_take_the_call_of_an_interviewer_who_is_gone() {
    let mut p = pair();
    let call = p.call();
    let colleague = p.stand.interviewer(1);
    p.stand.disconnect(p.hr);
    p.stand.pass(2 * MINUTE + 10 * SECOND);
    assert_eq!(
        p.stand.stage(p.entry),
        Stage::InCall,
        "a colleague is there to take it"
    );
    p.stand.ok(colleague, ClientBody::JoinCall { call });
    p.stand.pass(10 * MINUTE);
    assert_eq!(p.stand.stage(p.entry), Stage::InCall);
    p.stand.ok(colleague, ClientBody::End { call });
    let room = p.stand.room(colleague);
    assert_eq!(
        room.seats[1].state,
        SeatState::Evaluating { call },
        "his evaluation now"
    );
}

#[test]
fn a_colleague_joins_as_second_interviewer() {
    let mut p = pair();
    let call = p.call();
    let colleague = p.stand.interviewer(1);
    assert_eq!(
        p.stand.refused(colleague, ClientBody::End { call }),
        Refusal::NotYourSeat
    );
    p.stand.ok(colleague, ClientBody::JoinCall { call });
    assert_eq!(p.seen().participants.len(), 3);
    p.stand.disconnect(p.hr);
    assert_eq!(
        p.seen().phase,
        CallPhase::Running,
        "an interviewer is still there"
    );
    p.stand.pass(10 * MINUTE);
    p.stand.ok(colleague, ClientBody::End { call });
}

#[test]
fn both_gone_for_three_minutes_gives_the_student_back_to_the_front() {
    let mut p = pair();
    p.call();
    p.stand.disconnect(p.hr);
    p.stand.disconnect(p.anna);
    p.stand.pass(3 * MINUTE - 1);
    assert_eq!(p.stand.stage(p.entry), Stage::InCall);
    p.stand.pass(1);
    assert_eq!(p.stand.row(p.entry).cause, Some(Cause::CallLost));
    assert_eq!(p.stand.stage(p.entry), Stage::Waiting);
}

#[test]
fn a_student_who_does_not_come_back_ends_the_call_as_done() {
    let mut p = pair();
    p.call();
    p.stand.disconnect(p.anna);
    p.stand.pass(5 * MINUTE);
    assert_eq!(p.stand.stage(p.entry), Stage::Done);
}

#[test]
fn put_back_goes_to_the_front_held_and_told_why() {
    let mut p = pair();
    let ben = p.stand.student(2);
    let other = p.stand.queue_up(ben, p.hr, 0);
    let call = p.call();
    p.stand.hear();
    p.stand.ok(
        p.hr,
        ClientBody::PutBack {
            call,
            reason: "camera is broken".into(),
        },
    );
    assert_eq!(p.stand.order(p.hr), [p.entry, other]);
    let told = p.stand.heard_by(student(1)).pop().unwrap();
    assert_eq!((told.cause, told.position), (Some(Cause::PutBack), Some(1)));
    assert_eq!(told.reason.as_deref(), Some("camera is broken"));
    assert!(
        p.stand
            .room(p.hr)
            .rows
            .iter()
            .any(|row| row.entry == p.entry && row.held)
    );
    p.stand.pass(100);
    let told = p.stand.heard_by(student(2)).pop().unwrap();
    assert_eq!(
        (told.position, told.cause),
        (Some(2), Some(Cause::OthersReturned))
    );
    assert!(
        p.stand.room(p.hr).seats[0].state == SeatState::Idle,
        "no evaluation is due"
    );
}

#[test]
fn a_call_is_extended_once() {
    let mut p = pair();
    let call = p.call();
    assert!(p.seen().can_extend);
    p.stand.ok(p.hr, ClientBody::Extend { call });
    assert_eq!((p.seen().length_ms, p.seen().can_extend), (900_000, false));
    assert_eq!(
        p.stand.refused(p.hr, ClientBody::Extend { call }),
        Refusal::UsedUp
    );
}

#[test]
fn the_next_may_be_called_while_an_evaluation_is_due() {
    let mut p = pair();
    let ben = p.stand.student(2);
    let other = p.stand.queue_up(ben, p.hr, 0);
    let call = p.call();
    p.stand.ok(p.hr, ClientBody::End { call });
    p.stand.ok(p.hr, ClientBody::CallNext);
    assert_eq!(
        p.stand.room(p.hr).seats[0].state,
        SeatState::Calling { entry: other }
    );
    p.stand.ok(p.hr, ClientBody::WithdrawCall { entry: other });
    assert_eq!(
        p.stand.room(p.hr).seats[0].state,
        SeatState::Evaluating { call }
    );
}

#[test]
fn the_student_may_hang_up() {
    let mut p = pair();
    let call = p.call();
    p.stand.ok(p.anna, ClientBody::End { call });
    assert_eq!(p.stand.stage(p.entry), Stage::Done);
    assert_eq!(
        p.stand.refused(p.anna, ClientBody::End { call }),
        Refusal::WrongStage
    );
    let apply = ClientBody::Apply {
        booth: booth(0),
        job: None,
    };
    assert_eq!(
        p.stand.refused(p.anna, apply),
        Refusal::AlreadyHere,
        "interviewed here"
    );
}

#[test]
fn both_sides_hear_of_a_line_that_got_worse_once() {
    let mut p = pair();
    p.call();
    let stats = |loss_permille| ClientBody::MediaStats {
        rtt_ms: 20,
        jitter_ms: 2,
        loss_permille,
        kbps: Some(1_500),
    };
    p.stand.ok(p.anna, stats(0));
    p.stand.hear();
    p.stand.ok(p.anna, stats(50));
    p.stand.ok(p.anna, stats(51));
    let told: Vec<_> = p
        .stand
        .hear()
        .into_iter()
        .filter(|(_, body, _)| body.kind() == "media_quality")
        .collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().any(|(_, body, _)| matches!(
        body,
        ServerBody::MediaQuality {
            own: Quality::Unknown,
            other: Quality::Warn,
            ..
        }
    )));
}

#[test]
fn a_camera_that_is_off_is_not_a_bad_line() {
    let mut p = pair();
    p.call();
    let sound_alone = ClientBody::MediaStats {
        rtt_ms: 20,
        jitter_ms: 2,
        loss_permille: 0,
        kbps: Some(40),
    };
    let told = |stand: &mut Stand| -> Vec<(Audience, Quality)> {
        let heard = stand.hear().into_iter();
        heard
            .filter_map(|(to, body, _)| match body {
                ServerBody::MediaQuality { own, .. } => Some((to, own)),
                _ => None,
            })
            .collect()
    };
    let hr = Audience::Persons(vec![interviewer(0)]);
    p.stand.hear();
    p.stand.ok(p.hr, sound_alone.clone());
    let bad = told(&mut p.stand);
    assert!(bad.contains(&(hr.clone(), Quality::Bad)), "{bad:?}");
    let source = SourceKind::Camera;
    p.stand.ok(
        p.anna,
        ClientBody::MediaMute {
            source,
            muted: true,
        },
    );
    p.stand.ok(p.hr, sound_alone);
    let well = told(&mut p.stand);
    assert!(well.contains(&(hr, Quality::Excellent)), "{well:?}");
}

#[test]
fn a_muted_source_shows_and_a_moderator_mutes_at_the_server() {
    let mut p = pair();
    let call = p.call();
    p.stand.ok(
        p.anna,
        ClientBody::MediaMute {
            source: SourceKind::Camera,
            muted: true,
        },
    );
    assert!(p.seen().participants[0].camera_muted);
    p.stand.media.clear();
    let (source, muted) = (SourceKind::Microphone, true);
    p.stand.ok(
        p.hr,
        ClientBody::MediaMuteOther {
            call,
            source,
            muted,
        },
    );
    let order = MediaOrder::Mute {
        person: student(1),
        socket: p.anna,
        source,
        muted,
    };
    assert_eq!(p.stand.media, [order]);
    assert!(p.seen().participants[0].microphone_muted);
    // The student may speak again, at the server as well; nobody else switches it on.
    p.stand.media.clear();
    let own = |muted| ClientBody::MediaMute { source, muted };
    p.stand.ok(p.anna, own(false));
    let lifted = MediaOrder::Mute {
        person: student(1),
        socket: p.anna,
        source,
        muted: false,
    };
    assert_eq!(p.stand.media, [lifted]);
    assert!(!p.seen().participants[0].microphone_muted);
    p.stand.ok(p.anna, own(true));
    p.stand.ok(
        p.hr,
        ClientBody::MediaMuteOther {
            call,
            source,
            muted: false,
        },
    );
    assert!(p.seen().participants[0].microphone_muted);
    assert_eq!(p.stand.media, [lifted]);
}

#[test]
fn what_was_muted_before_the_call_is_muted_from_its_first_moment_on() {
    let mut p = pair();
    let mute = |source| ClientBody::MediaMute {
        source,
        muted: true,
    };
    p.stand.ok(p.hr, mute(SourceKind::Microphone));
    p.stand.ok(p.anna, mute(SourceKind::Camera));
    p.call();
    let shown = |p: &mut Pair| -> Vec<(bool, bool)> {
        let people = p.seen().participants;
        let mutes = people
            .iter()
            .map(|one| (one.microphone_muted, one.camera_muted));
        mutes.collect()
    };
    assert_eq!(shown(&mut p), [(false, true), (true, false)]);
    // A tab that comes back is as it was; a new one has sources of its own.
    let actor = p.stand.actors[&p.anna].clone();
    p.anna = p.stand.resume(&actor);
    assert_eq!(shown(&mut p)[0], (false, true));
    p.stand.disconnect(p.anna);
    p.anna = p.stand.student_page(1);
    assert_eq!(shown(&mut p)[0], (false, false));
}
