//! What an ordinary bad day brings to the queue: another fair, a slow disk, a clock that is set, a
//! batch that cannot be stored, a ban.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use signaling_core::{PortalCommand, Stop};
use signaling_protocol::*;
use support::*;

#[test]
fn those_returned_by_the_booth_stand_in_the_order_of_first_waiting() {
    let mut stand = Stand::new(1, 3);
    let seats: Vec<_> = (0..3).map(|n| stand.interviewer(n)).collect();
    let entries: Vec<_> = (1..=4)
        .map(|n| {
            let page = stand.student(n);
            stand.pass(SECOND);
            stand.queue_up(page, seats[0], 0)
        })
        .collect();
    for seat in &seats {
        stand.ok(*seat, ClientBody::CallNext);
    }
    // In which order they come back does not matter.
    for (seat, entry) in [(1, 1), (0, 0), (2, 2)] {
        let entry = entries[entry];
        stand.ok(seats[seat], ClientBody::WithdrawCall { entry });
    }
    assert_eq!(stand.order(seats[0]), entries);
    // Two seats that are lost at once reverse nothing either.
    stand.ok(seats[0], ClientBody::CallNext);
    stand.ok(seats[1], ClientBody::CallNext);
    stand.disconnect(seats[1]);
    stand.disconnect(seats[0]);
    stand.pass(31 * SECOND);
    assert_eq!(stand.order(seats[2]), entries);
}

#[test]
fn a_returned_one_stands_before_those_who_asked_to_wait() {
    let mut stand = Stand::new(1, 2);
    let hr = stand.interviewer(0);
    let pages: Vec<_> = (1..=5).map(|n| stand.student(n)).collect();
    let entries: Vec<_> = pages
        .iter()
        .map(|page| stand.queue_up(*page, hr, 0))
        .collect();
    let later = ClientBody::Later { entry: entries[0] };
    stand.ok(pages[0], later);
    assert_eq!(stand.order(hr)[0], entries[1]);
    stand.ok(hr, ClientBody::CallNext);
    stand.ok(hr, ClientBody::WithdrawCall { entry: entries[1] });
    assert_eq!(stand.order(hr), [1, 2, 3, 0, 4].map(|n: usize| entries[n]));
}

#[test]
fn a_student_who_is_called_in_another_fair_is_passed_over_and_loses_nothing() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let pages: Vec<_> = (1..=2).map(|n| stand.student(n)).collect();
    let entries: Vec<_> = pages
        .iter()
        .map(|page| stand.queue_up(*page, hr, 0))
        .collect();
    stand.fair.handle_elsewhere(stand.now, student(1), true);
    stand.drain();
    let row = |stand: &mut Stand| stand.room(hr).rows[0].clone();
    assert_eq!(row(&mut stand).presence, Presence::Busy);
    let pick = ClientBody::CallPick {
        entry: entries[0],
        reason: "his résumé".into(),
    };
    assert_eq!(stand.refused(hr, pick.clone()), Refusal::StudentBusy);
    stand.ok(hr, ClientBody::CallNext);
    assert_eq!(stand.stage(entries[1]), Stage::Called);
    stand.ok(hr, ClientBody::WithdrawCall { entry: entries[1] });
    // Being busy is no absence: he is not sent back for it.
    stand.pass(30 * MINUTE);
    assert_eq!(stand.row(entries[0]).skipped_ms, None);
    stand.fair.handle_elsewhere(stand.now, student(1), false);
    stand.drain();
    assert_eq!(row(&mut stand).presence, Presence::Online);
    stand.ok(hr, pick);
    assert_eq!(stand.stage(entries[0]), Stage::Called);
}

#[test]
fn a_call_up_that_another_fair_won_puts_the_student_back_where_he_stood() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let pages: Vec<_> = (1..=3).map(|n| stand.student(n)).collect();
    let entries: Vec<_> = pages
        .iter()
        .map(|page| stand.queue_up(*page, hr, 0))
        .collect();
    // The first is away, so the second is called.
    stand.ok(pages[0], ClientBody::Away);
    stand.ok(hr, ClientBody::CallNext);
    assert_eq!(stand.stage(entries[1]), Stage::Called);
    let seat_of = stand.fair.handle_called_elsewhere(stand.now, student(2));
    stand.drain();
    assert_eq!(seat_of, Some(seat(0)));
    assert_eq!(stand.order(hr), entries);
    let row = stand.row(entries[1]);
    assert_eq!(
        (row.stage, row.misses, row.cause),
        (Stage::Waiting, 0, None)
    );
    stand.ok(hr, ClientBody::CallNext);
    assert_eq!(stand.stage(entries[2]), Stage::Called);
}

#[test]
fn an_answer_counts_by_when_it_came() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    stand.ok(hr, ClientBody::CallNext);
    // It came a moment before the end; the server gets to it when the time is long over.
    let came = stand.now + 45 * SECOND - 1;
    let actor = stand.actors[&anna].clone();
    let answered = stand
        .fair
        .handle_action(came, &actor, ClientBody::Ready { entry });
    assert!(answered.is_ok());
    stand.drain();
    stand.pass(60 * SECOND);
    assert_eq!(stand.row(entry).misses, 0);
    assert_ne!(stand.stage(entry), Stage::Waiting);
}

