//! Applications, order, away, offline, several queues.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use signaling_protocol::*;
use support::*;

/// `n` students (1..) in the queue of booth 0; students' sockets and entries.
fn line(
    stand: &mut Stand,
    hr: signaling_core::SocketId,
    n: u128,
) -> Vec<(signaling_core::SocketId, EntryId)> {
    (1..=n)
        .map(|n| {
            let socket = stand.student(n);
            let entry = stand.queue_up(socket, hr, 0);
            (socket, entry)
        })
        .collect()
}

fn entries(line: &[(signaling_core::SocketId, EntryId)]) -> Vec<EntryId> {
    line.iter().map(|(_, entry)| *entry).collect()
}

#[test]
fn an_application_needs_all_that_the_rules_name() {
    let mut stand = Stand::new(5, 1);
    let apply = |b: u128| ClientBody::Apply {
        booth: booth(b),
        job: None,
    };
    let role = |admitted, resume_complete| {
        Role::Student(Admission {
            admitted,
            resume_complete,
        })
    };
    let who = stand.connect(student(1), role(false, true), PageKind::Queues);
    assert_eq!(stand.refused(who, apply(0)), Refusal::NotAdmitted);
    let who = stand.connect(student(1), role(true, false), PageKind::Queues);
    assert_eq!(stand.refused(who, apply(0)), Refusal::ResumeIncomplete);
    let who = stand.student_page(1);
    assert_eq!(stand.refused(who, apply(0)), Refusal::DeviceTestMissing);
    let mut report = passed();
    report.microphone = false;
    stand.ok(who, ClientBody::DeviceTest { report });
    assert_eq!(stand.refused(who, apply(0)), Refusal::DeviceTestMissing);
    stand.ok(who, ClientBody::DeviceTest { report: passed() });
    assert_eq!(stand.refused(who, apply(99)), Refusal::NotFound);
    stand.apply(who, 0);
    assert_eq!(stand.refused(who, apply(0)), Refusal::AlreadyHere);
    stand.apply(who, 1);
    let third = stand.apply(who, 2);
    assert_eq!(stand.refused(who, apply(3)), Refusal::TooManyQueues);
    stand.ok(who, ClientBody::Leave { entry: third });
    assert_eq!(stand.stage(third), Stage::Withdrawn);
    stand.apply(who, 3);
}

#[test]
fn a_device_test_counts_for_24_hours() {
    let mut setup = setup(1, 1);
    setup.ends_ms = BEGIN + 72 * 60 * MINUTE;
    let mut stand = Stand::with(setup);
    let who = stand.student(1);
    stand.pass(24 * 60 * MINUTE + 1);
    let apply = ClientBody::Apply {
        booth: booth(0),
        job: None,
    };
    assert_eq!(stand.refused(who, apply), Refusal::DeviceTestMissing);
}

#[test]
fn a_refusal_is_final_but_can_be_undone_for_ten_minutes() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let who = stand.student(1);
    let entry = stand.apply(who, 0);
    stand.ok(hr, ClientBody::Refuse { entry });
    assert_eq!(stand.stage(entry), Stage::Declined);
    assert_eq!(stand.room(hr).rows.len(), 1, "shown while it can be undone");
    let again = ClientBody::Apply {
        booth: booth(0),
        job: None,
    };
    assert_eq!(stand.refused(who, again.clone()), Refusal::RefusedBefore);
    stand.pass(10 * MINUTE - 1);
    stand.ok(hr, ClientBody::UndoRefuse { entry });
    assert_eq!(stand.stage(entry), Stage::Applied);
    stand.ok(hr, ClientBody::Refuse { entry });
    stand.pass(10 * MINUTE);
    assert_eq!(
        stand.refused(hr, ClientBody::UndoRefuse { entry }),
        Refusal::TooLate
    );
    assert!(stand.room(hr).rows.is_empty());
    assert_eq!(stand.refused(who, again), Refusal::RefusedBefore);
}

#[test]
fn an_application_that_does_not_fit_into_the_time_left_is_refused() {
    let mut setup = setup(1, 1);
    setup.ends_ms = BEGIN + 15 * MINUTE;
    let mut stand = Stand::with(setup);
    let hr = stand.interviewer(0);
    line(&mut stand, hr, 2);
    let who = stand.student(3);
    let apply = ClientBody::Apply {
        booth: booth(0),
        job: None,
    };
    assert_eq!(stand.refused(who, apply), Refusal::NoTimeLeft);
}

