//! Phases of a fair, the staff, and the restart of the server.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use signaling_protocol::*;
use support::*;

#[test]
fn before_the_fair_only_the_device_test_works() {
    let fair = signaling_core::Fair::new(setup(1, 1), [1; 32], BEGIN - MINUTE);
    assert_eq!(fair.fair_view().phase, FairPhase::Upcoming);
    let mut early = setup(1, 1);
    early.starts_ms = BEGIN + MINUTE;
    let mut stand = Stand::with(early);
    let who = stand.student(1);
    let apply = ClientBody::Apply {
        booth: booth(0),
        job: None,
    };
    assert_eq!(stand.refused(who, apply.clone()), Refusal::FairNotOpen);
    stand.pass(MINUTE);
    stand.ok(who, apply);
}

#[test]
fn at_the_end_calls_may_finish_and_the_rest_expires() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let (anna, ben) = (stand.student(1), stand.student(2));
    let first = stand.queue_up(anna, hr, 0);
    let second = stand.queue_up(ben, hr, 0);
    let call = stand.call(hr, anna, first);
    let staff = stand.staff();
    stand.hear();
    stand.ok(staff, ClientBody::EndFair);
    assert_eq!(stand.stage(second), Stage::Expired);
    assert_eq!(
        stand.heard_by(student(2)).pop().unwrap().cause,
        Some(Cause::FairEnded)
    );
    assert_eq!(stand.fair.fair_view().phase, FairPhase::Overrun);
    let apply = ClientBody::Apply {
        booth: booth(0),
        job: None,
    };
    assert_eq!(stand.refused(ben, apply), Refusal::FairEnded);
    stand.pass(5 * MINUTE);
    stand.ok(hr, ClientBody::End { call });
    assert_eq!(stand.stage(first), Stage::Done);
    assert_eq!(
        stand.fair.fair_view().phase,
        FairPhase::Ended,
        "nobody is left to finish"
    );
}

#[test]
fn after_the_end_nobody_goes_back_to_a_queue() {
    let mut stand = Stand::new(1, 2);
    let (hr, other) = (stand.interviewer(0), stand.interviewer(1));
    let (anna, ben) = (stand.student(1), stand.student(2));
    let first = stand.queue_up(anna, hr, 0);
    let second = stand.queue_up(ben, hr, 0);
    stand.ok(hr, ClientBody::CallNext);
    stand.ok(other, ClientBody::CallNext);
    let staff = stand.staff();
    stand.ok(staff, ClientBody::EndFair);
    stand.ok(hr, ClientBody::WithdrawCall { entry: first });
    assert_eq!(stand.stage(first), Stage::Expired);
    stand.pass(45 * SECOND);
    assert_eq!(stand.stage(second), Stage::Expired);
    assert_eq!(stand.fair.fair_view().phase, FairPhase::Ended);
}

#[test]
fn the_overrun_ends_after_fifteen_minutes_unless_it_is_extended() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let anna = stand.student(1);
    let entry = stand.queue_up(anna, hr, 0);
    stand.call(hr, anna, entry);
    let staff = stand.staff();
    stand.ok(staff, ClientBody::EndFair);
    stand.ok(staff, ClientBody::ExtendFair { minutes: 10 });
    stand.pass(25 * MINUTE - 1);
    assert_eq!(stand.stage(entry), Stage::InCall);
    stand.pass(1);
    assert_eq!(stand.stage(entry), Stage::Done);
    assert_eq!(stand.fair.fair_view().phase, FairPhase::Ended);
    assert_eq!(
        stand.fair.poll_timeout(),
        stand.fair.poll_timeout().filter(|t| *t > stand.now)
    );
}

