//! A real node in process, and peers of the `webrtc` crate over real sockets.

#![allow(clippy::unwrap_used, reason = "what a test cannot do fails the test")]

mod support;

use std::net::UdpSocket;
use std::time::Duration;

use sfu_server::{CloseReason, Config, MediaRefused, NodeEvent, Placement, RoomId, SourceKind};
use support::peer::Peer;
use support::{TestNode, loopback, until};
use tokio::time::timeout;

/// Sends from `from` until `to` has heard it.
async fn hears(from: &Peer, to: &Peer, word: &[u8]) {
    until("the sound", async || {
        from.speak(word).await;
        to.heard(word) > 0
    })
    .await;
    until("the picture", async || {
        from.show(word).await;
        to.heard(word) > 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_hears_itself_in_the_device_test_and_only_then() {
    let mut test = TestNode::start(loopback(1));
    let peer = Peer::new(1, false).await;
    peer.join(&test.node).await;
    test.connected(peer.id).await;
    // The command would overtake a packet that still waits in the socket: sound that is on its way
    // when the test begins may be heard. What is lost before the peer is ready is said again.
    loop {
        peer.speak(b"before").await;
        let counted = test.figure_reaches("pinhui_media_media_packets_total", "", 1.0);
        if timeout(Duration::from_secs(3), counted).await.is_ok() {
            break;
        }
    }
    test.node.echo(peer.id, true);
    hears(&peer, &peer, b"echo").await;
    assert_eq!(peer.heard(b"before"), 0);
    peer.close().await;
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_a_room_hear_each_other_across_workers() {
    let config = Config {
        placement: Placement::Spread,
        ..loopback(2)
    };
    let mut test = TestNode::start(config);
    let (one, two) = (Peer::new(1, false).await, Peer::new(2, false).await);
    let room = RoomId(7);
    test.node.enter(room, two.id);
    for peer in [&one, &two] {
        peer.join(&test.node).await;
        test.connected(peer.id).await;
    }
    test.node.enter(room, one.id);
    hears(&one, &two, b"from one").await;
    hears(&two, &one, b"from two").await;
    assert_eq!(one.heard(b"from one") + two.heard(b"from two"), 0);
    test.figure_reaches("pinhui_media_crossing_packets_sent_total", "", 4.0)
        .await;
    for worker in ["0", "1"] {
        assert!((test.figure("pinhui_media_peers", worker) - 1.0).abs() < f64::EPSILON);
    }
    test.event(|event| {
        matches!(event, NodeEvent::FirstFrame { peer, from, kind: SourceKind::Camera }
            if *peer == one.id && *from == two.id)
    })
    .await;
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_muted_source_is_not_heard_and_a_removed_peer_is_closed() {
    let mut test = TestNode::start(loopback(1));
    let (one, two) = (Peer::new(1, false).await, Peer::new(2, false).await);
    for peer in [&one, &two] {
        peer.join(&test.node).await;
        test.connected(peer.id).await;
        test.node.enter(RoomId(1), peer.id);
    }
    hears(&one, &two, b"loud").await;
    test.node.mute(one.id, SourceKind::Microphone, true);
    until("the silence", async || {
        one.speak(b"muted").await;
        test.figure("pinhui_media_dropped_total", "muted") > 0.0
    })
    .await;
    // Orders and packets keep their order within a worker, so what was muted stays unheard.
    let before = two.heard(b"muted");
    one.speak(b"muted").await;
    one.show(b"still").await;
    until("the picture", async || two.heard(b"still") > 0).await;
    assert_eq!(two.heard(b"muted"), before);
    test.node.remove(one.id);
    let closed = test
        .event(|event| matches!(event, NodeEvent::Closed { .. }))
        .await;
    assert_eq!(
        closed,
        NodeEvent::Closed {
            peer: one.id,
            reason: CloseReason::Removed
        }
    );
    assert_eq!(test.node.peers(), 1);
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_without_udp_comes_over_tcp() {
    let config = Config {
        tcp_port: Some(0),
        ..loopback(2)
    };
    let mut test = TestNode::start(config);
    let peer = Peer::new(1, true).await;
    peer.join_over_tcp(&test.node).await;
    test.connected(peer.id).await;
    test.node.echo(peer.id, true);
    hears(&peer, &peer, b"over tcp").await;
    test.figure_reaches("pinhui_media_tcp_connections", "", 1.0)
        .await;
    test.figure_reaches("pinhui_media_tcp_accepted_total", "", 1.0)
        .await;
    peer.close().await;
    test.figure_reaches("pinhui_media_peers_closed_total", "", 1.0)
        .await;
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ice_restart_keeps_the_media() {
    let mut test = TestNode::start(loopback(1));
    let peer = Peer::new(1, false).await;
    peer.join(&test.node).await;
    test.connected(peer.id).await;
    test.node.echo(peer.id, true);
    hears(&peer, &peer, b"first").await;
    peer.connection.restart_ice().await.unwrap();
    let answer = test
        .node
        .restart_ice(peer.id, peer.offer().await)
        .await
        .unwrap();
    peer.accept(answer).await;
    hears(&peer, &peer, b"second").await;
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_garbage_is_counted_and_changes_nothing() {
    let mut test = TestNode::start(loopback(1));
    let peer = Peer::new(1, false).await;
    let answer = test
        .node
        .connect(peer.id, peer.offer().await, None)
        .await
        .unwrap();
    let port: u16 = answer
        .lines()
        .find(|line| line.starts_with("a=candidate"))
        .and_then(|line| line.split(' ').nth(5)?.parse().ok())
        .unwrap();
    peer.accept(answer).await;
    test.connected(peer.id).await;
    test.node.echo(peer.id, true);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut sent = 0;
    // One of each protocol that shares the port, none of them whole.
    for first in [0_u8, 1, 22, 63, 128, 191, 200, 255] {
        for length in [0_usize, 1, 12, 20, 100, 1_400] {
            let mut garbage = vec![first; length];
            garbage
                .iter_mut()
                .skip(1)
                .enumerate()
                .for_each(|(at, byte)| *byte = (at * 31) as u8);
            stranger.send_to(&garbage, ("127.0.0.1", port)).unwrap();
            sent += 1;
        }
    }
    stranger.send_to(&[0; 9_000], ("127.0.0.1", port)).unwrap();
    test.figure_reaches("pinhui_media_dropped_total", "", f64::from(sent - 8))
        .await;
    test.figure_reaches("pinhui_media_socket_truncated_total", "", 1.0)
        .await;
    hears(&peer, &peer, b"unharmed").await;
    assert_eq!(test.node.peers(), 1);
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_datagrams_of_a_removed_peer_open_nothing() {
    let mut test = TestNode::start(loopback(1));
    let peer = Peer::new(1, false).await;
    peer.join(&test.node).await;
    test.connected(peer.id).await;
    test.node.remove(peer.id);
    test.event(|event| matches!(event, NodeEvent::Closed { .. }))
        .await;
    let before = test.figure("pinhui_media_dropped_total", "");
    until("late media", async || {
        peer.speak(b"late").await;
        test.figure("pinhui_media_dropped_total", "") > before
    })
    .await;
    assert_eq!(test.node.peers(), 0);
    assert!(test.figure("pinhui_media_peers", "0").abs() < f64::EPSILON);
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn impossible_connects_are_refused_with_their_reason() {
    let test = TestNode::start(Config {
        peers_per_worker: 1,
        ..loopback(1)
    });
    let peer = Peer::new(1, false).await;
    let node = &test.node;
    let refused = node.connect(peer.id, "v=0 nonsense".to_owned(), None).await;
    assert!(
        matches!(refused, Err(MediaRefused::Offer(_))),
        "{refused:?}"
    );
    let unknown = node.restart_ice(peer.id, peer.offer().await).await;
    assert_eq!(unknown, Err(MediaRefused::WrongPeer));
    peer.join(node).await;
    let again = node.connect(peer.id, peer.offer().await, None).await;
    assert_eq!(again, Err(MediaRefused::WrongPeer));
    let other = Peer::new(2, false).await;
    let full = node.connect(other.id, other.offer().await, None).await;
    assert_eq!(full, Err(MediaRefused::Full));
    node.drain();
    let draining = node.connect(other.id, other.offer().await, None).await;
    assert_eq!(draining, Err(MediaRefused::Draining));
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draining_node_lets_its_peers_go_on_until_they_leave() {
    let mut test = TestNode::start(loopback(1));
    let peer = Peer::new(1, false).await;
    peer.join(&test.node).await;
    test.connected(peer.id).await;
    test.node.echo(peer.id, true);
    test.shutdown.trigger();
    hears(&peer, &peer, b"goodbye").await;
    test.node.remove(peer.id);
    test.end().await;
}
