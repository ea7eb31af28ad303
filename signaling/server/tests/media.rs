//! Media: offers, rooms, echo, reports of the node.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use base::shutdown::Shutdown;
use signaling_protocol::{
    CallPhase, ClientBody, EchoMode, EntryId, MediaSide, Refusal, ServerBody, SourceKind, Stage,
    TroubleKind,
};
use signaling_server::{CloseCause, Config, MediaEvent, MediaSlotUse, PeerId, RoomId};
use support::client::Client;
use support::node::Told;
use support::{Server, booth_id, eventually, setup};

async fn offer(client: &mut Client, server: &Server) -> PeerId {
    let answer = client
        .ask(ClientBody::MediaOffer {
            sdp: "offer".to_owned(),
        })
        .await;
    assert_eq!(
        answer.body,
        ServerBody::MediaAnswer {
            sdp: "answer to offer".to_owned()
        }
    );
    let told = server.node.told();
    let connected = told.iter().rev().find_map(|told| match told {
        Told::Connect { peer, .. } => Some(*peer),
        _ => None,
    });
    connected.unwrap()
}

/// A student who is called and ready, up to the interviewer's start.
async fn ready(interviewer: &mut Client, student: &mut Client) -> EntryId {
    let entry = student.apply(booth_id(0)).await;
    interviewer.done(ClientBody::Accept { entry }).await;
    interviewer.done(ClientBody::CallNext).await;
    student.wait_for_stage(entry, Stage::Called).await;
    student.done(ClientBody::Ready { entry }).await;
    entry
}

async fn start() -> (base::db::testing::TestDb, Server) {
    let database = base::db::testing::sqlite().await;
    // Short: in most of these tests an interview still runs at the end.
    let drain = Shutdown::new(Duration::from_secs(4));
    let config = Config {
        missing_origin: true,
        ..Config::default()
    };
    let server = Server::start_within(&database.db, setup(1), config, drain).await;
    (database, server)
}

async fn told(server: &Server, what: &Told) {
    eventually(&format!("{what:?}"), async || {
        server.node.told().contains(what)
    })
    .await;
}

#[tokio::test]
async fn the_device_test_has_an_echo_and_the_call_ends_it() {
    let (_database, server) = start().await;
    let mut student = server.student(1).await;
    let echo = ClientBody::MediaEcho { mode: EchoMode::On };
    assert_eq!(student.refused(echo.clone()).await, Refusal::NoMedia);
    let peer = offer(&mut student, &server).await;
    student.done(echo).await;
    told(&server, &Told::Echo(peer, true)).await;
    let mut interviewer = server.interviewer(0, 0).await;
    let entry = ready(&mut interviewer, &mut student).await;
    interviewer.done(ClientBody::Start { entry }).await;
    told(&server, &Told::Echo(peer, false)).await;
    server.stop().await;
}

