//! The main flow over real sockets, on both databases.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use base::db::{Db, on_db};
use signaling_protocol::{Bye, CallPhase, ClientBody, PageKind, Refusal, ServerBody, Stage};
use support::client::Client;
use support::{PATIENCE, Server, booth_id, eventually, on_both, setup};

/// The stage of each entry, as the database has it.
async fn stages(db: &Db) -> Vec<String> {
    let rows: Vec<(String,)> = on_db!(db, c => {
        sqlx::query_as("SELECT stage FROM queue_entries ORDER BY made_ms, id").fetch_all(c).await
    })
    .unwrap();
    rows.into_iter().map(|(stage,)| stage).collect()
}

async fn call_of(client: &mut Client, phase: CallPhase) -> signaling_protocol::CallId {
    client
        .wait_for("the call", |body| match body {
            ServerBody::Call { call } if call.phase == phase => Some(call.call),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_student_applies_is_called_and_interviewed() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(1)).await;
        let mut interviewer = server.interviewer(0, 0).await;
        let mut student = server.student(1).await;

        let entry = student.apply(booth_id(0)).await;
        assert_eq!(
            stages(&db).await,
            ["applied"],
            "an acknowledged place is in the database"
        );
        interviewer.done(ClientBody::Accept { entry }).await;
        student.wait_for_stage(entry, Stage::Waiting).await;
        interviewer.done(ClientBody::CallNext).await;
        assert_eq!(stages(&db).await, ["called"]);
        student.wait_for_stage(entry, Stage::Called).await;
        student.done(ClientBody::Ready { entry }).await;
        student.wait_for_stage(entry, Stage::Ready).await;
        interviewer.done(ClientBody::Start { entry }).await;
        student.wait_for_stage(entry, Stage::InCall).await;
        let call = call_of(&mut student, CallPhase::Running).await;
        interviewer.done(ClientBody::End { call }).await;
        student.wait_for_stage(entry, Stage::Done).await;
        assert_eq!(stages(&db).await, ["done"]);

        let record = server.live.call_of(call).await.unwrap().unwrap();
        assert_eq!(
            (record.student, record.booth),
            (support::student(1), booth_id(0))
        );
        assert_eq!(
            record.seats,
            [(support::seat_id(0, 0), support::interviewer(0, 0))]
        );
        assert!(record.done && record.ended_ms.is_some());
        let wall = server.live.wall(support::fair_id()).await.unwrap();
        assert_eq!(wall.totals.done, 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_allowed_is_refused_and_changes_nothing() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(2)).await;
        let mut student = server.student(1).await;
        let mut other = server.interviewer(1, 0).await;

        let apply = ClientBody::Apply {
            booth: booth_id(0),
            job: None,
        };
        assert_eq!(student.refused(apply).await, Refusal::DeviceTestMissing);
        let entry = student.apply(booth_id(0)).await;
        assert_eq!(
            student.refused(ClientBody::CallNext).await,
            Refusal::NotAllowed
        );
        assert_eq!(
            student.refused(ClientBody::EndFair).await,
            Refusal::NotAllowed
        );
        assert_eq!(
            other.refused(ClientBody::Accept { entry }).await,
            Refusal::NotFound
        );
        assert_eq!(stages(&db).await, ["applied"]);
        assert!(server.figure("pinhui_live_refusals_total", Some("not_allowed")) >= 2.0);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn two_booths_call_one_student_and_the_first_has_him() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(2)).await;
        let mut booths = [
            server.interviewer(0, 0).await,
            server.interviewer(1, 0).await,
        ];
        let mut student = server.student(1).await;
        for (number, booth) in booths.iter_mut().enumerate() {
            let entry = student.apply(booth_id(number)).await;
            booth.done(ClientBody::Accept { entry }).await;
        }
        let [first, second] = &mut booths;
        let (one, two) = tokio::join!(
            first.ask(ClientBody::CallNext),
            second.ask(ClientBody::CallNext)
        );
        let done = [&one, &two]
            .iter()
            .filter(|f| matches!(f.body, ServerBody::Done))
            .count();
        assert_eq!(done, 1, "{one:?} {two:?}");
        let mut stages = stages(&db).await;
        stages.sort();
        assert_eq!(stages, ["called", "waiting"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_restart_keeps_every_place_and_the_order() {
    on_both(|db| async move {
        let setup = setup(1);
        let server = Server::start(&db, setup.clone()).await;
        let mut interviewer = server.interviewer(0, 0).await;
        let mut entries = Vec::new();
        for number in 1..=3 {
            let mut student = server.student(number).await;
            let entry = student.apply(booth_id(0)).await;
            interviewer.done(ClientBody::Accept { entry }).await;
            entries.push(entry);
        }
        let mut witness = server.student(9).await;
        server.stop().await;
        assert_eq!(witness.bye().await, signaling_protocol::Bye::Restart);

        let server = Server::start(&db, setup).await;
        let mut interviewer = server.interviewer(0, 0).await;
        let order = interviewer
            .wait_for("the booth", |body| match body {
                ServerBody::Booth(view) => Some(view.order.clone()),
                _ => None,
            })
            .await;
        assert_eq!(order, entries);
        let mut second = server.student(2).await;
        second.wait_for_stage(entries[1], Stage::Waiting).await;
        eventually("entries are in the figures", async || {
            server.figure("pinhui_live_entries", Some("waiting")) == 3.0
        })
        .await;
        server.stop().await;
    })
    .await;
}

/// One student, two fairs, each with an owner task of its own: only the database sees both.
#[tokio::test]
async fn a_call_up_that_the_database_refuses_is_taken_back_and_the_fair_goes_on() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(1)).await;
        let mut interviewer = server.interviewer(0, 0).await;
        let mut student = server.student(1).await;
        let entry = student.apply(booth_id(0)).await;
        interviewer.done(ClientBody::Accept { entry }).await;
        student.wait_for_stage(entry, Stage::Waiting).await;

        let other_fair = "INSERT INTO live_fairs (id, epoch, lease_owner, lease_fence, \
            lease_until_ms, alive_at_ms) VALUES ('elsewhere', 1, 'other', 1, 0, 0)";
        let copy = "INSERT INTO queue_entries (id, fair_id, booth_id, person_id, origin, stage, \
            made_ms, since_ms, misses, laters) SELECT 'elsewhere', 'elsewhere', 'elsewhere', \
            person_id, origin, 'called', made_ms, since_ms, 0, 0 FROM queue_entries";
        for sql in [other_fair, copy] {
            on_db!(db.writer().await.unwrap(), c => sqlx::query(sql).execute(c).await.map(drop))
                .unwrap();
        }
        assert_eq!(
            interviewer.refused(ClientBody::CallNext).await,
            Refusal::NobodyCallable
        );
        assert_eq!(server.figure("pinhui_live_call_races_total", None), 1.0);
        student.wait_for_stage(entry, Stage::Waiting).await;

        let over = "UPDATE queue_entries SET stage = 'done' WHERE id = 'elsewhere'";
        on_db!(db.writer().await.unwrap(), c => sqlx::query(over).execute(c).await.map(drop))
            .unwrap();
        // The fair learns of it however much else is stored meanwhile.
        let pause = ClientBody::PauseQueue {
            minutes: None,
            message: String::new(),
        };
        let begun = std::time::Instant::now();
        loop {
            interviewer.done(pause.clone()).await;
            interviewer.done(ClientBody::ResumeQueue).await;
            let answer = interviewer.ask(ClientBody::CallNext).await;
            if matches!(answer.body, ServerBody::Done) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "in vain: {answer:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        student.wait_for_stage(entry, Stage::Called).await;
        assert_eq!(server.figure("pinhui_live_entries", Some("called")), 1.0);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_booth_and_a_seat_that_come_later_are_live_without_a_restart() {
    on_both(|db| async move {
        let whole = setup(2);
        let mut part = whole.clone();
        part.booths.truncate(1);
        part.booths[0].seats.truncate(1);
        let server = Server::start(&db, part).await;
        let mut student = server.student(1).await;
        for (booth, seat) in [(0, 1), (1, 0)] {
            let token = server.token(&support::interviewer_claims(booth, seat));
            let mut early = Client::open(server.address).await;
            early.hello(Some(token), None, PageKind::Room).await;
            assert_eq!(early.bye().await, Bye::SeatUnknown);
        }

        server.live.open_fair(whole.clone()).await.unwrap();
        server.interviewer(0, 1).await;
        let mut interviewer = server.interviewer(1, 0).await;
        let entry = student.apply(booth_id(1)).await;
        interviewer.done(ClientBody::Accept { entry }).await;
        server.stop().await;

        let server = Server::start(&db, whole).await;
        let mut interviewer = server.interviewer(1, 0).await;
        let mut student = server.student(1).await;
        student.wait_for_stage(entry, Stage::Waiting).await;
        interviewer.done(ClientBody::CallNext).await;
        assert_eq!(stages(&db).await, ["called"]);
        server.stop().await;
    })
    .await;
}
