//! What strangers and careless pages send is refused, counted, and bounded.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use futures_util::SinkExt;
use signaling_protocol::{
    Bye, ClientBody, DeviceReport, PageKind, PersonId, Quality, Refusal, Role, ServerBody, limits,
};
use signaling_server::{Config, TokenKey};
use support::client::Client;
use support::{
    Server, booth_id, claims, eventually, interviewer_claims, on_both, seat_id, setup, student,
    student_claims,
};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

async fn goodbye_to(server: &Server, token: String) -> Bye {
    let mut client = Client::open(server.address).await;
    client.hello(Some(token), None, PageKind::Queues).await;
    client.bye().await
}

async fn sqlite_server() -> (base::db::testing::TestDb, Server) {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(1)).await;
    (database, server)
}

#[tokio::test]
async fn forged_expired_and_foreign_tokens_are_refused() {
    let (_database, server) = sqlite_server().await;
    let forged = TokenKey::from_bytes(&[1; 32]).sign(&student_claims(1));
    assert_eq!(goodbye_to(&server, forged).await, Bye::TokenBad);
    let mut old = student_claims(1);
    old.iat -= 120;
    old.exp = old.iat + 60;
    assert_eq!(goodbye_to(&server, server.token(&old)).await, Bye::TokenBad);
    let mut eternal = student_claims(1);
    eternal.exp += 10_000_000;
    assert_eq!(
        goodbye_to(&server, server.token(&eternal)).await,
        Bye::TokenBad
    );
    let mut elsewhere = student_claims(1);
    elsewhere.fair = signaling_protocol::FairId(uuid::Uuid::nil());
    assert_eq!(
        goodbye_to(&server, server.token(&elsewhere)).await,
        Bye::FairUnknown
    );
    assert_eq!(
        goodbye_to(&server, "garbage".to_owned()).await,
        Bye::TokenBad
    );
    assert_eq!(
        server.figure("pinhui_live_hellos_total", Some("token_bad")),
        4.0
    );
    server.stop().await;
}

