//! A live node of which one worker stands still.
//!
//! What makes it stand still is its log: a line about a failed handshake waits for this test.

#![allow(clippy::unwrap_used, reason = "what a test cannot do fails the test")]

mod support;

use std::sync::{Arc, Condvar, Mutex};

use sfu_server::{Config, Placement, RoomId};
use support::peer::Peer;
use support::{TestNode, loopback, until};

/// The worker that is to stand still.
const THREAD: &str = "media-1";

/// How it stands with the worker.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Runs,
    Stands,
    Released,
}

/// Keeps the worker at its next line about DTLS until it is released or dropped.
#[derive(Clone, Default)]
struct Brake(Arc<(Mutex<State>, Condvar)>);

impl Brake {
    fn state(&self) -> State {
        *self.0.0.lock().unwrap()
    }

    fn stand(&self) {
        let mut state = self.0.0.lock().unwrap();
        if *state == State::Runs {
            *state = State::Stands;
        }
        while *state == State::Stands {
            state = self.0.1.wait(state).unwrap();
        }
    }

    fn release(&self) {
        *self.0.0.lock().unwrap() = State::Released;
        self.0.1.notify_all();
    }
}

/// Releases the worker even when the test fails.
struct Release(Brake);

impl Drop for Release {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// The log.
struct Lines(Brake);

impl tracing::Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("sfu_core::dtls")
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {
        if std::thread::current().name() == Some(THREAD) {
            self.0.stand();
        }
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// An offer whose certificate is not the one that the peer will show.
fn with_wrong_fingerprint(offer: &str) -> String {
    let lines = offer.lines().map(|line| match line.split_once("sha-256 ") {
        Some((name, _)) if name.starts_with("a=fingerprint") => {
            format!("{name}sha-256 {}", vec!["AA"; 32].join(":"))
        }
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\r\n").collect()
}

/// Speaks until `to` has heard it.
async fn hears(from: &Peer, to: &Peer, word: &[u8]) {
    until("the sound", async || {
        from.speak(word).await;
        to.heard(word) > 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stands_still_costs_its_own_peers_alone_and_the_drops_are_counted() {
    let brake = Brake::default();
    let release = Release(brake.clone());
    tracing::subscriber::set_global_default(Lines(brake.clone())).unwrap();
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

    let wrong = Peer::new(4, false).await;
    let offer = with_wrong_fingerprint(&wrong.offer().await);
    let answer = test.node.connect(wrong.id, offer, Some(two.id)).await;
    wrong.accept(answer.unwrap()).await;
    until("worker 1 to stand still", async || {
        brake.state() == State::Stands
    })
    .await;
    until("the ring to overflow", async || {
        for _ in 0..64 {
            one.speak(b"flood").await;
        }
        test.figure(dropped, "0") > 0.0
    })
    .await;
    hears(&one, &three, b"meanwhile").await;

    drop(release);
    hears(&one, &two, b"after").await;
    assert!(test.figure(dropped, "1").abs() < f64::EPSILON);
    test.end().await;
}
