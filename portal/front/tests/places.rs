//! Who comes when all places are held gets one, unless all are being worked for.

#![allow(missing_docs, reason = "tests")]

mod house;

use front::Limits;
use house::{House, answer, far, rest};
use tokio::io::AsyncWriteExt;

const GET: &str = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
const HELD: &str = "GET /held HTTP/1.1\r\nHost: a.test\r\n\r\n";

fn few(connections: usize, connections_per_address: usize) -> Limits {
    Limits {
        connections,
        connections_per_address,
        ..far()
    }
}

#[tokio::test]
async fn over_its_share_an_address_gives_up_its_own_oldest_connection() {
    let house = House::open(few(6, 4));
    let mut elsewhere = house.connect_from([127, 0, 0, 2]).await;
    let mut silent = Vec::new();
    for _ in 0..10 {
        silent.push(house.connect().await);
    }
    house.until_closed("displaced_share", 6.0).await;
    house.until_open("header", 5.0).await;
    for client in &mut silent[..6] {
        assert_eq!(rest(client).await, "");
    }
    elsewhere.write_all(GET.as_bytes()).await.unwrap();
    assert!(answer(&mut elsewhere).await.ends_with("page"));
    let mut newcomer = house.say(GET).await;
    assert!(answer(&mut newcomer).await.ends_with("page"));
    silent[9].write_all(GET.as_bytes()).await.unwrap();
    assert!(answer(&mut silent[9]).await.ends_with("page"));
}

#[tokio::test]
async fn a_full_house_makes_room_for_an_address_that_has_little() {
    let house = House::open(few(6, 4));
    let mut held = Vec::new();
    for last in [2, 2, 2, 2, 3, 3] {
        held.push(house.connect_from([127, 0, 0, last]).await);
    }
    house.until_open("header", 6.0).await;
    let mut newcomer = house.say(GET).await;
    assert!(answer(&mut newcomer).await.ends_with("page"));
    assert_eq!(house.closed("displaced_all"), 1.0);
    assert_eq!(rest(&mut held[0]).await, "");
}

#[tokio::test]
async fn slow_bodies_and_slow_readers_give_way_too() {
    let house = House::open(few(2, 2));
    let post = "POST /read HTTP/1.1\r\nHost: a.test\r\nContent-Length: 20\r\n\r\n0";
    let mut body = house.say(post).await;
    house.until_open("body", 1.0).await;
    let mut reader = house
        .say("GET /large HTTP/1.1\r\nHost: a.test\r\n\r\n")
        .await;
    house.until_open("answer", 1.0).await;
    let mut newcomers = Vec::new();
    for busy in [1.0, 2.0] {
        newcomers.push(house.say(HELD).await);
        house.until_open("busy", busy).await;
    }
    assert_eq!(house.closed("displaced_share"), 2.0);
    house.leave.add_permits(2);
    for newcomer in &mut newcomers {
        assert!(answer(newcomer).await.ends_with("held"));
    }
    assert_eq!(rest(&mut body).await, "");
    let _ = rest(&mut reader).await;
}

#[tokio::test]
async fn what_is_worked_for_keeps_its_place() {
    let house = House::open(few(2, 2));
    let mut held = [house.say(HELD).await, house.say(HELD).await];
    house.until_open("busy", 2.0).await;
    assert_eq!(rest(&mut house.connect().await).await, "");
    assert_eq!(
        rest(&mut house.connect_from([127, 0, 0, 2]).await).await,
        ""
    );
    assert_eq!(house.closed("refused_share"), 1.0);
    assert_eq!(house.closed("refused_all"), 1.0);
    house.leave.add_permits(2);
    for client in &mut held {
        assert!(answer(client).await.ends_with("held"));
    }
    let mut newcomer = house.say(GET).await;
    assert!(answer(&mut newcomer).await.ends_with("page"));
}

#[tokio::test]
async fn a_proxy_has_no_share_but_the_number_in_all_holds() {
    let proxy = [127, 0, 0, 1].into();
    let house = House::open_with(few(6, 2), vec![proxy], None);
    let mut silent = Vec::new();
    for _ in 0..6 {
        silent.push(house.connect().await);
    }
    house.until_open("header", 6.0).await;
    assert_eq!(house.closed("displaced_share"), 0.0);
    silent.push(house.connect().await);
    house.until_closed("displaced_all", 1.0).await;
}