#[tokio::test]
async fn a_token_is_good_for_one_connection_even_across_a_restart() {
    on_both(|db| async move {
        let setup = setup(1);
        let server = Server::start(&db, setup.clone()).await;
        let token = server.token(&student_claims(1));
        let client = Client::join(server.address, token.clone(), PageKind::Queues).await;
        assert_eq!(goodbye_to(&server, token.clone()).await, Bye::TokenSpent);
        drop(client);
        server.stop().await;
        let server = Server::start(&db, setup).await;
        assert_eq!(goodbye_to(&server, token).await, Bye::TokenSpent);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_seat_that_is_not_yours_is_refused() {
    let (_database, server) = sqlite_server().await;
    let role = Role::Interviewer {
        booth: booth_id(0),
        seat: seat_id(0, 0),
    };
    let stranger = claims(student(5), role, "冒名者");
    assert_eq!(
        goodbye_to(&server, server.token(&stranger)).await,
        Bye::SeatUnknown
    );
    let mut other_booth = interviewer_claims(0, 0);
    other_booth.role = Role::Interviewer {
        booth: booth_id(1),
        seat: seat_id(0, 0),
    };
    assert_eq!(
        goodbye_to(&server, server.token(&other_booth)).await,
        Bye::SeatUnknown
    );
    server.stop().await;
}

#[tokio::test]
async fn a_page_of_another_site_cannot_open_a_socket() {
    let database = base::db::testing::sqlite().await;
    let config = Config {
        origins: vec!["https://fair.test".to_owned()],
        ..Config::default()
    };
    let server = Server::start_with(&database.db, setup(1), config).await;
    let open = |origin: Option<String>| {
        let address = server.address;
        async move {
            Client::open_from(address, origin.as_deref())
                .await
                .map(drop)
        }
    };
    assert_eq!(open(Some("https://evil.test".to_owned())).await, Err(403));
    assert_eq!(open(None).await, Err(403));
    assert_eq!(open(Some("https://fair.test".to_owned())).await, Ok(()));
    assert_eq!(
        open(Some(format!("http://{}", server.address))).await,
        Ok(())
    );
    assert_eq!(
        server.figure("pinhui_live_frames_dropped_total", Some("origin")),
        2.0
    );
    server.stop().await;
}

#[tokio::test]
async fn the_first_message_must_be_a_hello_of_this_version() {
    let (_database, server) = sqlite_server().await;
    let mut client = Client::open(server.address).await;
    client.say(ClientBody::Away).await;
    assert_eq!(client.bye().await, Bye::Faults);
    let mut client = Client::open(server.address).await;
    client
        .say(ClientBody::Hello {
            version: 999,
            token: None,
            resume: None,
            page: PageKind::Wall,
        })
        .await;
    assert_eq!(client.bye().await, Bye::Version);
    let mut silent = Client::open(server.address).await;
    assert_eq!(silent.bye().await, Bye::HelloLate);
    server.stop().await;
}

#[tokio::test]
async fn garbage_is_counted_and_answered_and_too_much_of_it_ends_the_socket() {
    let (_database, server) = sqlite_server().await;
    let mut client = server.student(1).await;
    client
        .say_text(r#"{"id":77,"body":{"type":"no_such_thing"}}"#)
        .await;
    let answer = loop {
        let frame = client.hear().await;
        if frame.re == Some(77) {
            break frame;
        }
    };
    assert_eq!(
        answer.body,
        ServerBody::Refused {
            code: Refusal::Invalid
        }
    );
    client
        .ws
        .send(Message::binary(vec![1, 2, 3]))
        .await
        .unwrap();
    // Well within its faults, the socket still works.
    client.done(ClientBody::Visible { visible: true }).await;
    for _ in 0..limits::CLIENT_FAULTS {
        if client.ws.send(Message::text("not json")).await.is_err() {
            break;
        }
    }
    assert_eq!(client.bye().await, Bye::Faults);
    assert!(server.figure("pinhui_live_frames_dropped_total", Some("unreadable")) >= 30.0);
    assert_eq!(
        server.figure("pinhui_live_frames_dropped_total", Some("binary")),
        1.0
    );
    server.stop().await;
}

#[tokio::test]
async fn a_frame_that_is_too_large_ends_the_socket() {
    let (_database, server) = sqlite_server().await;
    let mut client = server.student(1).await;
    let huge = "x".repeat(limits::CLIENT_FRAME_BYTES + 1);
    drop(client.ws.send(Message::text(huge)).await);
    while client.read().await.is_some() {}
    eventually("it is counted", async || {
        server.figure(
            "pinhui_live_frames_dropped_total",
            Some("oversize_or_garbage"),
        ) == 1.0
    })
    .await;
    eventually("it is gone", async || {
        server.figure("pinhui_live_sockets", None) == 0.0
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_flood_is_refused_and_then_cut_off() {
    let (_database, server) = sqlite_server().await;
    let mut client = server.student(1).await;
    let body = ClientBody::Visible { visible: true };
    for _ in 0..limits::CLIENT_FRAMES_BURST + 2 * limits::CLIENT_FAULTS {
        let frame = signaling_protocol::ClientFrame {
            id: 9,
            body: body.clone(),
        };
        let text = serde_json::to_string(&frame).unwrap();
        if client.ws.send(Message::text(text)).await.is_err() {
            break;
        }
    }
    let mut too_fast = 0;
    let bye = loop {
        let Some(frame) = client.read().await else {
            panic!("no goodbye")
        };
        match frame.body {
            ServerBody::Refused {
                code: Refusal::TooFast,
            } => too_fast += 1,
            ServerBody::Bye { reason } => break reason,
            _ => {}
        }
    };
    assert_eq!(bye, Bye::Flood);
    assert!(too_fast > 0 || server.figure("pinhui_live_frames_dropped_total", Some("rate")) > 0.0);
    server.stop().await;
}

#[tokio::test]
async fn one_person_has_a_limited_number_of_sockets() {
    let (_database, server) = sqlite_server().await;
    let mut open = Vec::new();
    for _ in 0..limits::SOCKETS_PER_PERSON {
        open.push(server.student(1).await);
    }
    let one_more = server.token(&student_claims(1));
    assert_eq!(
        goodbye_to(&server, one_more.clone()).await,
        Bye::TooManySockets
    );
    open.pop().unwrap().ws.close(None).await.unwrap();
    eventually("a place is free", async || {
        server.figure("pinhui_live_sockets", None) < limits::SOCKETS_PER_PERSON as f64
    })
    .await;
    // The token was not spent by the attempt.
    Client::join(server.address, one_more, PageKind::Queues).await;
    server.stop().await;
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_cut_off_and_others_go_on() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(1)).await;
    let mut student = server.student(1).await;
    // It reads nothing of what the school says, so the kernel's buffers fill up and then the
    // server's own.
    let mut slow = Client::with_window(server.address, 4_096).await;
    let token = server.token(&student_claims(2));
    slow.hello(Some(token), None, PageKind::Queues).await;
    let cut = async || server.figure("pinhui_live_sockets_cut_total", Some("slow_reader")) == 1.0;
    let text = "请大家稍候。".repeat(80);
    for number in 0..100 {
        let person = PersonId(Uuid::from_u128(0x57a_0000 + number));
        let token = server.token(&claims(person, Role::Staff, "老师"));
        let mut staff = Client::join(server.address, token, PageKind::Console).await;
        for _ in 0..limits::CLIENT_FRAMES_BURST {
            let text = text.clone();
            staff.done(ClientBody::Broadcast { text }).await;
        }
        while student.read_now().await.is_some() {}
        // It is not silent: it only does not read.
        let visible = Message::text(r#"{"id":1,"body":{"type":"visible","visible":true}}"#);
        if slow.ws.send(visible).await.is_err() || cut().await {
            break;
        }
    }
    eventually("the slow reader is cut off", cut).await;
    let high = server.figure("pinhui_live_send_buffer_high_bytes", None);
    assert!(
        high > limits::SEND_BUFFER_BYTES as f64 && high < 2.0 * limits::SEND_BUFFER_BYTES as f64
    );
    student.done(ClientBody::Visible { visible: true }).await;
    server.stop().await;
}

#[tokio::test]
async fn a_socket_from_which_nothing_comes_is_let_go_and_others_stay() {
    let (_database, server) = sqlite_server().await;
    // Who reads answers the pings; who does not is silent.
    let mut silent = server.student(1).await;
    let mut reading = server.student(2).await;
    let reader = tokio::spawn(async move {
        let ended = reading.read_to_end().await;
        (reading, ended)
    });
    let cut = async || server.figure("pinhui_live_sockets_cut_total", Some("silent")) == 1.0;
    eventually("the silent socket is cut off", cut).await;
    // It ends; what was said last may be lost behind the pings that nobody read.
    while silent.read().await.is_some() {}
    eventually("it is gone", async || {
        server.figure("pinhui_live_sockets", None) == 1.0
    })
    .await;
    assert!(!reader.is_finished());
    server.stop().await;
    let (_, ended) = reader.await.unwrap();
    assert_eq!(ended, Some(Bye::Restart));
}

#[tokio::test]
async fn refused_requests_are_no_faults() {
    let (_database, server) = sqlite_server().await;
    let mut client = server.student(1).await;
    let asked = limits::CLIENT_FAULTS + 8;
    for _ in 0..asked {
        let refused = client.refused(ClientBody::CallNext).await;
        assert_eq!(refused, Refusal::NotAllowed);
    }
    // Far more than the faults that end a socket; none of them is one.
    client.done(ClientBody::Visible { visible: true }).await;
    let refusals = server.figure("pinhui_live_refusals_total", None);
    assert_eq!(refusals, f64::from(asked));
    assert_eq!(server.figure("pinhui_live_frames_dropped_total", None), 0.0);

    // And the other way round: what is unreadable is dropped, not a request.
    client
        .say_text(r#"{"id":99,"body":{"type":"promote_me"}}"#)
        .await;
    client.say(ClientBody::Visible { visible: false }).await;
    eventually("it is counted", async || {
        server.figure("pinhui_live_frames_dropped_total", Some("unreadable")) == 1.0
    })
    .await;
    let refusals = server.figure("pinhui_live_refusals_total", None);
    assert_eq!(refusals, f64::from(asked));
    server.stop().await;
}

#[tokio::test]
async fn snapshots_and_device_tests_have_a_budget() {
    let (_database, server) = sqlite_server().await;
    let mut student = server.student(1).await;
    let report = DeviceReport {
        camera: true,
        microphone: true,
        speaker: true,
        network: Quality::Good,
        rtt_ms: 20,
        loss_permille: 0,
    };
    for body in [ClientBody::Refresh, ClientBody::DeviceTest { report }] {
        let mut refused = 0;
        for _ in 0..10 {
            let answer = student.ask(body.clone()).await;
            let too_fast = ServerBody::Refused {
                code: Refusal::TooFast,
            };
            refused += u32::from(answer.body == too_fast);
        }
        let within = 10 - refused;
        assert!(
            within >= limits::COSTLY_BURST && refused >= 5,
            "{refused} of 10"
        );
    }
    assert!(server.figure("pinhui_live_refusals_total", Some("too_fast")) >= 10.0);
    // Others may still be asked for, and the socket is no flood.
    student.done(ClientBody::Visible { visible: true }).await;
    server.stop().await;
}