#[test]
fn later_costs_three_places_and_works_twice() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 6);
    let ids = entries(&queue);
    let (who, entry) = queue[0];
    stand.hear();
    stand.ok(who, ClientBody::Later { entry });
    assert_eq!(
        stand.order(hr),
        [ids[1], ids[2], ids[3], ids[0], ids[4], ids[5]]
    );
    let told = stand.heard_by(student(1)).pop().unwrap();
    assert_eq!(
        (told.position, told.cause, told.laters_left),
        (Some(4), Some(Cause::Later), 1)
    );
    let told = stand.heard_by(student(2)).pop().unwrap();
    assert_eq!(told.position, Some(1));
    assert!(
        stand.heard_by(student(5)).is_empty(),
        "nothing changed for those behind"
    );
    stand.ok(who, ClientBody::Later { entry });
    assert_eq!(stand.order(hr).last(), Some(&entry));
    assert_eq!(
        stand.refused(who, ClientBody::Later { entry }),
        Refusal::UsedUp
    );
}

#[test]
fn later_at_the_tail_costs_nothing() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 2);
    let (who, entry) = queue[1];
    stand.ok(who, ClientBody::Later { entry });
    assert_eq!(stand.row(entry).laters, 0);
}

#[test]
fn later_answers_a_call_up_too() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 5);
    let ids = entries(&queue);
    stand.ok(hr, ClientBody::CallNext);
    stand.ok(queue[0].0, ClientBody::Later { entry: ids[0] });
    assert_eq!(stand.order(hr), [ids[1], ids[2], ids[3], ids[0], ids[4]]);
    assert_eq!(stand.row(ids[0]).laters, 1);
    assert_eq!(stand.room(hr).seats[0].state, SeatState::Idle);
}

#[test]
fn away_is_skipped_keeps_the_place_and_ends_by_itself() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 3);
    let ids = entries(&queue);
    stand.ok(queue[0].0, ClientBody::Away);
    let row = stand
        .room(hr)
        .rows
        .into_iter()
        .find(|row| row.entry == ids[0])
        .unwrap();
    assert!(matches!(row.presence, Presence::Away { .. }));
    stand.ok(hr, ClientBody::CallNext);
    assert_eq!(stand.stage(ids[1]), Stage::Called);
    assert_eq!(stand.order(hr), [ids[0], ids[2]]);
    stand.pass(10 * MINUTE);
    assert_eq!(stand.view(queue[0].0).away_until_ms, None);
    stand.ok(queue[0].0, ClientBody::Away);
    stand.ok(queue[0].0, ClientBody::Back);
    assert_eq!(stand.refused(queue[0].0, ClientBody::Away), Refusal::UsedUp);
}

#[test]
fn whoever_is_passed_over_at_the_head_for_ten_minutes_goes_three_back() {
    let mut stand = Stand::new(1, 3);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 6);
    let ids = entries(&queue);
    stand.disconnect(queue[0].0);
    stand.ok(hr, ClientBody::CallNext);
    assert_eq!(stand.stage(ids[1]), Stage::Called);
    stand.ok(queue[1].0, ClientBody::Leave { entry: ids[1] });
    stand.pass(10 * MINUTE);
    assert_eq!(stand.order(hr), [ids[2], ids[3], ids[4], ids[0], ids[5]]);
    assert_eq!(stand.row(ids[0]).cause, Some(Cause::SkippedAtHead));
}

#[test]
fn an_offline_student_keeps_the_place_then_is_away_then_has_left() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 2);
    let (who, entry) = queue[0];
    let presence = |stand: &mut Stand| {
        stand
            .room(hr)
            .rows
            .into_iter()
            .find(|row| row.entry == entry)
            .unwrap()
            .presence
    };
    stand.disconnect(who);
    assert!(matches!(presence(&mut stand), Presence::Offline { .. }));
    stand.pass(5 * MINUTE);
    assert!(matches!(presence(&mut stand), Presence::Away { .. }));
    stand.pass(10 * MINUTE - 1);
    assert_eq!(stand.order(hr)[0], entry);
    stand.pass(1);
    assert_eq!(stand.stage(entry), Stage::Left);
    assert_eq!(stand.row(entry).cause, Some(Cause::OfflineTooLong));
}