#[tokio::test]
async fn both_sides_of_a_call_enter_its_room_and_leave_it_at_the_end() {
    let (_database, server) = start().await;
    let mut interviewer = server.interviewer(0, 0).await;
    let mut student = server.student(1).await;
    let peers = [
        offer(&mut interviewer, &server).await,
        offer(&mut student, &server).await,
    ];
    let entry = ready(&mut interviewer, &mut student).await;
    interviewer.done(ClientBody::Start { entry }).await;
    let call = student
        .wait_for("the call", |body| match body {
            ServerBody::Call { call } => Some(call.call),
            _ => None,
        })
        .await;
    let room = RoomId(call.0.as_u128());
    for peer in peers {
        told(&server, &Told::Enter(room, peer)).await;
    }

    let uses = vec![MediaSlotUse {
        mid: "4".to_owned(),
        from: peers[0],
        kind: SourceKind::Camera,
    }];
    server.node.report(MediaEvent::Slots(peers[1], uses)).await;
    let (slot, name) = student
        .wait_for("the slots", |body| match body {
            ServerBody::MediaSlots {
                slots,
                participants,
            } => Some((slots[0].clone(), participants[0].name.clone())),
            _ => None,
        })
        .await;
    assert_eq!(
        (slot.mid.as_str(), slot.person),
        ("4", support::interviewer(0, 0))
    );
    assert_eq!(name, "面试官");

    interviewer.done(ClientBody::End { call }).await;
    for peer in peers {
        told(&server, &Told::Leave(room, peer)).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn who_connects_after_the_start_still_gets_into_the_room() {
    let (_database, server) = start().await;
    let mut interviewer = server.interviewer(0, 0).await;
    let mut student = server.student(1).await;
    let entry = ready(&mut interviewer, &mut student).await;
    interviewer.done(ClientBody::Start { entry }).await;
    student.wait_for_stage(entry, Stage::InCall).await;
    let peer = offer(&mut student, &server).await;
    eventually("the late one enters", async || {
        server
            .node
            .told()
            .iter()
            .any(|told| matches!(told, Told::Enter(_, entered) if *entered == peer))
    })
    .await;
    // A new offer takes the place of the old connection.
    let next = offer(&mut student, &server).await;
    told(&server, &Told::Remove(peer)).await;
    eventually("the new one enters", async || {
        server
            .node
            .told()
            .iter()
            .any(|told| matches!(told, Told::Enter(_, entered) if *entered == next))
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn trouble_of_a_side_is_told_to_both() {
    let (_database, server) = start().await;
    let mut interviewer = server.interviewer(0, 0).await;
    let mut student = server.student(1).await;
    let peer = offer(&mut student, &server).await;
    server.node.report(MediaEvent::Connected(peer)).await;
    let entry = ready(&mut interviewer, &mut student).await;
    interviewer.done(ClientBody::Start { entry }).await;
    student.wait_for_stage(entry, Stage::InCall).await;
    told_room(&server, peer).await;
    let trouble = |wanted: MediaSide| {
        move |body: &ServerBody| match body {
            ServerBody::MediaTrouble { side, kind, .. } if *side == wanted => Some(*kind),
            _ => None,
        }
    };
    for bits in [900_000, 0, 0] {
        server.node.report(MediaEvent::Sending(peer, bits)).await;
    }
    let seen = interviewer
        .wait_for("trouble", trouble(MediaSide::Other))
        .await;
    assert_eq!(seen, TroubleKind::Unstable);
    server.node.report(MediaEvent::Disconnected(peer)).await;
    let seen = interviewer
        .wait_for("trouble", trouble(MediaSide::Other))
        .await;
    assert_eq!(seen, TroubleKind::Lost);
    let seen = student.wait_for("trouble", trouble(MediaSide::Own)).await;
    assert_eq!(seen, TroubleKind::Unstable);
    server.node.report(MediaEvent::Recovered(peer)).await;
    let seen = interviewer
        .wait_for("recovery", trouble(MediaSide::Other))
        .await;
    assert_eq!(seen, TroubleKind::None);
    server.stop().await;
}

async fn told_room(server: &Server, peer: PeerId) {
    eventually("the room", async || {
        server
            .node
            .told()
            .iter()
            .any(|told| matches!(told, Told::Enter(_, p) if *p == peer))
    })
    .await;
}

#[tokio::test]
async fn bad_offers_are_refused_and_a_closed_connection_is_told() {
    let (_database, server) = start().await;
    let mut student = server.student(1).await;
    let bad = ClientBody::MediaOffer {
        sdp: "bad".to_owned(),
    };
    assert_eq!(student.refused(bad).await, Refusal::BadOffer);
    let restart = ClientBody::MediaRestart {
        sdp: "offer".to_owned(),
    };
    assert_eq!(student.refused(restart.clone()).await, Refusal::NoMedia);
    let peer = offer(&mut student, &server).await;
    let answer = student.ask(restart).await;
    assert!(
        matches!(answer.body, ServerBody::MediaAnswer { .. }),
        "{answer:?}"
    );
    server
        .node
        .report(MediaEvent::Closed(peer, CloseCause::Gone))
        .await;
    let code = student
        .wait_for("the end of the connection", |body| match body {
            ServerBody::MediaClosed { code } => Some(*code),
            _ => None,
        })
        .await;
    assert_eq!(code, Refusal::NoMedia);
    assert_eq!(
        student.refused(ClientBody::MediaClose).await,
        Refusal::NoMedia
    );
    server.stop().await;
}

#[tokio::test]
async fn colleagues_are_placed_beside_each_other() {
    let (_database, server) = start().await;
    let mut first = server.interviewer(0, 0).await;
    let mut second = server.interviewer(0, 1).await;
    let peer = offer(&mut first, &server).await;
    let other = offer(&mut second, &server).await;
    told(
        &server,
        &Told::Connect {
            peer: other,
            beside: Some(peer),
        },
    )
    .await;
    server.stop().await;
}

#[tokio::test]
async fn media_go_on_while_a_tab_has_no_socket_and_when_it_comes_back() {
    let (_database, server) = start().await;
    let mut interviewer = server.interviewer(0, 0).await;
    let mut student = server.student(1).await;
    let peer = offer(&mut student, &server).await;
    let entry = ready(&mut interviewer, &mut student).await;
    interviewer.done(ClientBody::Start { entry }).await;
    student.wait_for_stage(entry, Stage::InCall).await;
    told_room(&server, peer).await;
    let (welcome, last) = (student.welcome.clone().unwrap(), student.last.unwrap());
    drop(student);
    let waits = interviewer
        .wait_for("the call without the student's page", |body| match body {
            ServerBody::Call { call } if call.phase == CallPhase::Waiting => Some(call.call),
            _ => None,
        })
        .await;
    let mut back = Client::come_back(server.address, &welcome, last).await;
    let here = back
        .wait_for("the call again", |body| match body {
            ServerBody::Call { call } if call.here => Some(call.call),
            _ => None,
        })
        .await;
    assert_eq!(waits, here);
    back.done(ClientBody::MediaEcho {
        mode: EchoMode::Off,
    })
    .await;
    let out = |told: &Told| {
        matches!(told, Told::Leave(_, p) if *p == peer) || *told == Told::Remove(peer)
    };
    let told = server.node.told();
    assert!(!told.iter().any(out), "{told:?}");
    // What the node says of the connection reaches the call by the new socket.
    server.node.report(MediaEvent::Connected(peer)).await;
    server.node.report(MediaEvent::Disconnected(peer)).await;
    let side = back
        .wait_for("trouble", |body| match body {
            ServerBody::MediaTrouble { side, .. } => Some(*side),
            _ => None,
        })
        .await;
    assert_eq!(side, MediaSide::Own);
    server.stop().await;
}

#[tokio::test]
async fn offers_and_restarts_of_one_tab_have_a_budget() {
    let (_database, server) = start().await;
    let mut greedy = server.student(1).await;
    offer(&mut greedy, &server).await;
    let restart = ClientBody::MediaRestart {
        sdp: "offer".to_owned(),
    };
    let mut refused = Vec::new();
    for _ in 0..12 {
        match greedy.ask(restart.clone()).await.body {
            ServerBody::MediaAnswer { .. } => {}
            ServerBody::Refused { code } => refused.push(code),
            other => panic!("{other:?}"),
        }
    }
    let asked = |server: &Server| {
        let told = server.node.told();
        let restarts = told.iter().filter(|told| matches!(told, Told::Restart(_)));
        restarts.count()
    };
    // Three at once are left after the offer, and one more in each second.
    assert!(refused.len() >= 5, "{refused:?}");
    assert!(refused.iter().all(|code| *code == Refusal::TooFast));
    assert_eq!(
        asked(&server),
        12 - refused.len(),
        "the node is not even asked"
    );
    // The others have budgets of their own, and patience helps.
    offer(&mut server.student(2).await, &server).await;
    while greedy.ask(restart.clone()).await.body
        == (ServerBody::Refused {
            code: Refusal::TooFast,
        })
    {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    server.stop().await;
}
