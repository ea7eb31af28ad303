//! The sockets and streams of one fair, shared by its sockets' tasks and its owner task.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::ws::Utf8Bytes;
use dashmap::DashMap;
use signaling_core::{Audience, SocketId};
use signaling_protocol::{Bye, PersonId, Sequence, ServerBody, Welcome, limits};

use super::rings::RingBudget;
use super::stream::Stream;
use super::{Body, Socket, SocketRef, Watchers};
use crate::metrics::Metrics;

/// Everyone in a fair.
#[derive(Debug)]
pub(crate) struct Registry {
    epoch: u64,
    streams: DashMap<PersonId, Stream>,
    /// Who hears news of wall and console.
    watchers: Watchers,
    metrics: Metrics,
    rings: Arc<RingBudget>,
}

/// A socket whose hello was good, on its way into the fair.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub socket: SocketRef,
    /// The hello's id.
    pub re: u32,
    /// The token that it spent, with its end in ms since 1970.
    pub token: Option<(String, i64)>,
    /// Or: where an earlier socket stopped, and which one it was, if that is known here.
    pub resume: Option<(Sequence, Option<SocketId>)>,
    /// With this the tab may come back.
    pub secret: String,
}

impl Arrival {
    /// The tab's earlier socket.
    pub(crate) fn earlier(&self) -> Option<SocketId> {
        self.resume.and_then(|(_, earlier)| earlier)
    }
}

impl Registry {
    pub(crate) fn new(epoch: u64, metrics: Metrics, rings: Arc<RingBudget>) -> Self {
        Self {
            epoch,
            streams: DashMap::new(),
            watchers: Watchers::new(&metrics),
            metrics,
            rings,
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
            .or_insert_with(|| Stream::new(self.epoch, self.rings.clone()));
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
    pub(crate) fn leave(&self, socket: &Socket) {
        socket.set_gone();
        let person = socket.member.person;
        if let Some(mut stream) = self.streams.get_mut(&person) {
            stream.sockets.retain(|other| other.id != socket.id);
        }
        // Whoever was just being attached is in by now.
        self.watchers.leave(socket.id);
        self.leave_unseen(person);
    }

    /// A socket that was counted in is not coming after all.
    pub(crate) fn leave_unseen(&self, person: PersonId) {
        let Some(mut stream) = self.streams.get_mut(&person) else {
            return;
        };
        stream.open = stream.open.saturating_sub(1);
        if stream.open == 0 {
            stream.idle_since = Some(Instant::now());
            self.metrics.persons.dec();
        }
    }

    /// The last socket of a person's tab.
    pub(crate) fn tab(&self, person: PersonId, tab: u64) -> Option<SocketId> {
        self.streams.get(&person)?.tab(tab)
    }

    /// Welcomes a socket: with what it missed, or with `snapshot`. From here on it hears all
    /// that the person is told.
    pub(crate) fn attach(&self, arrival: &Arrival, snapshot: Option<&Body>, now_ms: i64) {
        let socket = &arrival.socket;
        let member = &socket.member;
        let Some(mut stream) = self.streams.get_mut(&member.person) else {
            return;
        };
        // Closed before it was brought in: `leave` was here already, or waits for this lock.
        if socket.is_gone() || socket.outbox.closing().is_some() {
            return;
        }
        stream.note_tab(socket.tab, socket.id);
        let missed = arrival.resume.and_then(|(at, _)| stream.missed(at));
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
            secret: arrival.secret.clone(),
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

    /// Tells all sockets something that is no part of what they may miss.
    pub(crate) fn tell_all(&self, body: &Body) {
        let text: Utf8Bytes = body.frame(None, None).into();
        for stream in &self.streams {
            for socket in &stream.sockets {
                socket.outbox.push(text.clone(), None);
            }
        }
    }

    /// Tells a socket that is not in yet why that takes long.
    pub(crate) fn tell_stalled(&self, socket: &Socket) {
        let body = Body::new(&ServerBody::Stalled { stalled: true }, None);
        socket.outbox.push(body.frame(None, None), None);
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
        stream.forget_tabs();
        let sockets = stream.sockets.clone();
        drop(stream);
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
        self.streams
            .retain(|_, stream| stream.idle_since.is_none_or(|since| since.elapsed() < keep));
    }
}
