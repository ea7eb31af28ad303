//! Makes one worker stand still: a line of its log about a failed handshake waits for the test.

use std::sync::{Arc, Condvar, Mutex};

use sfu_server::{Node, PeerId};

use super::peer::Peer;
use super::until;

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
struct Shared(Arc<(Mutex<State>, Condvar)>);

impl Shared {
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
}

/// Releases the worker when it is dropped, so even when the test fails.
pub struct Brake(Shared);

impl Drop for Brake {
    fn drop(&mut self) {
        *self.0.0.0.lock().unwrap() = State::Released;
        self.0.0.1.notify_all();
    }
}

/// The log.
struct Lines {
    brake: Shared,
    thread: &'static str,
}

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
        if std::thread::current().name() == Some(self.thread) {
            self.brake.stand();
        }
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

impl Brake {
    /// A brake for the thread of that name: one in each process.
    pub fn of(thread: &'static str) -> Self {
        let brake = Shared::default();
        let lines = Lines {
            brake: brake.clone(),
            thread,
        };
        tracing::subscriber::set_global_default(lines).unwrap();
        Self(brake)
    }

    /// Has the worker stand still at the failed handshake of a peer that is placed beside another.
    pub async fn pull(&self, node: &Node, peer: &Peer, beside: PeerId) {
        let offer = with_wrong_fingerprint(&peer.offer().await);
        let answer = node.connect(peer.id, offer, Some(beside)).await;
        peer.accept(answer.unwrap()).await;
        until("the worker to stand still", async || {
            self.0.state() == State::Stands
        })
        .await;
    }
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