#[test]
fn coming_back_on_another_device_restores_the_place_silently() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 2);
    let (who, entry) = queue[0];
    stand.disconnect(who);
    stand.pass(14 * MINUTE);
    let phone = stand.student_page(1);
    stand.pass(60 * MINUTE);
    assert_eq!(stand.order(hr)[0], entry);
    assert_eq!(stand.view(phone).entries[0].position, Some(1));
    stand.ok(hr, ClientBody::CallNext);
    assert_eq!(stand.stage(entry), Stage::Called);
}

#[test]
fn a_second_tab_keeps_a_person_online() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 1);
    let _phone = stand.student_page(1);
    stand.disconnect(queue[0].0);
    assert_eq!(stand.room(hr).rows[0].presence, Presence::Online);
}

#[test]
fn two_booths_that_call_one_student_the_first_commit_wins() {
    let mut stand = Stand::new(2, 1);
    let (hr, other) = (stand.interviewer(0), stand.interviewer(1));
    let anna = stand.student(1);
    let here = stand.queue_up(anna, hr, 0);
    let there = stand.queue_up(anna, other, 1);
    let ben = stand.student(2);
    let next = stand.queue_up(ben, other, 1);
    stand.ok(hr, ClientBody::CallNext);
    stand.ok(other, ClientBody::CallNext);
    assert_eq!(stand.stage(here), Stage::Called);
    assert_eq!(stand.stage(there), Stage::Waiting, "keeps the place");
    assert_eq!(
        stand.stage(next),
        Stage::Called,
        "the other passes on to its next"
    );
    let row = stand
        .room(other)
        .rows
        .into_iter()
        .find(|row| row.entry == there)
        .unwrap();
    assert_eq!(row.presence, Presence::Busy);
    let pick = ClientBody::CallPick {
        entry: there,
        reason: "now".into(),
    };
    stand.ok(other, ClientBody::WithdrawCall { entry: next });
    assert_eq!(stand.refused(other, pick), Refusal::StudentBusy);
    assert_eq!(stand.refused(anna, ClientBody::Away), Refusal::WrongStage);
}

#[test]
fn nobody_is_called_who_is_not_there() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 1);
    stand.disconnect(queue[0].0);
    assert_eq!(
        stand.refused(hr, ClientBody::CallNext),
        Refusal::NobodyCallable
    );
}

#[test]
fn a_pick_needs_a_reason_that_is_logged_and_not_shown() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 2);
    let entry = queue[1].1;
    stand.ok(
        hr,
        ClientBody::CallPick {
            entry,
            reason: "appointment".into(),
        },
    );
    assert_eq!(stand.stage(entry), Stage::Called);
    assert_eq!(
        stand.store.events.last().unwrap().text.as_deref(),
        Some("appointment")
    );
    assert_eq!(stand.view(queue[1].0).entries[0].reason, None);
}

#[test]
fn a_paused_queue_takes_and_calls_nobody_and_resumes_by_itself() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 1);
    stand.hear();
    stand.ok(
        hr,
        ClientBody::PauseQueue {
            minutes: Some(15),
            message: "break".into(),
        },
    );
    let told = stand.heard_by(student(1)).pop().unwrap();
    assert!(matches!(told.queue, QueueState::Paused { .. }));
    assert_eq!(
        stand.refused(hr, ClientBody::CallNext),
        Refusal::QueuePaused
    );
    let late = stand.student(2);
    let apply = ClientBody::Apply {
        booth: booth(0),
        job: None,
    };
    assert_eq!(stand.refused(late, apply.clone()), Refusal::QueuePaused);
    let wait = stand.view(queue[0].0).entries[0].wait;
    assert!(
        matches!(wait, Some(Wait::Range { .. })),
        "it waits for the pause to end: {wait:?}"
    );
    stand.pass(15 * MINUTE);
    stand.ok(late, apply.clone());
    stand.ok(hr, ClientBody::CloseQueue);
    let later = stand.student(3);
    assert_eq!(stand.refused(later, apply), Refusal::QueueClosed);
    stand.ok(hr, ClientBody::CallNext);
}

