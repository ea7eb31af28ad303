//! What one person has been told, numbered, with the last messages kept for coming back.

use std::collections::VecDeque;
use std::time::Instant;

use axum::extract::ws::Utf8Bytes;
use signaling_core::SocketId;
use signaling_protocol::{Sequence, limits};

use super::{Body, Member, SocketRef};

/// Bytes kept for coming back, besides the limit on their number.
const RING_BYTES: usize = 128 * 1024;
/// Tabs that may come back to one person's stream.
const SESSIONS: usize = 2 * limits::SOCKETS_PER_PERSON;

/// A tab: what it may come back with.
#[derive(Debug)]
pub(super) struct Session {
    pub secret: String,
    pub member: Member,
    /// Its last socket.
    pub socket: SocketId,
}

/// A person's messages and sockets.
#[derive(Debug, Default)]
pub(super) struct Stream {
    epoch: u64,
    /// Number of the last message.
    n: u64,
    ring: VecDeque<Body>,
    ring_bytes: usize,
    pub sockets: Vec<SocketRef>,
    pub sessions: VecDeque<Session>,
    /// Sockets that are open, attached or not yet.
    pub open: usize,
    /// Without a socket since.
    pub idle_since: Option<Instant>,
}

impl Stream {
    pub(super) fn new(epoch: u64) -> Self {
        Self {
            epoch,
            ..Self::default()
        }
    }

    /// Where the stream stands.
    pub(super) fn at(&self) -> Sequence {
        Sequence {
            epoch: self.epoch,
            n: self.n,
        }
    }

    /// Numbers a message, keeps it, and hands it to all sockets.
    pub(super) fn send(&mut self, body: &Body, cause: Option<Instant>) {
        self.n += 1;
        self.ring_bytes += body.len();
        self.ring.push_back(body.clone());
        while self.ring.len() > limits::RESUME_RING || self.ring_bytes > RING_BYTES {
            let Some(oldest) = self.ring.pop_front() else {
                break;
            };
            self.ring_bytes -= oldest.len();
        }
        if self.sockets.is_empty() {
            return;
        }
        let text: Utf8Bytes = body.frame(Some(self.at()), None).into();
        for socket in &self.sockets {
            socket.outbox.push(text.clone(), cause);
        }
    }

    /// The frames after number `n`, if they are all still there.
    pub(super) fn missed(&self, epoch: u64, n: u64) -> Option<Vec<String>> {
        let behind = self.n.checked_sub(n).filter(|_| epoch == self.epoch)?;
        let behind = usize::try_from(behind)
            .ok()
            .filter(|count| *count <= self.ring.len())?;
        let frames = self.ring.iter().skip(self.ring.len() - behind).zip(n + 1..);
        Some(
            frames
                .map(|(body, n)| body.frame(Some(Sequence { epoch, n }), None))
                .collect(),
        )
    }

    /// Remembers a tab; returns the secret of one that had to be forgotten for it.
    pub(super) fn remember(&mut self, session: Session) -> Option<String> {
        let forgotten = if self.sessions.len() >= SESSIONS {
            self.sessions.pop_front().map(|session| session.secret)
        } else {
            None
        };
        self.sessions.push_back(session);
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signaling_protocol::ServerBody;

    fn body(text: &str) -> Body {
        Body::new(
            &ServerBody::Broadcast {
                text: text.to_owned(),
                at_ms: 0,
            },
            None,
        )
    }

    #[test]
    fn what_was_missed_is_replayed_in_order() {
        let mut stream = Stream::new(5);
        for text in ["a", "b", "c"] {
            stream.send(&body(text), None);
        }
        let missed = stream.missed(5, 1).unwrap();
        assert_eq!(missed.len(), 2);
        assert!(missed[0].contains(r#""n":2"#) && missed[0].contains(r#""b""#));
        assert!(missed[1].contains(r#""n":3"#) && missed[1].contains(r#""c""#));
        assert_eq!(stream.missed(5, 3), Some(Vec::new()));
    }

    #[test]
    fn too_far_behind_another_epoch_or_the_future_needs_a_snapshot() {
        let mut stream = Stream::new(5);
        for _ in 0..limits::RESUME_RING + 10 {
            stream.send(&body("x"), None);
        }
        assert_eq!(stream.missed(5, 9), None);
        assert!(stream.missed(5, 10).is_some());
        assert_eq!(stream.missed(4, 100), None);
        assert_eq!(stream.missed(5, 10_000), None);
    }

    #[test]
    fn large_messages_push_older_ones_out() {
        let mut stream = Stream::new(1);
        for _ in 0..10 {
            stream.send(&body(&"x".repeat(RING_BYTES / 4)), None);
        }
        assert_eq!(stream.missed(1, 0), None);
        assert!(stream.missed(1, 7).is_some());
    }
}
