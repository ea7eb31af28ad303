//! A live node of which a worker dies.

#![allow(clippy::unwrap_used, reason = "what a test cannot do fails the test")]

mod support;

use sfu_server::{CloseReason, Config, NodeEvent, PeerId, RoomId};
use support::peer::Peer;
use support::{TestNode, hears, loopback, port_of, until};

/// Two on each of two workers, each pair in a room.
fn paired() -> Config {
    Config {
        filled_peers: 2,
        ..loopback(2)
    }
}

/// Connects a peer and lets it into a room; the port that it was given.
async fn joins(test: &mut TestNode, peer: &Peer, room: u128) -> u16 {
    let answer = test.node.connect(peer.id, peer.offer().await, None).await;
    let answer = answer.unwrap();
    let port = port_of(&answer);
    peer.accept(answer).await;
    test.connected(peer.id).await;
    test.node.enter(RoomId(room), peer.id);
    port
}

/// Waits until these are closed, in whatever order, and nobody else is.
async fn are_closed(test: &mut TestNode, peers: &[PeerId]) {
    let mut left = peers.to_vec();
    while !left.is_empty() {
        let event = test
            .event(|event| matches!(event, NodeEvent::Closed { .. }))
            .await;
        let at = left.iter().position(|peer| {
            let (peer, reason) = (*peer, CloseReason::Gone);
            event == NodeEvent::Closed { peer, reason }
        });
        left.remove(at.unwrap_or_else(|| panic!("{event:?}")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_panics_in_a_call_is_replaced_at_its_port_and_the_other_goes_on() {
    let mut test = TestNode::start(paired());
    let peers = [
        Peer::new(1, false).await,
        Peer::new(2, false).await,
        Peer::new(3, false).await,
        Peer::new(4, false).await,
    ];
    let mut ports = Vec::new();
    for (peer, room) in peers.iter().zip([1, 1, 2, 2]) {
        ports.push(joins(&mut test, peer, room).await);
    }
    assert!(ports[0] == ports[1] && ports[2] == ports[3] && ports[0] != ports[2]);
    let [one, two, three, four] = &peers;
    hears(one, two, b"before").await;
    hears(three, four, b"before").await;

    test.node.crash_worker(0);
    are_closed(&mut test, &[one.id, two.id]).await;
    // Both come back, as their pages do, and are in the call again.
    let (again, too) = (Peer::new(11, false).await, Peer::new(12, false).await);
    assert_eq!(joins(&mut test, &again, 1).await, ports[0], "the same port");
    assert_eq!(joins(&mut test, &too, 1).await, ports[0]);
    hears(&again, &too, b"after").await;
    hears(&too, &again, b"after").await;

    hears(three, four, b"meanwhile").await;
    assert_eq!(
        test.node.peers(),
        4,
        "the other worker's peers were not touched"
    );
    let health = test.node.health();
    assert_eq!((health.up, health.workers), (2, 2));
    let restarts = test.figure("pinhui_media_worker_restarts_total", "panic");
    assert!((restarts - 1.0).abs() < f64::EPSILON);
    // The rings between the workers are new as well, in both directions.
    test.node.enter(RoomId(3), three.id);
    test.node.enter(RoomId(3), again.id);
    hears(&again, three, b"across").await;
    hears(three, &again, b"back").await;
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_worker_is_replaced_with_its_figures_and_its_tcp_connections() {
    let mut test = TestNode::start(Config {
        tcp_port: Some(0),
        ..loopback(1)
    });
    let peer = Peer::new(1, true).await;
    peer.join_over_tcp(&test.node).await;
    test.connected(peer.id).await;
    test.node.echo(peer.id, true);
    hears(&peer, &peer, b"over tcp").await;
    let figure = "pinhui_media_forwarded_packets_total";
    test.figure_reaches(figure, "", 1.0).await;
    let before = test.figure(figure, "");
    test.node.crash_worker(0);
    are_closed(&mut test, &[peer.id]).await;
    let again = Peer::new(2, true).await;
    again.join_over_tcp(&test.node).await;
    test.connected(again.id).await;
    test.node.echo(again.id, true);
    hears(&again, &again, b"over tcp").await;
    test.figure_reaches(figure, "", before + 1.0).await;
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_die_again_and_again_end_the_process_with_a_message() {
    let test = TestNode::start(loopback(2));
    let restarts = "pinhui_media_worker_restarts_total";
    for death in 1..=5_u32 {
        test.node.crash_worker(death as usize % 2);
        test.figure_reaches(restarts, "panic", f64::from(death))
            .await;
        until("the worker to be back", async || {
            test.node.health().is_whole()
        })
        .await;
        assert!(!test.shutdown.is_triggered());
    }
    test.node.crash_worker(0);
    until("the end", async || test.shutdown.is_triggered()).await;
    let why = test.shutdown.failure().unwrap();
    assert!(
        why.contains("media workers died more than 5 times in 10 minutes"),
        "{why}"
    );
    assert!(!test.node.health().is_whole());
    test.end().await;
}
