//! Coming back after the network was gone.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use signaling_protocol::{Bye, ClientBody, PageKind, Resume, ServerBody, Stage, limits};
use support::client::Client;
use support::{Server, booth_id, eventually, on_both, setup};

#[tokio::test]
async fn who_comes_back_hears_what_was_missed_and_nothing_twice() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(1)).await;
        let mut interviewer = server.interviewer(0, 0).await;
        let mut student = server.student(1).await;
        let entry = student.apply(booth_id(0)).await;
        student.wait_for_stage(entry, Stage::Applied).await;
        let (welcome, last) = (student.welcome.clone().unwrap(), student.last.unwrap());
        drop(student);
        interviewer.done(ClientBody::Accept { entry }).await;

        let mut back = Client::come_back(server.address, &welcome, last).await;
        assert!(back.welcome.as_ref().unwrap().resumed);
        let first = back.hear().await;
        assert_eq!(
            first.seq.map(|seq| (seq.epoch, seq.n)),
            Some((last.epoch, last.n + 1))
        );
        let ServerBody::Entry { entry: own } = first.body else {
            panic!("{first:?}")
        };
        assert_eq!((own.entry, own.stage), (entry, Stage::Waiting));
        // And from there on, as before.
        interviewer.done(ClientBody::CallNext).await;
        back.wait_for_stage(entry, Stage::Called).await;
        assert_eq!(
            server.figure("pinhui_live_welcomes_total", Some("resumed")),
            1.0
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_was_away_for_too_long_is_shown_everything() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(1)).await;
    let mut student = server.student(1).await;
    let snapshot = student.hear().await;
    assert!(
        matches!(snapshot.body, ServerBody::Student(_)),
        "{snapshot:?}"
    );
    let (welcome, last) = (student.welcome.clone().unwrap(), student.last.unwrap());
    let mut future = last;
    future.n += limits::RESUME_RING as u64;
    let mut back = Client::come_back(server.address, &welcome, future).await;
    assert!(!back.welcome.as_ref().unwrap().resumed);
    assert!(matches!(back.hear().await.body, ServerBody::Student(_)));
    server.stop().await;
}

#[tokio::test]
async fn the_successor_of_a_half_open_socket_takes_its_place() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(1)).await;
    let mut student = server.student(1).await;
    student.hear().await;
    let (welcome, last) = (student.welcome.clone().unwrap(), student.last.unwrap());
    // `student` stays open, as a socket does whose network is gone.
    let mut back = Client::come_back(server.address, &welcome, last).await;
    assert_eq!(student.bye().await, Bye::Silent);
    back.done(ClientBody::Visible { visible: true }).await;
    eventually("one socket is left", async || {
        server.figure("pinhui_live_sockets", None) == 1.0
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_secret_that_is_not_known_needs_a_new_token() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(1)).await;
    let mut client = Client::open(server.address).await;
    let resume = Resume {
        secret: "no such secret".to_owned(),
        epoch: 1,
        n: 0,
    };
    client.hello(None, Some(resume), PageKind::Queues).await;
    assert_eq!(client.bye().await, Bye::ResumeUnknown);
    server.stop().await;
}

#[tokio::test]
async fn a_second_tab_hears_the_same() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(1)).await;
    let mut first = server.student(1).await;
    let mut second = server.student(1).await;
    let entry = first.apply(booth_id(0)).await;
    first.wait_for_stage(entry, Stage::Applied).await;
    second.wait_for_stage(entry, Stage::Applied).await;
    assert_eq!(first.last, second.last);
    server.stop().await;
}