#[test]
fn time_in_which_nothing_could_be_stored_costs_nobody_a_place() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    let ends = stand.fair.fair_view().ends_ms;
    stand.ok(hr, ClientBody::CallNext);
    let until = stand.row(entry).deadline_ms.unwrap();
    stand.hear();
    stand.now += 60 * SECOND;
    stand.fair.handle_stop(stand.now, 60 * SECOND, Stop::Stall);
    stand.drain();
    assert_eq!(stand.stage(entry), Stage::Called);
    assert_eq!(stand.row(entry).deadline_ms, Some(until + 60 * SECOND));
    let told = stand.heard_by(student(1));
    assert_eq!(told.last().unwrap().deadline_ms, Some(until + 60 * SECOND));
    stand.ok(anna, ClientBody::Ready { entry });
    assert_eq!(
        stand.fair.fair_view().ends_ms,
        ends,
        "the fair's end is planned"
    );
}

#[test]
fn a_clock_that_is_set_by_an_hour_expires_nothing_and_keeps_everything_running() {
    for by in [60 * MINUTE, -60 * MINUTE] {
        let Pair {
            mut stand,
            hr,
            anna,
            entry,
        } = pair();
        let ben = stand.student(2);
        let second = stand.queue_up(ben, hr, 0);
        stand.ok(ben, ClientBody::Away);
        let left = stand.student(3);
        let third = stand.queue_up(left, hr, 0);
        stand.disconnect(left);
        stand.ok(hr, ClientBody::CallNext);

        stand.now += by;
        stand.fair.handle_stop(stand.now, by, Stop::ClockStep);
        stand.drain();
        assert_eq!(stand.stage(entry), Stage::Called);
        assert_eq!(stand.stage(second), Stage::Waiting);
        assert_eq!(stand.stage(third), Stage::Waiting);
        stand.pass(40 * SECOND);
        assert_eq!(stand.stage(entry), Stage::Called);
        stand.ok(anna, ClientBody::Ready { entry });
        stand.pass(11 * SECOND);
        assert_eq!(stand.stage(entry), Stage::InCall, "started by itself");
        // The others' times end when they should, counted from then on.
        stand.pass(14 * MINUTE);
        assert_eq!(stand.stage(third), Stage::Waiting);
        stand.pass(MINUTE);
        assert_eq!(stand.stage(third), Stage::Left);
        assert_eq!(stand.view(ben).away_until_ms, None);
        let rows = stand.store.sorted();
        assert_eq!(sorted(stand.fair.rows()), rows);
    }
}

#[test]
fn an_undo_gives_nobody_more_places_than_the_fair_allows() {
    let mut stand = Stand::new(5, 1);
    let seats: Vec<_> = (0..5).map(|n| stand.interviewer(n)).collect();
    let page = stand.student(1);
    let refused = stand.apply(page, 0);
    stand.ok(seats[0], ClientBody::Refuse { entry: refused });
    let missed = stand.queue_up(page, seats[1], 1);
    for _ in 0..2 {
        stand.ok(seats[1], ClientBody::CallNext);
        stand.pass(46 * SECOND);
    }
    assert_eq!(stand.stage(missed), Stage::Missed);
    for b in 2..5 {
        stand.apply(page, b);
    }
    let undo = ClientBody::UndoRefuse { entry: refused };
    assert_eq!(stand.refused(seats[0], undo), Refusal::TooManyQueues);
    let undo = ClientBody::UndoMissed { entry: missed };
    assert_eq!(stand.refused(seats[1], undo), Refusal::TooManyQueues);
    assert_eq!(
        stand
            .view(page)
            .entries
            .iter()
            .filter(|e| { matches!(e.stage, Stage::Applied | Stage::Waiting) })
            .count(),
        3
    );
}

#[test]
fn a_ban_ends_everything_as_removed_with_its_reason() {
    let mut stand = Stand::new(2, 1);
    let (hr, other) = (stand.interviewer(0), stand.interviewer(1));
    let anna = stand.student(1);
    let entry = stand.queue_up(anna, hr, 0);
    let waiting = stand.queue_up(anna, other, 1);
    let call = stand.call(hr, anna, entry);
    let why = Some("冒用他人身份".to_owned());
    let person = student(1);
    stand
        .portal(PortalCommand::ShutOut { person, why })
        .unwrap();
    for entry in [entry, waiting] {
        let row = stand.row(entry);
        assert_eq!(row.stage, Stage::Removed);
        assert_eq!(row.cause, Some(Cause::RemovedByPlatform));
        assert_eq!(row.reason.as_deref(), Some("冒用他人身份"));
    }
    let view = stand.room(hr);
    assert!(
        matches!(view.seats[0].state, SeatState::Idle),
        "no evaluation is due of it: {:?}",
        view.seats
    );
    let row = stand.store.rows.calls.iter().find(|row| row.call == call);
    assert!(row.is_some_and(|row| row.ended_ms.is_some() && !row.done));
}

