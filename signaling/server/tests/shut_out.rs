//! Whom the portal signs out or shuts out.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use signaling_protocol::{Bye, ClientBody, PageKind, Resume, Stage};
use support::client::Client;
use support::node::Told;
use support::{
    Server, booth_id, eventually, interviewer, interviewer_claims, on_both, setup, student,
    student_claims,
};

/// An interview that runs.
async fn in_call(interviewer: &mut Client, student: &mut Client) -> signaling_protocol::EntryId {
    let entry = student.apply(booth_id(0)).await;
    interviewer.done(ClientBody::Accept { entry }).await;
    interviewer.done(ClientBody::CallNext).await;
    student.done(ClientBody::Ready { entry }).await;
    interviewer.done(ClientBody::Start { entry }).await;
    student.wait_for_stage(entry, Stage::InCall).await;
    entry
}

#[tokio::test]
async fn whoever_is_shut_out_loses_socket_place_and_every_way_back() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(1)).await;
        let mut hr = server.interviewer(0, 0).await;
        let mut pupil = server.student(1).await;
        let entry = pupil.apply(booth_id(0)).await;
        hr.done(ClientBody::Accept { entry }).await;
        pupil.wait_for_stage(entry, Stage::Waiting).await;
        let (welcome, last) = (pupil.welcome.clone().unwrap(), pupil.last.unwrap());
        let unused = server.token(&student_claims(1));

        server.live.shut_out(student(1), Some("冒用他人身份")).await;
        assert_eq!(pupil.bye().await, Bye::ShutOut);
        let mut back = Client::open(server.address).await;
        let resume = Resume {
            secret: welcome.secret.clone(),
            epoch: last.epoch,
            n: last.n,
        };
        back.hello(None, Some(resume), PageKind::Queues).await;
        assert_eq!(back.bye().await, Bye::ShutOut);
        let mut again = Client::open(server.address).await;
        again.hello(Some(unused), None, PageKind::Queues).await;
        assert_eq!(again.bye().await, Bye::ShutOut);
        let left = server.live.entry_of(entry).await.unwrap().unwrap();
        assert_eq!(left.stage, Stage::Removed);
        assert_eq!(server.figure("pinhui_live_shut_outs_total", None), 1.0);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_interviewer_who_is_shut_out_leaves_the_call_and_the_student_waits_in_front() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(1)).await;
        let mut hr = server.interviewer(0, 0).await;
        let mut pupil = server.student(1).await;
        let sdp = "offer".to_owned();
        hr.ask(ClientBody::MediaOffer { sdp }).await;
        let entry = in_call(&mut hr, &mut pupil).await;

        server
            .live
            .shut_out(interviewer(0, 0), Some("账号已停用"))
            .await;
        assert_eq!(hr.bye().await, Bye::ShutOut);
        pupil.wait_for_stage(entry, Stage::Waiting).await;
        let told = server.node.told();
        assert!(
            told.iter().any(|told| matches!(told, Told::Remove(_))),
            "{told:?}"
        );
        let token = server.token(&interviewer_claims(0, 0));
        let mut again = Client::open(server.address).await;
        again.hello(Some(token), None, PageKind::Room).await;
        assert_eq!(again.bye().await, Bye::ShutOut);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_student_who_is_shut_out_of_a_call_ends_it() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(1)).await;
    let mut hr = server.interviewer(0, 0).await;
    let mut pupil = server.student(1).await;
    let entry = in_call(&mut hr, &mut pupil).await;
    server.live.shut_out(student(1), Some("冒用他人身份")).await;
    assert_eq!(pupil.bye().await, Bye::ShutOut);
    let record = server.live.entry_of(entry).await.unwrap().unwrap();
    assert_eq!(record.stage, Stage::Removed);
    server.stop().await;
}

#[tokio::test]
async fn whoever_is_signed_out_keeps_his_place_and_comes_back_with_a_later_ticket() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(1)).await;
    let mut hr = server.interviewer(0, 0).await;
    let mut pupil = server.student(1).await;
    let entry = pupil.apply(booth_id(0)).await;
    hr.done(ClientBody::Accept { entry }).await;
    server.live.sign_out(student(1)).await;
    assert_eq!(pupil.bye().await, Bye::ShutOut);
    let mut later = student_claims(1);
    (later.iat, later.exp) = (later.iat + 1, later.exp + 1);
    let token = server.token(&later);
    let mut back = Client::join(server.address, token, PageKind::Queues).await;
    back.wait_for_stage(entry, Stage::Waiting).await;
    eventually("his old socket is gone", async || {
        server.figure("pinhui_live_sockets", None) == 2.0
    })
    .await;
    server.stop().await;
}
