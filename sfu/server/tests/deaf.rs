//! A live node of which one worker stands still until it cannot take any more orders.

#![allow(clippy::unwrap_used, reason = "what a test cannot do fails the test")]

mod support;

use std::time::Duration;

use sfu_server::{CloseReason, Config, NodeEvent, RoomId, SourceKind};
use support::brake::Brake;
use support::peer::Peer;
use support::{TestNode, hears, loopback};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_takes_no_more_orders_makes_nobody_wait_and_is_replaced() {
    let brake = Brake::of("media-1");
    let mut test = TestNode::start(Config {
        filled_peers: 1,
        // Only its full queue tells of it.
        worker_stalled_s: 600,
        ..loopback(2)
    });
    let node = test.node.clone();
    let [one, two, three] = [
        Peer::new(1, false).await,
        Peer::new(2, false).await,
        Peer::new(3, false).await,
    ];
    for (peer, beside) in [(&one, None), (&two, None), (&three, Some(one.id))] {
        let answer = node.connect(peer.id, peer.offer().await, beside).await;
        peer.accept(answer.unwrap()).await;
        test.connected(peer.id).await;
        node.enter(RoomId(1), peer.id);
    }
    hears(&one, &two, b"before").await;
    hears(&one, &three, b"before").await;
    brake.pull(&node, &Peer::new(4, false).await, two.id).await;

    // More orders than it can keep, given by one who must not be made to wait.
    let orders = tokio::task::spawn_blocking({
        let (node, two) = (node.clone(), two.id);
        move || (0..100_000).for_each(|n| node.mute(two, SourceKind::Screen, n % 2 == 0))
    });
    let given = tokio::time::timeout(Duration::from_secs(20), orders).await;
    given.expect("an order waits for the worker").unwrap();
    let (peer, reason) = (two.id, CloseReason::Gone);
    test.event(|event| *event == NodeEvent::Closed { peer, reason })
        .await;
    hears(&one, &three, b"meanwhile").await;
    // Its place is filled while the old thread still stands, and who was on it comes back.
    let again = Peer::new(12, false).await;
    again.join(&node).await;
    test.connected(again.id).await;
    node.enter(RoomId(1), again.id);
    hears(&one, &again, b"again").await;
    hears(&again, &three, b"and back").await;
    let deaf = test.figure("pinhui_media_worker_restarts_total", "deaf");
    assert!((deaf - 1.0).abs() < f64::EPSILON);
    assert!(test.figure("pinhui_media_orders_lost_total", "") >= 1.0);
    assert!(node.health().is_whole());

    // The old thread wakes up, finds that it is not needed, and disturbs nobody.
    drop(brake);
    hears(&one, &again, b"after").await;
    assert!(node.health().is_whole());
    test.end().await;
}
