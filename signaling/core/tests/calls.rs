//! The ready check, calls, trouble in a call, several seats and several tabs.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use signaling_core::{MediaOrder, MediaSignal, SocketId};
use signaling_protocol::*;
use support::*;

struct Pair {
    stand: Stand,
    hr: SocketId,
    anna: SocketId,
    entry: EntryId,
}

/// One student in the queue of a booth with two seats, the first of which is taken.
fn pair() -> Pair {
    let mut stand = Stand::new(1, 2);
    let hr = stand.interviewer(0);
    let anna = stand.student(1);
    let entry = stand.queue_up(anna, hr, 0);
    Pair {
        stand,
        hr,
        anna,
        entry,
    }
}

impl Pair {
    fn call(&mut self) -> CallId {
        self.stand.call(self.hr, self.anna, self.entry)
    }

    fn seen(&mut self) -> CallView {
        self.stand.view(self.anna).call.unwrap()
    }
}

#[test]
fn the_ready_check_is_shorter_for_a_page_in_the_foreground() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    stand.ok(anna, ClientBody::Visible { visible: true });
    stand.ok(hr, ClientBody::CallNext);
    assert_eq!(stand.row(entry).deadline_ms, Some(stand.now + 25 * SECOND));
    stand.pass(25 * SECOND - 1);
    assert_eq!(stand.stage(entry), Stage::Called);
    stand.pass(1);
    assert_eq!(stand.stage(entry), Stage::Waiting);
}

#[test]
fn the_first_call_without_an_answer_goes_behind_the_next_two_callable() {
    let Pair {
        mut stand,
        hr,
        anna: _,
        entry,
    } = pair();
    let mut ids = Vec::new();
    for n in 2..=5 {
        let who = stand.student(n);
        ids.push(stand.queue_up(who, hr, 0));
        if n == 2 {
            stand.ok(who, ClientBody::Away);
        }
    }
    stand.ok(hr, ClientBody::CallNext);
    stand.hear();
    stand.pass(45 * SECOND);
    assert_eq!(stand.order(hr), [ids[0], ids[1], ids[2], entry, ids[3]]);
    let told = stand.heard_by(student(1)).pop().unwrap();
    assert_eq!(
        (told.cause, told.position),
        (Some(Cause::NoAnswer), Some(4))
    );
    assert_eq!(stand.room(hr).seats[0].state, SeatState::Idle);
}

#[test]
fn the_second_call_without_an_answer_is_missed_and_one_more_application_is_free() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    let miss = |stand: &mut Stand| {
        stand.ok(hr, ClientBody::CallNext);
        stand.pass(45 * SECOND);
    };
    miss(&mut stand);
    assert_eq!(stand.stage(entry), Stage::Waiting);
    miss(&mut stand);
    assert_eq!(stand.stage(entry), Stage::Missed);
    assert_eq!(stand.fair.totals().missed, 1);
    let again = stand.queue_up(anna, hr, 0);
    assert_eq!(
        stand.refused(hr, ClientBody::UndoMissed { entry }),
        Refusal::AlreadyHere
    );
    miss(&mut stand);
    miss(&mut stand);
    assert_eq!(stand.stage(again), Stage::Missed);
    let apply = ClientBody::Apply {
        booth: booth(0),
        job: None,
    };
    assert_eq!(stand.refused(anna, apply), Refusal::UsedUp);
}

#[test]
fn a_missed_can_be_undone_for_two_minutes() {
    let Pair {
        mut stand,
        hr,
        anna: _,
        entry,
    } = pair();
    for _ in 0..2 {
        stand.ok(hr, ClientBody::CallNext);
        stand.pass(45 * SECOND);
    }
    let ben = stand.student(2);
    let other = stand.queue_up(ben, hr, 0);
    assert_eq!(
        stand.room(hr).rows.len(),
        2,
        "the missed one is shown while it can be undone"
    );
    stand.pass(60 * SECOND);
    stand.hear();
    stand.ok(hr, ClientBody::UndoMissed { entry });
    assert_eq!(stand.order(hr), [entry, other]);
    let told = stand.heard_by(student(2)).pop().unwrap();
    assert_eq!(
        (told.position, told.cause),
        (Some(2), Some(Cause::OthersReturned))
    );
    stand.ok(hr, ClientBody::CallNext);
    stand.pass(45 * SECOND);
    assert_eq!(stand.stage(entry), Stage::Missed);
    stand.pass(2 * MINUTE);
    assert_eq!(
        stand.refused(hr, ClientBody::UndoMissed { entry }),
        Refusal::TooLate
    );
    assert_eq!(stand.room(hr).rows.len(), 1);
}

