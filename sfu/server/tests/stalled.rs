//! A live node of which one worker stands still.
//!
//! What makes it stand still is its log: a line about a failed handshake waits for this test.

#![allow(clippy::unwrap_used, reason = "what a test cannot do fails the test")]

mod support;

use sfu_server::{Config, Placement, RoomId};
use support::brake::Brake;
use support::peer::Peer;
use support::{TestNode, hears, loopback, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stands_still_costs_its_own_peers_alone_and_the_drops_are_counted() {
    let brake = Brake::of("media-1");
    let mut test = TestNode::start(Config {
        placement: Placement::Beside,
        filled_peers: 1,
        gather_us: 0,
        ..loopback(2)
    });
    // One speaks on worker 0; two hears on worker 1, three hears on worker 0.
    let [one, two, three] = [
        Peer::new(1, false).await,
        Peer::new(2, false).await,
        Peer::new(3, false).await,
    ];
    let node = test.node.clone();
    let join = async |peer: &Peer, beside: Option<&Peer>| {
        let beside = beside.map(|peer| peer.id);
        let answer = node.connect(peer.id, peer.offer().await, beside).await;
        peer.accept(answer.unwrap()).await;
    };
    for (peer, beside) in [(&one, None), (&two, None), (&three, Some(&one))] {
        join(peer, beside).await;
        test.connected(peer.id).await;
        test.node.enter(RoomId(1), peer.id);
    }
    hears(&one, &two, b"before").await;
    hears(&one, &three, b"before").await;
    let dropped = "pinhui_media_crossing_dropped_total";
    assert!(test.figure(dropped, "").abs() < f64::EPSILON);

    brake.pull(&node, &Peer::new(4, false).await, two.id).await;
    until("the ring to overflow", async || {
        for _ in 0..64 {
            one.speak(b"flood").await;
        }
        test.figure(dropped, "0") > 0.0
    })
    .await;
    hears(&one, &three, b"meanwhile").await;

    drop(brake);
    hears(&one, &two, b"after").await;
    assert!(test.figure(dropped, "1").abs() < f64::EPSILON);
    test.end().await;
}