#[test]
fn a_pause_without_an_end_gives_no_wait_at_all() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 1);
    stand.ok(
        hr,
        ClientBody::PauseQueue {
            minutes: None,
            message: "break".into(),
        },
    );
    assert_eq!(stand.view(queue[0].0).entries[0].wait, None);
}

#[test]
fn a_booth_without_an_interviewer_shows_no_number() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 2);
    stand.pass(MINUTE);
    stand.hear();
    stand.disconnect(hr);
    let told = stand.heard_by(student(2)).pop().unwrap();
    assert_eq!(told.wait, Some(Wait::NoInterviewer));
    let brief = stand.fair.brief(booth(0)).unwrap();
    assert_eq!(
        (brief.seats_online, brief.offline_since_ms),
        (0, Some(stand.now))
    );
    assert_eq!(
        stand.view(queue[0].0).entries[0].wait,
        Some(Wait::NoInterviewer)
    );
}

#[test]
fn removed_students_are_told_why() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let queue = line(&mut stand, hr, 1);
    let entry = queue[0].1;
    stand.hear();
    stand.ok(
        hr,
        ClientBody::Remove {
            entry,
            reason: "job is filled".into(),
        },
    );
    let told = stand.heard_by(student(1)).pop().unwrap();
    assert_eq!(told.stage, Stage::Removed);
    assert_eq!(told.cause, Some(Cause::RemovedByBooth));
    assert_eq!(told.reason.as_deref(), Some("job is filled"));
}

#[test]
fn what_is_not_yours_is_refused() {
    let mut stand = Stand::new(2, 1);
    let (hr, other) = (stand.interviewer(0), stand.interviewer(1));
    let anna = stand.student(1);
    let ben = stand.student(2);
    let entry = stand.queue_up(anna, hr, 0);
    let staff = stand.staff();
    assert_eq!(
        stand.refused(ben, ClientBody::Leave { entry }),
        Refusal::NotFound
    );
    assert_eq!(
        stand.refused(other, ClientBody::Accept { entry }),
        Refusal::NotFound
    );
    assert_eq!(
        stand.refused(anna, ClientBody::CallNext),
        Refusal::NotAllowed
    );
    assert_eq!(
        stand.refused(staff, ClientBody::CallNext),
        Refusal::NotAllowed
    );
    assert_eq!(stand.refused(hr, ClientBody::EndFair), Refusal::NotAllowed);
    assert_eq!(
        stand.refused(hr, ClientBody::Ready { entry }),
        Refusal::NotAllowed
    );
    let role = Role::Interviewer {
        booth: booth(0),
        seat: seat(0),
    };
    let thief = signaling_core::Actor {
        role,
        ..stand.actors[&other].clone()
    };
    let result = stand
        .fair
        .handle_action(stand.now, &thief, ClientBody::CallNext);
    assert_eq!(result, Err(Refusal::NotYourSeat));
    let fake = signaling_core::Actor {
        socket: signaling_core::SocketId(999),
        ..thief
    };
    assert_eq!(
        stand.fair.handle_connected(stand.now, &fake),
        Err(Refusal::NotYourSeat)
    );
    let result = stand
        .fair
        .handle_action(stand.now, &fake, ClientBody::CallNext);
    assert_eq!(
        result,
        Err(Refusal::NotAllowed),
        "an unknown socket may do nothing"
    );
}

#[test]
fn refreshes_are_joined_the_first_goes_out_at_once() {
    let mut stand = Stand::new(1, 3);
    let hrs: Vec<_> = (0..3).map(|n| stand.interviewer(n)).collect();
    line(&mut stand, hrs[0], 6);
    stand.pass(MINUTE);
    stand.hear();
    for hr in &hrs {
        stand.ok(*hr, ClientBody::CallNext);
    }
    let last = |stand: &mut Stand| stand.heard_by(student(6)).pop().unwrap().position;
    assert_eq!(stand.heard_by(student(6)).len(), 1);
    assert_eq!(last(&mut stand), Some(5));
    stand.pass(99);
    assert_eq!(stand.heard_by(student(6)).len(), 1);
    stand.pass(1);
    assert_eq!(
        stand.heard_by(student(6)).len(),
        2,
        "two changes in one message"
    );
    assert_eq!(last(&mut stand), Some(3));
    let (_, _, stamp) = stand
        .said
        .iter()
        .rev()
        .find(|(to, ..)| *to == signaling_core::Audience::Persons(vec![student(6)]))
        .unwrap();
    let stamp = stamp.unwrap();
    assert_eq!(stamp.last - stamp.first, 1, "and it names both events");
}