#[test]
fn staff_broadcast_extend_pause_and_remove() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let anna = stand.student(1);
    let entry = stand.queue_up(anna, hr, 0);
    let staff = stand.staff();
    stand.hear();
    stand.ok(
        staff,
        ClientBody::Broadcast {
            text: "lunch".into(),
        },
    );
    assert!(stand.hear().iter().any(|(to, body, stamp)| {
        *to == signaling_core::Audience::Everyone && body.kind() == "broadcast" && stamp.is_some()
    }));
    let ends = stand.fair.fair_view().ends_ms;
    stand.ok(staff, ClientBody::ExtendFair { minutes: 30 });
    assert_eq!(stand.fair.fair_view().ends_ms, ends + 30 * MINUTE);
    stand.ok(
        staff,
        ClientBody::PauseBooth {
            booth: booth(0),
            message: "call us".into(),
        },
    );
    assert_eq!(
        stand.refused(hr, ClientBody::CallNext),
        Refusal::QueuePaused
    );
    stand.ok(staff, ClientBody::ResumeBooth { booth: booth(0) });
    let call = stand.call(hr, anna, entry);
    stand.ok(
        staff,
        ClientBody::RemoveEntry {
            entry,
            reason: "rules".into(),
        },
    );
    assert_eq!(stand.stage(entry), Stage::Removed);
    assert_eq!(stand.row(entry).cause, Some(Cause::RemovedByStaff));
    assert_eq!(
        stand.refused(hr, ClientBody::End { call }),
        Refusal::WrongStage
    );
    assert_eq!(stand.room(hr).seats[0].state, SeatState::Idle);
}

#[test]
fn the_console_hears_changed_booths_together() {
    let mut stand = Stand::new(3, 1);
    let hr = stand.interviewer(0);
    let staff = stand.staff();
    let anna = stand.student(1);
    stand.pass(MINUTE);
    stand.hear();
    stand.queue_up(anna, hr, 0);
    stand.apply(anna, 1);
    let count = |stand: &Stand| {
        stand
            .said
            .iter()
            .filter(|(_, body, _)| body.kind() == "console_news")
            .count()
    };
    assert_eq!(count(&stand), 1, "the first at once");
    stand.pass(500);
    let booths: Vec<_> = stand
        .hear()
        .into_iter()
        .filter_map(|(_, body, _)| match body {
            ServerBody::ConsoleNews(news) => Some(news.lines.len()),
            _ => None,
        })
        .collect();
    assert_eq!(booths, [1, 2], "then one message for both");
    let _ = staff;
}

#[test]
fn after_a_restart_everyone_who_comes_back_finds_his_place() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let entries: Vec<_> = (1..=5)
        .map(|n| {
            let who = stand.student(n);
            stand.queue_up(who, hr, 0)
        })
        .collect();
    let before = stand.store.sorted();
    stand.restart(setup(1, 1), 90 * SECOND);
    assert_eq!(sorted(stand.fair.rows()).entries, before.entries);
    let hr = stand.interviewer(0);
    assert_eq!(stand.order(hr), entries);
    for n in (1..=5).rev() {
        let who = stand.student_page(n);
        assert_eq!(
            stand.view(who).entries[0].position,
            Some(u32::try_from(n).unwrap())
        );
    }
}

#[test]
fn after_a_restart_calling_waits_for_four_of_five_so_that_the_head_is_called() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let entries: Vec<_> = (1..=5)
        .map(|n| {
            let who = stand.student(n);
            stand.queue_up(who, hr, 0)
        })
        .collect();
    stand.restart(setup(1, 1), 5 * SECOND);
    let hr = stand.interviewer(0);
    for n in [5, 4, 3] {
        stand.student_page(n);
        assert_eq!(stand.refused(hr, ClientBody::CallNext), Refusal::Settling);
    }
    stand.student_page(1);
    stand.ok(hr, ClientBody::CallNext);
    assert_eq!(stand.stage(entries[0]), Stage::Called);
}

#[test]
fn after_a_restart_calling_opens_after_ten_seconds_whoever_is_back() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    for n in 1..=5 {
        let who = stand.student(n);
        stand.queue_up(who, hr, 0);
    }
    stand.restart(setup(1, 1), 5 * SECOND);
    let hr = stand.interviewer(0);
    stand.student_page(3);
    stand.pass(10 * SECOND - 1);
    assert_eq!(stand.refused(hr, ClientBody::CallNext), Refusal::Settling);
    stand.pass(1);
    stand.ok(hr, ClientBody::CallNext);
}

