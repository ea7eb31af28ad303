//! The end of the process while interviews run, and the end of a lease.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use base::db::{Db, on_db};
use base::shutdown::Shutdown;
use signaling_protocol::{
    Bye, CallId, CallPhase, ClientBody, EntryId, PageKind, Refusal, ServerBody, Stage,
};
use signaling_server::Config;
use support::client::Client;
use support::node::Told;
use support::{Server, booth_id, eventually, on_both, setup, student_claims};

/// A student in an interview with the first seat.
struct Interview {
    interviewer: Client,
    student: Client,
    entry: EntryId,
    call: CallId,
}

impl Interview {
    async fn begin(server: &Server) -> Self {
        let mut interviewer = server.interviewer(0, 0).await;
        let mut student = server.student(1).await;
        let entry = student.apply(booth_id(0)).await;
        interviewer.done(ClientBody::Accept { entry }).await;
        interviewer.done(ClientBody::CallNext).await;
        student.wait_for_stage(entry, Stage::Called).await;
        student.done(ClientBody::Ready { entry }).await;
        interviewer.done(ClientBody::Start { entry }).await;
        let call = student
            .wait_for("the call", |body| match body {
                ServerBody::Call { call } if call.phase == CallPhase::Running => Some(call.call),
                _ => None,
            })
            .await;
        Self {
            interviewer,
            student,
            entry,
            call,
        }
    }
}

/// The only number that a query gives.
async fn count(db: &Db, sql: &'static str) -> i64 {
    let (count,): (i64,) =
        on_db!(db.writer().await.unwrap(), c => sqlx::query_as(sql).fetch_one(c).await).unwrap();
    count
}

#[tokio::test]
async fn an_interview_goes_on_while_the_server_drains_and_nothing_else_begins() {
    on_both(|db| async move {
        let setup = setup(1);
        let server = Server::start(&db, setup.clone()).await;
        let Interview {
            mut interviewer,
            student,
            entry,
            call,
        } = Interview::begin(&server).await;
        let answer = interviewer
            .ask(ClientBody::MediaOffer { sdp: "v=0".into() })
            .await;
        assert!(matches!(answer.body, ServerBody::MediaAnswer { .. }));
        let mut colleague = server.interviewer(0, 1).await;
        let mut waiting = server.student(2).await;
        let place = waiting.apply(booth_id(0)).await;
        colleague.done(ClientBody::Accept { entry: place }).await;
        colleague.done(ClientBody::CallNext).await;
        waiting.wait_for_stage(place, Stage::Called).await;

        server.shutdown.trigger();
        // Who was called may still say that he is there; the interview itself must wait.
        waiting.done(ClientBody::Ready { entry: place }).await;
        let start = ClientBody::Start { entry: place };
        assert_eq!(colleague.refused(start).await, Refusal::Restarting);
        let token = server.token(&student_claims(3));
        let mut late = Client::open(server.address).await;
        late.hello(Some(token.clone()), None, PageKind::Queues)
            .await;
        assert_eq!(late.bye().await, Bye::Restart);
        // Who is in the interview comes back to it.
        let (welcome, last) = (student.welcome.clone().unwrap(), student.last.unwrap());
        drop(student);
        let mut student = Client::come_back(server.address, &welcome, last).await;
        interviewer.done(ClientBody::Extend { call }).await;

        interviewer.done(ClientBody::End { call }).await;
        student.wait_for_stage(entry, Stage::Done).await;
        for client in [&mut interviewer, &mut student, &mut colleague, &mut waiting] {
            assert_eq!(client.bye().await, Bye::Restart);
        }
        eventually("the media connection is closed", async || {
            let told = server.node.told();
            told.iter().any(|told| matches!(told, Told::Remove(_)))
        })
        .await;
        server.stop().await;
        let running = "SELECT COUNT(*) FROM calls WHERE ended_ms IS NULL";
        assert_eq!(count(&db, running).await, 0);

        // The token was not spent by the refusal, and the place is as it was.
        let server = Server::start(&db, setup).await;
        Client::join(server.address, token, PageKind::Queues).await;
        let mut waiting = server.student(2).await;
        waiting.wait_for_stage(place, Stage::Ready).await;
        let mut colleague = server.interviewer(0, 1).await;
        colleague.done(ClientBody::Start { entry: place }).await;
        waiting.wait_for_stage(place, Stage::InCall).await;
        server.abandon();
    })
    .await;
}

#[tokio::test]
async fn an_interview_that_outlasts_the_drain_is_there_after_the_restart() {
    on_both(|db| async move {
        let setup = setup(1);
        let drain = Shutdown::new(Duration::from_secs(4));
        let server = Server::start_within(&db, setup.clone(), own(), drain).await;
        let mut interview = Interview::begin(&server).await;
        server.shutdown.trigger();
        assert_eq!(interview.student.bye().await, Bye::Restart);
        assert_eq!(interview.interviewer.bye().await, Bye::Restart);
        server.stop().await;

        let server = Server::start(&db, setup).await;
        let mut student = server.student(1).await;
        student.wait_for_stage(interview.entry, Stage::InCall).await;
        let mut interviewer = server.interviewer(0, 0).await;
        let call = interview.call;
        interviewer.done(ClientBody::End { call }).await;
        student.wait_for_stage(interview.entry, Stage::Done).await;
        server.stop().await;
    })
    .await;
}

/// Settings of a node that lets this test's clients in.
fn own() -> Config {
    Config {
        missing_origin: true,
        ..Config::default()
    }
}

#[tokio::test]
async fn who_has_lost_the_lease_stops_says_so_and_writes_nothing() {
    on_both(|db| async move {
        let setup = setup(2);
        let first = Server::start(&db, setup.clone()).await;
        let mut student = first.student(1).await;
        let entry = student.apply(booth_id(0)).await;

        // A process of the same name takes the fair at once, as after a crash.
        let second = Server::start(&db, setup.clone()).await;
        let body = ClientBody::Apply {
            booth: booth_id(1),
            job: None,
        };
        assert_eq!(student.refused(body).await, Refusal::Internal);
        assert_eq!(student.bye().await, Bye::Restart);
        eventually("the fair is closed there", async || {
            !first.live.is_open(support::fair_id())
        })
        .await;
        assert_eq!(first.figure("pinhui_live_leases_lost_total", None), 1.0);
        assert_eq!(first.figure("pinhui_live_fairs", None), 0.0);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM queue_entries").await, 1);
        // Nor does it take the fair back from a process that lives.
        let refused = first.live.open_fair(setup).await.unwrap_err();
        assert!(refused.to_string().contains("another node"), "{refused:#}");
        let token = first.token(&student_claims(2));
        let mut lost = Client::open(first.address).await;
        lost.hello(Some(token), None, PageKind::Queues).await;
        assert_eq!(lost.bye().await, Bye::Restart);

        let mut student = second.student(1).await;
        student.wait_for_stage(entry, Stage::Applied).await;
        student.apply(booth_id(1)).await;
        assert_eq!(count(&db, "SELECT COUNT(*) FROM queue_entries").await, 2);
        assert_eq!(second.figure("pinhui_live_leases_lost_total", None), 0.0);
        first.stop().await;
        second.stop().await;
    })
    .await;
}