#[test]
fn who_ends_his_account_has_left() {
    let Pair {
        mut stand, entry, ..
    } = pair();
    let person = student(1);
    stand
        .portal(PortalCommand::ShutOut { person, why: None })
        .unwrap();
    assert_eq!(stand.stage(entry), Stage::Left);
}

#[test]
fn a_batch_that_is_given_up_leaves_everyone_where_he_was_and_tells_nobody() {
    let mut stand = Stand::new(1, 2);
    let (hr, colleague) = (stand.interviewer(0), stand.interviewer(1));
    let anna = stand.student(1);
    let ben = stand.student(2);
    let cleo = stand.student_page(3);
    let (first, second) = (stand.queue_up(anna, hr, 0), stand.queue_up(ben, hr, 0));
    let call = stand.call(hr, anna, first);
    stand.ok(ben, ClientBody::Visible { visible: true });
    stand.pass(SECOND);
    let (before, shown) = (stand.store.clone(), stand.room(hr));
    let mut tabs: Vec<_> = [anna, ben, cleo].map(|page| stand.view(page)).into();
    stand.hear();

    // The call ends, the second is called, a socket goes: nothing of it is stored.
    let actor = |stand: &Stand, socket| stand.actors[&socket].clone();
    for (socket, body) in [
        (hr, ClientBody::End { call }),
        (colleague, ClientBody::CallNext),
    ] {
        let actor = actor(&stand, socket);
        stand.fair.handle_action(stand.now, &actor, body).unwrap();
    }
    while stand.fair.poll_command().is_some() {}
    let rows = before.rows.clone();
    stand.fair.reread(setup(1, 2), rows, [4; 32], stand.now);
    stand.drain();

    let same = |rows: &signaling_core::Rows| sorted(rows.clone());
    assert_eq!(same(&stand.store.rows), same(&before.rows));
    assert_eq!(stand.store.events.len(), before.events.len());
    assert_eq!(stand.room(hr), shown);
    let said = stand.hear();
    assert!(
        said.iter()
            .all(|(_, body, _)| !matches!(body, ServerBody::Student(_) | ServerBody::Booth(_))),
        "{said:?}"
    );
    for (page, tab) in [anna, ben, cleo].iter().zip(&mut tabs) {
        assert_eq!(stand.view(*page), *tab);
    }
    // And it goes on from there: the call is on its devices, the page is still in the foreground.
    stand.ok(hr, ClientBody::Extend { call });
    stand.ok(colleague, ClientBody::CallNext);
    assert_eq!(stand.row(second).ready_ms, Some(25 * SECOND));
    stand.ok(hr, ClientBody::End { call });
}

#[test]
fn a_given_up_batch_keeps_who_came_and_who_went_before_it() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    let call = stand.call(hr, anna, entry);
    // The student's tab lost its socket; its media are still in the call.
    let lost = stand.actors[&anna].clone();
    stand.disconnect(anna);
    let before = stand.store.clone();
    let actor = stand.actors[&hr].clone();
    stand
        .fair
        .handle_action(stand.now, &actor, ClientBody::Extend { call })
        .unwrap();
    while stand.fair.poll_command().is_some() {}
    let rows = before.rows.clone();
    stand.fair.reread(setup(1, 2), rows, [4; 32], stand.now);
    stand.drain();
    stand.media.clear();
    let back = stand.resume(&lost);
    assert!(stand.view(back).call.is_some_and(|call| call.here));
    assert_eq!(sorted(stand.fair.rows()), stand.store.sorted());
}

#[test]
fn news_that_went_with_a_given_up_batch_wait_again() {
    let mut stand = Stand::new(1, 1);
    let (hr, anna, ben) = (stand.interviewer(0), stand.student(1), stand.student(2));
    let first = stand.queue_up(anna, hr, 0);
    stand.queue_up(ben, hr, 0);
    // Just told, so what comes next waits a moment.
    stand.ok(anna, ClientBody::Leave { entry: first });
    stand.hear();
    let before = stand.store.clone();
    // A batch whose time it is tells it, and is given up.
    stand.refusing = true;
    stand.pass(SECOND);
    stand.refusing = false;
    let rows = before.rows.clone();
    stand.fair.reread(setup(1, 1), rows, [4; 32], stand.now);
    stand.drain();
    stand.pass(SECOND);
    let said = stand.hear();
    let gone = said.iter().any(
        |(_, body, _)| matches!(body, ServerBody::Queue { gone, .. } if gone.contains(&first)),
    );
    assert!(gone, "{said:?}");
}

#[test]
fn an_evaluation_saved_in_the_call_is_not_due_afterwards() {
    let Pair {
        mut stand,
        hr,
        anna,
        entry,
    } = pair();
    let call = stand.call(hr, anna, entry);
    let outcome = Outcome::Pass;
    stand
        .portal(PortalCommand::EvaluationSaved { call, outcome })
        .unwrap();
    stand.ok(hr, ClientBody::End { call });
    assert_eq!(stand.room(hr).seats[0].state, SeatState::Idle);
}