#[test]
fn a_draining_server_begins_nothing_and_lets_interviews_run() {
    let mut stand = Stand::new(1, 2);
    let (hr, other) = (stand.interviewer(0), stand.interviewer(1));
    let (anna, ben) = (stand.student(1), stand.student(2));
    let talking = stand.queue_up(anna, hr, 0);
    let call = stand.call(hr, anna, talking);
    let ready = stand.queue_up(ben, hr, 0);
    stand.ok(other, ClientBody::CallNext);
    stand.ok(ben, ClientBody::Ready { entry: ready });
    let before = stand.row(ready);
    assert_eq!(stand.fair.running_calls(), 1);

    stand.fair.handle_drain(stand.now);
    let start = ClientBody::Start { entry: ready };
    assert_eq!(stand.refused(other, start.clone()), Refusal::Restarting);
    stand.pass(20 * SECOND);
    assert_eq!(stand.row(ready), before, "nor does it start by itself");
    stand.ok(hr, ClientBody::Extend { call });
    stand.ok(hr, ClientBody::End { call });
    assert_eq!(stand.stage(talking), Stage::Done);
    assert_eq!(stand.fair.running_calls(), 0);
    assert_eq!(stand.refused(hr, ClientBody::CallNext), Refusal::Restarting);

    stand.restart(setup(1, 2), 5 * SECOND);
    let other = stand.interviewer(1);
    stand.student_page(2);
    stand.ok(other, start);
    assert_eq!(stand.stage(ready), Stage::InCall);
}

#[test]
fn every_deadline_moves_by_the_time_that_the_server_was_down() {
    let mut stand = Stand::new(1, 2);
    let (hr, other) = (stand.interviewer(0), stand.interviewer(1));
    let (anna, ben) = (stand.student(1), stand.student(2));
    let called = stand.queue_up(anna, hr, 0);
    let talking = stand.queue_up(ben, hr, 0);
    stand.ok(
        hr,
        ClientBody::CallPick {
            entry: talking,
            reason: "x".into(),
        },
    );
    stand.ok(ben, ClientBody::Ready { entry: talking });
    stand.ok(hr, ClientBody::Start { entry: talking });
    let carl = stand.student(3);
    let refused = stand.apply(carl, 0);
    stand.ok(hr, ClientBody::Refuse { entry: refused });
    stand.pass(MINUTE);
    stand.ok(other, ClientBody::CallNext);
    stand.pass(20 * SECOND);
    let down = 4 * MINUTE;
    let before = stand.row(called).deadline_ms.unwrap();
    let undo = stand.row(refused).deadline_ms.unwrap();
    stand.restart(setup(1, 2), down);
    assert_eq!(stand.row(called).deadline_ms, Some(before + down));
    assert_eq!(stand.row(refused).deadline_ms, Some(undo + down));
    let other = stand.interviewer(1);
    let hr = stand.interviewer(0);
    let anna = stand.student_page(1);
    let ben = stand.student_page(2);
    let seen = stand.view(ben).call.unwrap();
    assert!(seen.here);
    assert_eq!(seen.phase, CallPhase::Running);
    let used = i64::try_from(seen.used_ms).unwrap() + stand.now - seen.clock_at_ms;
    assert_eq!(used, 80 * SECOND, "the time down is not counted");
    stand.pass(24 * SECOND);
    stand.ok(anna, ClientBody::Ready { entry: called });
    stand.ok(other, ClientBody::Start { entry: called });
    let _ = hr;
}

#[test]
fn what_was_learned_and_what_is_due_survive_a_restart() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    for n in 1..=4 {
        let who = stand.student(n);
        let entry = stand.queue_up(who, hr, 0);
        let call = stand.call(hr, who, entry);
        stand.pass(200 * SECOND);
        stand.ok(hr, ClientBody::End { call });
        stand.pass(SECOND);
    }
    let brief = stand.fair.brief(booth(0)).unwrap();
    assert!(brief.average_ms < 600_000 && brief.done == 4);
    let rows = sorted(stand.fair.rows());
    stand.restart(setup(1, 1), 0);
    let after = stand.fair.brief(booth(0)).unwrap();
    assert_eq!((after.average_ms, after.done), (brief.average_ms, 4));
    assert_eq!(after.wait_p90_ms, brief.wait_p90_ms);
    let hr = stand.interviewer(0);
    assert!(matches!(
        stand.room(hr).seats[0].state,
        SeatState::Evaluating { .. }
    ));
    assert_eq!(sorted(stand.fair.rows()).calls, rows.calls);
}
