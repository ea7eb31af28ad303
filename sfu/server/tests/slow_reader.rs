//! A live node with a peer over TCP that does not read what it is sent.

#![allow(clippy::unwrap_used, reason = "what a test cannot do fails the test")]

mod support;

use std::net::SocketAddr;

use sfu_server::{Config, NodeEvent, RoomId};
use support::peer::Peer;
use support::{TestNode, loopback, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;

/// Asked of the socket towards the node: little fits into it once nobody reads.
const RECEIVE_BUFFER_BYTES: u32 = 16 << 10;

/// A way to the node over TCP that can be blocked downwards.
struct Relay {
    address: SocketAddr,
    blocked: watch::Sender<bool>,
}

impl Relay {
    async fn to(node: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (blocked, is_blocked) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((peer, _)) = listener.accept().await {
                let socket = TcpSocket::new_v4().unwrap();
                socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES).unwrap();
                let node = socket.connect(node).await.unwrap();
                let (mut from_peer, mut to_peer) = peer.into_split();
                let (mut from_node, mut to_node) = node.into_split();
                tokio::spawn(async move {
                    // Whichever side ends it.
                    let _ = tokio::io::copy(&mut from_peer, &mut to_node).await;
                });
                let mut is_blocked = is_blocked.clone();
                tokio::spawn(async move {
                    let mut bytes = vec![0; 4 << 10];
                    loop {
                        is_blocked.wait_for(|blocked| !blocked).await.unwrap();
                        match from_node.read(&mut bytes).await {
                            Ok(length) if length > 0 => {
                                to_peer.write_all(&bytes[..length]).await.unwrap();
                            }
                            _ => return,
                        }
                    }
                });
            }
        });
        Self { address, blocked }
    }
}

/// The node's TCP candidate in an answer, and the answer without candidates.
fn take_candidate(answer: &str) -> (Vec<&str>, String) {
    let (candidates, rest): (Vec<&str>, Vec<&str>) = answer
        .lines()
        .partition(|line| line.starts_with("a=candidate"));
    let tcp = candidates
        .iter()
        .find(|line| line.contains(" tcptype passive"))
        .unwrap();
    let fields = tcp.trim_start_matches("a=").split(' ').collect();
    (fields, rest.join("\r\n") + "\r\n")
}

/// Shows pictures until `to` has seen one.
async fn sees(from: &Peer, to: &Peer, word: &[u8]) {
    until("the picture", async || {
        from.show(word).await;
        to.heard(word) > 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_too_slow_is_cut_off_and_the_others_go_on() {
    let mut test = TestNode::start(Config {
        tcp_port: Some(0),
        tcp_buffer_bytes: 64 << 10,
        ..loopback(1)
    });
    let [camera, viewer] = [Peer::new(1, false).await, Peer::new(2, false).await];
    for peer in [&camera, &viewer] {
        peer.join(&test.node).await;
        test.connected(peer.id).await;
        test.node.enter(RoomId(1), peer.id);
    }
    let slow = Peer::new(3, true).await;
    let offer = slow.offer().await;
    let answer = test.node.connect(slow.id, offer, None).await.unwrap();
    let (mut fields, rest) = take_candidate(&answer);
    let node = SocketAddr::new(fields[4].parse().unwrap(), fields[5].parse().unwrap());
    let relay = Relay::to(node).await;
    let port = relay.address.port().to_string();
    fields[5] = &port;
    slow.accept(rest).await;
    slow.trickle(&fields.join(" ")).await;
    test.connected(slow.id).await;
    test.node.enter(RoomId(1), slow.id);
    sees(&camera, &slow, b"over tcp").await;
    let cut = "pinhui_media_tcp_slow_readers_total";
    assert!(test.figure(cut, "").abs() < f64::EPSILON);

    relay.blocked.send(true).unwrap();
    let picture = [7; 1_100];
    until("the slow reader to be cut off", async || {
        for _ in 0..64 {
            camera.show(&picture).await;
        }
        test.figure(cut, "") > 0.0
    })
    .await;
    let none_left = async || test.figure("pinhui_media_tcp_connections", "").abs() < f64::EPSILON;
    until("its connection to be closed", none_left).await;
    sees(&camera, &viewer, b"unharmed").await;
    test.event(|event| *event == NodeEvent::Disconnected { peer: slow.id })
        .await;
    assert!((test.figure(cut, "") - 1.0).abs() < f64::EPSILON);
    assert_eq!(test.node.peers(), 3, "it may come back by another way");
    test.end().await;
}
