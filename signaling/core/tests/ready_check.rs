//! The ready check: answers, no answer, withdrawn and lost seats.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use signaling_protocol::*;
use support::*;

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
