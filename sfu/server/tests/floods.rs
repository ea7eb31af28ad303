//! A live node and those who send it what they made up: the honest ones do not notice.

#![allow(clippy::unwrap_used, reason = "what a test cannot do fails the test")]

mod support;

use std::time::Duration;

use rand::Rng;
use sfu_server::{Config, RoomId};
use support::peer::Peer;
use support::relay::Relay;
use support::{TestNode, hears, loopback, until};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// Longer than a flood may last before it closes the one who makes it.
const SECONDS: usize = 8;

/// A datagram of random length and content that begins like this.
fn random(first: u8, second: Option<u8>) -> Vec<u8> {
    let mut rng = rand::rng();
    let mut bytes = vec![0; 20 + rng.next_u32() as usize % 900];
    rng.fill_bytes(&mut bytes);
    bytes[0] = first;
    bytes[1] = second.unwrap_or(bytes[1]);
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_floods_from_a_peers_own_address_do_not_end_its_call() {
    let mut test = TestNode::start(loopback(1));
    let (one, two) = (Peer::new(1, false).await, Peer::new(2, false).await);
    let relay = Relay::join(&one, &test.node).await;
    test.connected(one.id).await;
    two.join(&test.node).await;
    test.connected(two.id).await;
    for peer in [&one, &two] {
        test.node.enter(RoomId(1), peer.id);
    }
    hears(&one, &two, b"before").await;
    hears(&two, &one, b"before").await;

    // 250 like RTCP and 600 of anything in each second, spread over it.
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    for step in 0..SECONDS * 50 {
        tick.tick().await;
        for _ in 0..5 {
            relay.forge(&random(0x81, Some(201))).await;
        }
        for first in [
            0x80, 0x90, 0, 22, 70, 200, 0x80, 0x90, 0x80, 0x80, 0x90, 0xB0,
        ] {
            relay.forge(&random(first, None)).await;
        }
        if step % 10 == 0 {
            two.speak(b"meanwhile").await;
            one.speak(b"meanwhile").await;
        }
    }
    let forged = (SECONDS * 50 * 5) as f64;
    test.figure_reaches("pinhui_media_dropped_total", "unauthentic", forged)
        .await;
    assert_eq!(test.node.peers(), 2);
    assert!(test.figure("pinhui_media_peers_closed_total", "").abs() < f64::EPSILON);
    for peer in [&one, &two] {
        let heard = peer.heard(b"meanwhile");
        assert!(heard > SECONDS * 4, "{heard} of {}", SECONDS * 5);
    }
    hears(&one, &two, b"after").await;
    hears(&two, &one, b"after").await;
    test.end().await;
}

/// A binding request with a name that nobody has, as a frame.
fn made_up(worker: u8, n: u16) -> Vec<u8> {
    let name = format!("000{worker}made{n:04x}:up");
    let padded = name.len().next_multiple_of(4);
    let mut message = vec![0, 1, 0, (4 + padded) as u8, 0x21, 0x12, 0xA4, 0x42];
    message.extend([7; 12]);
    message.extend([0, 6, 0, name.len() as u8]);
    message.extend(name.as_bytes());
    message.resize(24 + padded, 0);
    let mut frame = (message.len() as u16).to_be_bytes().to_vec();
    frame.extend(message);
    frame
}

/// Lets this process hold so many descriptors.
fn allow_descriptors(wanted: u64) {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: both calls read or write one local of the right type.
    let allowed = unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 && {
            limit.rlim_cur = wanted.clamp(limit.rlim_cur, limit.rlim_max);
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) == 0
        }
    };
    assert!(
        allowed && limit.rlim_cur >= wanted,
        "{wanted} descriptors are needed"
    );
}

/// The TCP port of the node.
async fn tcp_port(test: &TestNode) -> u16 {
    let scout = Peer::new(99, false).await;
    let answer = test.node.connect(scout.id, scout.offer().await, None).await;
    test.node.remove(scout.id);
    let answer = answer.unwrap();
    let candidate = answer
        .lines()
        .find(|line| line.contains(" tcptype passive"));
    candidate
        .unwrap()
        .split(' ')
        .nth(5)
        .unwrap()
        .parse()
        .unwrap()
}

/// An honest peer that has TCP alone connects and hears itself.
async fn comes_over_tcp(test: &mut TestNode) {
    let peer = Peer::new(1, true).await;
    peer.join_over_tcp(&test.node).await;
    test.connected(peer.id).await;
    test.node.echo(peer.id, true);
    hears(&peer, &peer, b"over tcp").await;
    peer.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_names_over_tcp_take_no_place_from_an_honest_one() {
    const MADE_UP: u16 = 4_096;
    allow_descriptors(3 * u64::from(MADE_UP));
    let mut test = TestNode::start(Config {
        tcp_port: Some(0),
        ..loopback(1)
    });
    let port = tcp_port(&test).await;
    let mut held = Vec::new();
    for n in 0..MADE_UP {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        // The node may have closed it by then.
        let _ = stream.write_all(&made_up(0, n)).await;
        held.push(stream);
    }
    let seen = f64::from(MADE_UP);
    until("all of them to be looked at", async || {
        let taken = test.figure("pinhui_media_tcp_accepted_total", "");
        let not_taken = test.figure("pinhui_media_tcp_not_taken_total", "");
        taken + not_taken >= seen
    })
    .await;
    comes_over_tcp(&mut test).await;
    assert!(test.figure("pinhui_media_tcp_over_limit_total", "").abs() < f64::EPSILON);
    drop(held);
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_take_no_place_from_an_honest_one() {
    let mut test = TestNode::start(Config {
        tcp_port: Some(0),
        pending_tcp_connections: 64,
        ..loopback(1)
    });
    let port = tcp_port(&test).await;
    let mut held = Vec::new();
    for _ in 0..500 {
        held.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    }
    test.figure_reaches("pinhui_media_tcp_pending_over_share_total", "", 400.0)
        .await;
    comes_over_tcp(&mut test).await;
    drop(held);
    test.end().await;
}
