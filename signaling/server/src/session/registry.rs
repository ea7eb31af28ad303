//! The sockets and streams of one fair, shared by its sockets' tasks and its owner task.

use std::time::{Duration, Instant};

use dashmap::DashMap;
use signaling_core::{Audience, SocketId};
use signaling_protocol::{Bye, PersonId, Resume, ServerBody, Welcome, limits};

use super::stream::{Session, Stream};
use super::{Body, Member, Socket, SocketRef, Watchers};
use crate::metrics::Metrics;

/// Everyone in a fair.
#[derive(Debug)]
pub(crate) struct Registry {
    epoch: u64,
    streams: DashMap<PersonId, Stream>,
    secrets: DashMap<String, PersonId>,
    /// Who hears news of wall and console.
    watchers: Watchers,
    metrics: Metrics,
}

/// A socket whose hello was good, on its way into the fair.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub socket: SocketRef,
    /// The hello's id.
    pub re: u32,
    /// The token that it spent, with its end in ms since 1970.
    pub token: Option<(String, i64)>,
    /// Or: where an earlier socket stopped, and which one it was.
    pub resume: Option<(Resume, SocketId)>,
}

impl Registry {
    pub(crate) fn new(epoch: u64, metrics: Metrics) -> Self {
        Self {
            epoch,
            streams: DashMap::new(),
            secrets: DashMap::new(),
            watchers: Watchers::new(&metrics),
            metrics,
        }
    }

    /// Counts a socket of `person` in; [`Registry::leave`] counts it out.
    ///
    /// # Errors
    /// The person has too many.
    pub(crate) fn enter(&self, person: PersonId) -> Result<(), Bye> {
        let mut stream = self
            .streams
            .entry(person)
            .or_insert_with(|| Stream::new(self.epoch));
        if stream.open >= limits::SOCKETS_PER_PERSON {
            return Err(Bye::TooManySockets);
        }
        stream.open += 1;
        stream.idle_since = None;
        if stream.open == 1 {
            self.metrics.persons.inc();
        }
        Ok(())
    }

    /// Who hears news of wall and console.
    pub(crate) fn watchers(&self) -> &Watchers {
        &self.watchers
    }

    /// A socket is gone.
    pub(crate) fn leave(&self, person: PersonId, socket: SocketId) {
        self.watchers.leave(socket);
        let Some(mut stream) = self.streams.get_mut(&person) else {
            return;
        };
        stream.sockets.retain(|other| other.id != socket);
        stream.open = stream.open.saturating_sub(1);
        if stream.open == 0 {
            stream.idle_since = Some(Instant::now());
            self.metrics.persons.dec();
        }
    }

    /// The tab with this secret: who it is, and its last socket.
    pub(crate) fn session(&self, secret: &str) -> Option<(Member, SocketId)> {
        let person = *self.secrets.get(secret)?;
        let stream = self.streams.get(&person)?;
        let session = stream
            .sessions
            .iter()
            .find(|session| session.secret == secret)?;
        Some((session.member.clone(), session.socket))
    }

    /// Welcomes a socket: with what it missed, or with `snapshot`. From here on it hears all
    /// that the person is told.
    pub(crate) fn attach(&self, arrival: &Arrival, snapshot: Option<&Body>, now_ms: i64) {
        let socket = &arrival.socket;
        let member = &socket.member;
        let Some(mut stream) = self.streams.get_mut(&member.person) else {
            return;
        };
        if socket.outbox.closing().is_some() {
            return;
        }
        let secret = self.remember(&mut stream, arrival);
        let missed = arrival
            .resume
            .as_ref()
            .and_then(|(resume, _)| stream.missed(resume.epoch, resume.n));
        let kind = if missed.is_some() {
            "resumed"
        } else {
            "snapshot"
        };
        self.metrics.welcomes.with_label_values(&[kind]).inc();
        let welcome = ServerBody::Welcome(Welcome {
            version: signaling_protocol::VERSION,
            person: member.person,
            role: member.role,
            fair: member.fair,
            secret,
            now_ms,
            resumed: missed.is_some(),
        });
        socket.outbox.push(
            Body::new(&welcome, None).frame(None, Some(arrival.re)),
            None,
        );
        match missed {
            Some(frames) => frames
                .into_iter()
                .for_each(|text| socket.outbox.push(text, None)),
            None => {
                if let Some(body) = snapshot {
                    socket
                        .outbox
                        .push(body.frame(Some(stream.at()), None), None);
                }
            }
        }
        stream.sockets.push(socket.clone());
        self.watchers.attach(socket);
    }

