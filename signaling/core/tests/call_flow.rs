//! From application to evaluation.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use signaling_core::{Audience, MediaOrder, PortalCommand};
use signaling_protocol::*;
use support::*;

#[test]
fn an_application_becomes_an_interview_and_an_evaluation() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let anna = stand.student(1);
    let entry = stand.apply(anna, 0);
    assert_eq!(stand.stage(entry), Stage::Applied);
    assert_eq!(stand.room(hr).rows.len(), 1);

    stand.ok(hr, ClientBody::Accept { entry });
    let view = stand.view(anna).entries[0].clone();
    assert_eq!((view.stage, view.position), (Stage::Waiting, Some(1)));
    assert_eq!(view.wait, Some(Wait::UnderTwoMinutes));

    stand.ok(hr, ClientBody::CallNext);
    let view = stand.view(anna).entries[0].clone();
    assert_eq!(
        (view.stage, view.wait),
        (Stage::Called, Some(Wait::YourTurn))
    );
    assert_eq!(view.deadline_ms, Some(stand.now + 45_000));
    assert_eq!(stand.room(hr).seats[0].state, SeatState::Calling { entry });

    stand.ok(anna, ClientBody::Ready { entry });
    assert_eq!(stand.stage(entry), Stage::Ready);
    stand.ok(hr, ClientBody::Start { entry });
    let call = stand.row(entry).call.unwrap();
    let mut entered: Vec<_> = stand
        .media
        .drain(..)
        .map(|order| match order {
            MediaOrder::Enter {
                call: at, socket, ..
            } if at == call => socket,
            other => panic!("{other:?}"),
        })
        .collect();
    entered.sort();
    assert_eq!(entered, [hr, anna]);
    let seen = stand.view(anna).call.unwrap();
    assert_eq!(
        (seen.phase, seen.here, seen.participants.len()),
        (CallPhase::Running, true, 2)
    );

    stand.pass(5 * MINUTE);
    stand.ok(hr, ClientBody::End { call });
    assert_eq!(stand.stage(entry), Stage::Done);
    assert_eq!(
        stand.room(hr).seats[0].state,
        SeatState::Evaluating { call }
    );
    assert_eq!(stand.media.len(), 2);
    let outcome = Outcome::Pass;
    stand
        .portal(PortalCommand::EvaluationSaved { call, outcome })
        .unwrap();
    assert_eq!(stand.room(hr).seats[0].state, SeatState::Idle);
    assert_eq!(stand.store.rows.calls[0].outcome, Some(outcome));
    assert_eq!(
        stand.view(anna).call.unwrap().outcome,
        None,
        "not for the student's eyes"
    );
}

#[test]
fn a_late_evaluation_of_one_call_is_not_shown_in_the_next() {
    let mut stand = Stand::new(2, 1);
    let (first, second) = (stand.interviewer(0), stand.interviewer(1));
    let anna = stand.student(1);
    let entry = stand.queue_up(anna, first, 0);
    let call = stand.call(first, anna, entry);
    stand.ok(first, ClientBody::End { call });
    let entry = stand.queue_up(anna, second, 1);
    let next = stand.call(second, anna, entry);
    stand.hear();
    let outcome = Outcome::Pass;
    stand
        .portal(PortalCommand::EvaluationSaved { call, outcome })
        .unwrap();
    let heard = stand.hear();
    let calls = heard.iter().filter_map(|(to, body, _)| match (to, body) {
        (Audience::Socket(_, socket), ServerBody::Call { call }) => Some((*socket, call.call)),
        _ => None,
    });
    assert_eq!(calls.collect::<Vec<_>>(), [(first, call)]);
    assert_eq!(stand.view(anna).call.unwrap().call, next);
}
