//! Whoever keeps the server waiting has a limited time, each kind of waiting its own.

#![allow(missing_docs, reason = "tests")]

mod house;

use front::Limits;
use futures_util::{SinkExt, StreamExt};
use house::{House, answer, far, rest};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;

const GET: &str = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

#[tokio::test]
async fn a_header_has_to_come_in_time() {
    let house = House::open(Limits {
        header_s: 1,
        ..far()
    });
    let mut silent = house.connect().await;
    let mut half = house.say("GET / HTTP/1.1\r\nHo").await;
    let mut second = house.say(GET).await;
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
    let resting = house.say(GET).await;
    second.write_all(b"GET / HT").await.unwrap();
    for client in [&mut silent, &mut half, &mut second] {
        assert_eq!(rest(client).await, "");
    }
    house.until_closed("header", 3.0).await;
    // Between two requests another limit counts.
    house.until_open("idle", 1.0).await;
    drop(resting);
    house.until_open("idle", 0.0).await;
}

#[tokio::test]
async fn a_connection_rests_for_a_limited_time() {
    let house = House::open(Limits { idle_s: 1, ..far() });
    let mut client = house.say(GET).await;
    assert!(answer(&mut client).await.ends_with("page"));
    assert_eq!(rest(&mut client).await, "");
    house.until_closed("idle", 1.0).await;
    house.until_open("closing", 0.0).await;
}

#[tokio::test]
async fn a_connection_of_http2_rests_for_a_limited_time() {
    let house = House::open(Limits { idle_s: 1, ..far() });
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let url = format!("http://{}/", house.address);
    for closed in [1.0, 2.0] {
        let page = client.get(&url).send().await.unwrap();
        assert_eq!(page.version(), reqwest::Version::HTTP_2);
        assert_eq!(page.text().await.unwrap(), "page");
        house.until_closed("idle", closed).await;
        house.until_open("closing", 0.0).await;
    }
}

#[tokio::test]
async fn a_body_has_to_go_on() {
    let house = House::open(Limits {
        stall_s: 1,
        ..far()
    });
    let head = "POST /read HTTP/1.1\r\nHost: a.test\r\nContent-Length: 20\r\n\r\n";
    let mut half = house.say(&format!("{head}0123456789")).await;
    let mut whole = house.say(&format!("{head}01234567890123456789")).await;
    assert!(answer(&mut whole).await.ends_with("\r\n20"));
    let told = rest(&mut half).await;
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
    house.until_closed("body", 1.0).await;
    house.until_open("body", 0.0).await;
}

#[tokio::test]
async fn an_answer_has_to_be_read() {
    let house = House::open(Limits {
        stall_s: 1,
        ..far()
    });
    let mut client = house
        .say("GET /large HTTP/1.1\r\nHost: a.test\r\n\r\n")
        .await;
    house.until_closed("answer", 1.0).await;
    assert!(rest(&mut client).await.len() < house::LARGE_BYTES);
    house.until_open("answer", 0.0).await;
}

#[tokio::test]
async fn an_answer_over_http2_has_to_be_read() {
    let house = House::open(Limits {
        stall_s: 1,
        ..far()
    });
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .http2_initial_stream_window_size(1_024)
        .build()
        .unwrap();
    let url = format!("http://{}/large", house.address);
    let unread = client.get(&url).send().await.unwrap();
    house.until_closed("answer", 1.0).await;
    assert!(unread.bytes().await.is_err());
}

#[tokio::test]
async fn what_the_server_works_for_has_no_limit() {
    let house = House::open(Limits {
        header_s: 1,
        idle_s: 1,
        stall_s: 1,
        ..far()
    });
    let mut held = house
        .say("GET /held HTTP/1.1\r\nHost: a.test\r\n\r\n")
        .await;
    house.until_open("busy", 1.0).await;
    let mut resting = house.say(GET).await;
    answer(&mut resting).await;
    house.until_closed("idle", 1.0).await;
    house.leave.add_permits(1);
    assert!(answer(&mut held).await.ends_with("held"));
}

#[tokio::test]
async fn a_web_socket_is_none_of_its_business() {
    let house = House::open(Limits {
        header_s: 1,
        idle_s: 1,
        stall_s: 1,
        connections: 1,
        connections_per_address: 1,
        ..far()
    });
    let url = format!("ws://{}/ws", house.address);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    // The only place is free again, and its limit runs out, while the socket stays.
    let mut client = house.say(GET).await;
    assert!(answer(&mut client).await.ends_with("page"));
    house.until_closed("idle", 1.0).await;
    socket.send(Message::text("still here")).await.unwrap();
    let echo = socket.next().await.unwrap().unwrap();
    assert_eq!(echo, Message::text("still here"));
    house.until_open("upgraded", 0.0).await;
}