#[test]
fn a_countdown_goes_on_while_the_student_is_offline() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    stand.ok(hr, ClientBody::CallNext);
    let deadline = stand.row(entry).deadline_ms;
    stand.pass(20 * SECOND);
    stand.disconnect(anna);
    let back = stand.student_page(1);
    assert_eq!(stand.view(back).entries[0].deadline_ms, deadline);
    stand.disconnect(back);
    stand.pass(25 * SECOND);
    assert_eq!(
        (stand.stage(entry), stand.row(entry).misses),
        (Stage::Waiting, 1)
    );
}

#[test]
fn a_withdrawn_call_up_goes_to_the_front_and_counts_for_nothing() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    let ben = stand.student(2);
    stand.queue_up(ben, hr, 0);
    for answered in [false, true] {
        stand.ok(hr, ClientBody::CallNext);
        if answered {
            stand.ok(anna, ClientBody::Ready { entry });
        }
        stand.ok(hr, ClientBody::WithdrawCall { entry });
        assert_eq!(stand.order(hr)[0], entry);
        assert_eq!((stand.row(entry).misses, stand.row(entry).laters), (0, 0));
    }
}

#[test]
fn a_seat_gone_for_thirty_seconds_gives_back_whom_it_called() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    stand.ok(hr, ClientBody::CallNext);
    stand.ok(anna, ClientBody::Ready { entry });
    stand.disconnect(hr);
    stand.pass(30 * SECOND - 1);
    assert_eq!(
        stand.stage(entry),
        Stage::Ready,
        "without the interviewer nothing starts"
    );
    stand.pass(1);
    assert_eq!(
        (stand.stage(entry), stand.row(entry).misses),
        (Stage::Waiting, 0)
    );
    assert_eq!(stand.row(entry).cause, Some(Cause::InterviewerGone));
}

#[test]
fn a_seat_that_is_back_in_time_still_has_whom_it_called() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    stand.ok(hr, ClientBody::CallNext);
    stand.ok(anna, ClientBody::Ready { entry });
    stand.disconnect(hr);
    stand.pass(20 * SECOND);
    let hr = stand.interviewer(0);
    stand.pass(9 * SECOND);
    assert_eq!(stand.stage(entry), Stage::Ready);
    stand.pass(SECOND);
    assert_eq!(
        stand.stage(entry),
        Stage::InCall,
        "the start by itself ran again"
    );
    assert!(stand.room(hr).call.unwrap().here);
}

#[test]
fn ready_starts_by_itself_after_ten_seconds() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    stand.ok(hr, ClientBody::CallNext);
    stand.ok(anna, ClientBody::Ready { entry });
    stand.pass(10 * SECOND);
    assert_eq!(stand.stage(entry), Stage::InCall);
}

#[test]
fn only_the_seat_that_called_may_start_or_withdraw() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    let colleague = stand.interviewer(1);
    stand.ok(hr, ClientBody::CallNext);
    assert_eq!(
        stand.refused(hr, ClientBody::Start { entry }),
        Refusal::WrongStage
    );
    stand.ok(anna, ClientBody::Ready { entry });
    assert_eq!(
        stand.refused(colleague, ClientBody::Start { entry }),
        Refusal::NotYourSeat
    );
    assert_eq!(
        stand.refused(colleague, ClientBody::WithdrawCall { entry }),
        Refusal::NotYourSeat
    );
    assert_eq!(stand.refused(hr, ClientBody::CallNext), Refusal::SeatBusy);
}

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
fn a_student_who_reloads_is_back_in_the_call() {
    let mut p = pair();
    let call = p.call();
    p.stand.disconnect(p.anna);
    p.stand.pass(3 * SECOND);
    p.stand.media.clear();
    p.anna = p.stand.student_page(1);
    let person = student(1);
    assert_eq!(
        p.stand.media,
        [MediaOrder::Enter {
            call,
            person,
            socket: p.anna
        }]
    );
    assert!(p.seen().here);
    assert_eq!(p.seen().phase, CallPhase::Running);
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
        matches!(body, ServerBody::Booths { booths } if booths.iter().any(|b| b.stuck == 1))
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
        kbps: 1_500,
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
}