#[test]
fn what_only_time_or_presence_changed_names_no_event() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    line(&mut stand, hr, 3);
    stand.pass(MINUTE);
    stand.hear();
    // The interviewer is gone: no event, but a queue without anyone who could call is news.
    stand.disconnect(hr);
    stand.pass(MINUTE);
    let told: Vec<_> = stand
        .said
        .iter()
        .filter(|(to, ..)| *to == signaling_core::Audience::Persons(vec![student(3)]))
        .collect();
    assert!(!told.is_empty());
    assert_eq!(
        told[0].2, None,
        "the last event is a minute old: {:?}",
        told[0]
    );
}

#[test]
fn applying_and_taking_back_has_an_end() {
    let mut stand = Stand::new(1, 1);
    let who = stand.student(1);
    for _ in 0..10 {
        let entry = stand.apply(who, 0);
        stand.ok(who, ClientBody::Leave { entry });
    }
    let apply = ClientBody::Apply {
        booth: booth(0),
        job: None,
    };
    assert_eq!(stand.refused(who, apply), Refusal::UsedUp);
}

#[test]
fn a_tab_that_comes_back_is_shown_what_was_said_to_single_tabs() {
    let mut stand = Stand::new(1, 1);
    let who = stand.student(1);
    stand.ok(who, ClientBody::Away);
    stand.disconnect(who);
    stand.hear();
    let back = stand.student_page(1);
    let shown = stand.hear().into_iter().any(|(to, body, _)| {
        to == signaling_core::Audience::Socket(student(1), back) && body.kind() == "student"
    });
    assert!(shown);
}

/// The wait of one who would join, as the wall heard it last.
fn told_wait(stand: &mut Stand, before: Wait) -> Wait {
    let mut wait = before;
    for (_, body, _) in stand.hear() {
        if let ServerBody::WallNews(news) = body {
            wait = news.lines.first().map_or(wait, |line| line.wait);
        }
    }
    wait
}

#[test]
fn the_wall_hears_the_wait_when_the_queue_moves_and_as_a_call_comes_to_its_end() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let (anna, ben) = (stand.student(1), stand.student(2));
    stand.pass(3 * SECOND);
    let free = told_wait(&mut stand, Wait::NoInterviewer);
    assert_eq!(free, Wait::UnderTwoMinutes);

    let first = stand.queue_up(anna, hr, 0);
    stand.call(hr, anna, first);
    let second = stand.queue_up(ben, hr, 0);
    stand.pass(3 * SECOND);
    let behind_ben = told_wait(&mut stand, free);
    stand.ok(ben, ClientBody::Leave { entry: second });
    stand.pass(3 * SECOND);
    let behind_anna = told_wait(&mut stand, behind_ben);
    let (
        Wait::Range { high_min: long, .. },
        Wait::Range {
            high_min: short, ..
        },
    ) = (behind_ben, behind_anna)
    else {
        panic!("{behind_ben:?} {behind_anna:?}");
    };
    assert!(short < long, "{behind_ben:?} {behind_anna:?}");

    // Nobody waits; the call alone brings the wait down, to a quarter of the slot.
    stand.pass(9 * MINUTE);
    let late = told_wait(&mut stand, behind_anna);
    let Wait::Range { high_min: last, .. } = late else {
        panic!("{late:?}");
    };
    assert!(last < short, "{behind_anna:?} {late:?}");
    let room = stand.room(hr).brief;
    assert_eq!(room.wait, late);
}

#[test]
fn the_rooms_hear_the_wait_as_well() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    let anna = stand.student(1);
    let entry = stand.queue_up(anna, hr, 0);
    stand.call(hr, anna, entry);
    stand.pass(SECOND);
    stand.hear();
    stand.pass(9 * MINUTE);
    let shown = stand.room(hr).brief.wait;
    let told = stand
        .hear()
        .into_iter()
        .any(|(_, body, _)| matches!(body, ServerBody::Queue { booth, .. } if booth.wait == shown));
    assert!(told, "the room hears of {shown:?}");
}