    fn remember(&self, stream: &mut Stream, arrival: &Arrival) -> String {
        let socket = &arrival.socket;
        if let Some((resume, _)) = &arrival.resume
            && let Some(session) = stream
                .sessions
                .iter_mut()
                .find(|session| session.secret == resume.secret)
        {
            session.socket = socket.id;
            return session.secret.clone();
        }
        let secret = format!(
            "{:032x}{:032x}",
            rand::random::<u128>(),
            rand::random::<u128>()
        );
        let member = socket.member.clone();
        let session = Session {
            secret: secret.clone(),
            member,
            socket: socket.id,
        };
        if let Some(forgotten) = stream.remember(session) {
            self.secrets.remove(&forgotten);
        }
        self.secrets.insert(secret.clone(), socket.member.person);
        secret
    }

    /// Tells everyone of the audience.
    pub(crate) fn send(&self, to: &Audience, body: &Body, cause: Option<Instant>) {
        match to {
            Audience::Persons(persons) => {
                for person in persons {
                    if let Some(mut stream) = self.streams.get_mut(person) {
                        stream.send(body, cause);
                    }
                }
            }
            Audience::Socket(person, id) => {
                if let Some(socket) = self.socket(*person, *id) {
                    socket.outbox.push(body.frame(None, None), cause);
                }
            }
            // Theirs is a way of its own.
            Audience::Walls | Audience::Consoles => {}
            Audience::Everyone => {
                for mut stream in self.streams.iter_mut() {
                    stream.send(body, cause);
                }
            }
        }
    }

    /// Sends a snapshot with the place in the stream that it stands for.
    pub(crate) fn snapshot(&self, socket: &Socket, body: &Body, re: Option<u32>) {
        if let Some(stream) = self.streams.get(&socket.member.person) {
            socket.outbox.push(body.frame(Some(stream.at()), re), None);
        }
    }

    /// Closes all sockets of a person, and forgets what they could come back with.
    pub(crate) fn shut_out(&self, person: PersonId) {
        let Some(mut stream) = self.streams.get_mut(&person) else {
            return;
        };
        let sessions = std::mem::take(&mut stream.sessions);
        let sockets = stream.sockets.clone();
        drop(stream);
        for session in sessions {
            self.secrets.remove(&session.secret);
        }
        for socket in sockets {
            socket.outbox.cut(Bye::ShutOut);
        }
    }

    /// An attached socket.
    pub(crate) fn socket(&self, person: PersonId, id: SocketId) -> Option<SocketRef> {
        let stream = self.streams.get(&person)?;
        stream
            .sockets
            .iter()
            .find(|socket| socket.id == id)
            .cloned()
    }

    /// All attached sockets.
    pub(crate) fn sockets(&self) -> Vec<SocketRef> {
        self.streams
            .iter()
            .flat_map(|stream| stream.sockets.clone())
            .collect()
    }

    /// Forgets persons who have been without a socket for longer than `keep`.
    pub(crate) fn sweep(&self, keep: Duration) {
        self.streams.retain(|_, stream| {
            let stays = stream.idle_since.is_none_or(|since| since.elapsed() < keep);
            if !stays {
                for session in &stream.sessions {
                    self.secrets.remove(&session.secret);
                }
            }
            stays
        });
    }
}
