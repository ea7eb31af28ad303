//! Who is connected to the media node, and which room each connection belongs in.
//!
//! The state is small and changes at the pace of people, so one lock holds it; no packet comes
//! by here. The node's answer to an offer is waited for outside the lock and outside the fair's
//! owner task.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use signaling_core::{MediaOrder, MediaSignal, SocketId};
use signaling_protocol::{
    BoothId, CallId, FairId, PersonId, Refusal, Role, ServerBody, SourceKind,
};

use super::node::{MediaNode, MediaRefused, PeerId};
use super::plug::{Connection, Flow, Plug, room_of};
use crate::metrics::{Metrics, word};
use crate::session::{Body, SocketRef};

/// All media connections of this live server.
pub(crate) struct Desk {
    pub(super) node: Arc<dyn MediaNode>,
    pub(super) state: Mutex<State>,
    next_peer: AtomicU64,
    metrics: Metrics,
}

#[derive(Default)]
pub(super) struct State {
    pub plugs: HashMap<SocketId, Plug>,
    pub by_peer: HashMap<PeerId, SocketId>,
}

/// Something of a connection that the fair's core must hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signal {
    pub fair: FairId,
    pub socket: SocketId,
    pub signal: MediaSignal,
}

impl Desk {
    pub(crate) fn new(node: Arc<dyn MediaNode>, metrics: Metrics) -> Self {
        let state = Mutex::default();
        Self {
            node,
            state,
            next_peer: AtomicU64::new(1),
            metrics,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket came in. If it comes back for `earlier`, it takes over that one's connection.
    pub(crate) fn arrive(&self, socket: &SocketRef, earlier: Option<SocketId>) {
        let mut state = self.lock();
        // Closed before it was brought in: nobody would take it out again.
        if socket.is_gone() {
            return;
        }
        let mut plug = Plug::new(socket.clone());
        if let Some(old) = earlier.and_then(|earlier| state.plugs.remove(&earlier)) {
            plug.connection = old.connection;
            plug.muted = old.muted;
            plug.call = old.call;
            plug.budget = old.budget;
            plug.former = earlier;
            if let Some(peer) = plug.peer() {
                state.by_peer.insert(peer, socket.id);
            }
        }
        state.plugs.insert(socket.id, plug);
    }

    /// A socket is gone. Media do not pass through it: its connection stays in the call's room, and
    /// is kept for the tab's return.
    pub(crate) fn depart(&self, socket: SocketId) {
        let mut state = self.lock();
        if let Some(plug) = state.plugs.get_mut(&socket) {
            plug.gone = Some(Instant::now());
            if plug.connection.is_none() && plug.call.is_none() {
                state.plugs.remove(&socket);
            }
        }
    }

    /// Ends connections of tabs that have been gone for longer than `keep`, and for tabs in a call
    /// longer than `in_call`: there the core says when it is over.
    pub(crate) fn sweep(&self, keep: Duration, in_call: Duration) {
        let mut state = self.lock();
        let over: Vec<SocketId> = state
            .plugs
            .iter()
            .filter(|(_, plug)| {
                let limit = if plug.call.is_some() { in_call } else { keep };
                plug.gone.is_some_and(|gone| gone.elapsed() >= limit)
            })
            .map(|(socket, _)| *socket)
            .collect();
        for socket in over {
            if let Some(peer) = state.plugs.remove(&socket).and_then(|plug| plug.peer()) {
                state.by_peer.remove(&peer);
                self.node.remove(peer);
            }
        }
        self.count(&state);
    }

    /// Ends all connections of a person, also those that are kept for a tab's return.
    pub(crate) fn shut_out(&self, person: PersonId) {
        let mut state = self.lock();
        let own: Vec<SocketId> = state
            .plugs
            .iter()
            .filter(|(_, plug)| plug.socket.member.person == person)
            .map(|(socket, _)| *socket)
            .collect();
        for socket in own {
            if let Some(peer) = state.plugs.remove(&socket).and_then(|plug| plug.peer()) {
                state.by_peer.remove(&peer);
                self.node.remove(peer);
            }
        }
        self.count(&state);
    }

    /// How many tabs are known.
    pub(crate) fn tabs(&self) -> usize {
        self.lock().plugs.len()
    }

    /// Ends all connections.
    pub(crate) fn close_all(&self) {
        let mut state = self.lock();
        for plug in state.plugs.values_mut() {
            plug.connection = None;
        }
        for peer in std::mem::take(&mut state.by_peer).into_keys() {
            self.node.remove(peer);
        }
        self.count(&state);
    }

    /// Answers an offer on the socket. A new offer replaces an earlier connection.
    pub(crate) async fn offer(&self, socket: SocketRef, re: u32, sdp: String) {
        let begun = Instant::now();
        let Some((peer, beside)) = self.begin_offer(&socket) else {
            return self.reply(&socket, re, Err(MediaRefused::Busy));
        };
        let answer = self.node.connect(peer, sdp, beside).await;
        self.metrics
            .answer_seconds
            .observe(begun.elapsed().as_secs_f64());
        self.end_offer(&socket, peer, answer.is_ok());
        self.reply(&socket, re, answer);
    }

    /// Takes an ICE restart on the socket's connection.
    pub(crate) async fn restart(&self, socket: SocketRef, re: u32, sdp: String) {
        let peer = match self.begin_restart(&socket) {
            Ok(peer) => peer,
            Err(why) => return self.reply(&socket, re, Err(why)),
        };
        let answer = self.node.restart_ice(peer, sdp).await;
        let mut state = self.lock();
        // A tab that came back meanwhile has the connection on its new socket.
        let id = state.by_peer.get(&peer).copied().unwrap_or(socket.id);
        if let Some(plug) = state.plugs.get_mut(&id) {
            plug.busy = false;
        }
        drop(state);
        self.reply(&socket, re, answer);
    }

    /// The connection to restart, if it may be now: a second restart waits for the first.
    fn begin_restart(&self, socket: &SocketRef) -> Result<PeerId, MediaRefused> {
        let mut state = self.lock();
        let plug = state.plugs.get_mut(&socket.id);
        let plug = plug.ok_or(MediaRefused::Unknown)?;
        let peer = plug.peer().ok_or(MediaRefused::Unknown)?;
        if plug.busy || !plug.budget.take(Instant::now()) {
            return Err(MediaRefused::Busy);
        }
        plug.busy = true;
        Ok(peer)
    }

    /// Ends the socket's connection.
    pub(crate) fn close(&self, socket: &SocketRef, re: u32) {
        let mut state = self.lock();
        let connection = state
            .plugs
            .get_mut(&socket.id)
            .and_then(|plug| plug.connection.take());
        let Some(connection) = connection else {
            return refuse(socket, re, Refusal::NoMedia);
        };
        state.by_peer.remove(&connection.peer);
        self.node.remove(connection.peer);
        self.count(&state);
        drop(state);
        respond(socket, re, &ServerBody::Done);
    }

    /// Starts or stops the echo room.
    pub(crate) fn echo(&self, socket: &SocketRef, re: u32, on: bool) {
        let mut state = self.lock();
        let connection = state
            .plugs
            .get_mut(&socket.id)
            .and_then(|plug| plug.connection.as_mut());
        let Some(connection) = connection else {
            return refuse(socket, re, Refusal::NoMedia);
        };
        connection.echo = on;
        self.node.echo(connection.peer, on);
        drop(state);
        respond(socket, re, &ServerBody::Done);
    }

    /// Notes what a tab switched off, for the names beside its sources.
    pub(crate) fn note_mute(&self, socket: SocketId, source: SourceKind, muted: bool) {
        if let Some(plug) = self.lock().plugs.get_mut(&socket) {
            plug.muted.retain(|other| *other != source);
            if muted {
                plug.muted.push(source);
            }
        }
    }

    /// Carries out an order of the core. Returns what the core must hear of the connection that
    /// entered a call.
    pub(crate) fn order(&self, order: MediaOrder) -> Option<Signal> {
        match order {
            MediaOrder::Enter { call, socket, .. } => self.enter(call, socket),
            MediaOrder::Leave { call, socket, .. } => {
                let mut state = self.lock();
                let plug = state.plug(socket)?;
                plug.call.take_if(|current| *current == call);
                if let Some(peer) = plug.peer() {
                    self.node.leave(room_of(call), peer);
                }
                None
            }
            MediaOrder::Mute {
                socket,
                source,
                muted,
                ..
            } => {
                let peer = self.lock().plug(socket)?.peer()?;
                self.node.mute(peer, source, muted);
                None
            }
        }
    }

    fn enter(&self, call: CallId, socket: SocketId) -> Option<Signal> {
        let mut state = self.lock();
        let plug = state.plugs.get_mut(&socket)?;
        plug.call = Some(call);
        let connection = plug.connection.as_mut()?;
        if std::mem::take(&mut connection.echo) {
            self.node.echo(connection.peer, false);
        }
        self.node.enter(room_of(call), connection.peer);
        let signal = connection.signal?;
        Some(Signal {
            fair: plug.fair(),
            socket,
            signal,
        })
    }

    /// Names the new connection, and the one that it goes beside. `None`: one is under way, or
    /// there were too many.
    fn begin_offer(&self, socket: &SocketRef) -> Option<(PeerId, Option<PeerId>)> {
        let mut state = self.lock();
        let beside = state.beside(socket);
        let plug = state.plugs.get_mut(&socket.id)?;
        if plug.busy || !plug.budget.take(Instant::now()) {
            return None;
        }
        plug.busy = true;
        let peer = PeerId(self.next_peer.fetch_add(1, Ordering::Relaxed));
        let replaced = plug.connection.replace(Connection {
            peer,
            echo: false,
            flow: Flow::default(),
            signal: None,
        });
        // Known before the node's first event of it can come.
        state.by_peer.insert(peer, socket.id);
        if let Some(old) = replaced {
            state.by_peer.remove(&old.peer);
            self.node.remove(old.peer);
        }
        Some((peer, beside))
    }

    fn end_offer(&self, socket: &SocketRef, peer: PeerId, good: bool) {
        let mut state = self.lock();
        // A tab that went away and came back meanwhile has the connection on its new socket.
        let Some(id) = state.by_peer.get(&peer).copied() else {
            if let Some(plug) = state.plugs.get_mut(&socket.id) {
                plug.busy = false;
            }
            if good {
                self.node.remove(peer);
            }
            return;
        };
        if let Some(plug) = state.plugs.get_mut(&id) {
            plug.busy = false;
            if good {
                if let Some(call) = plug.call {
                    self.node.enter(room_of(call), peer);
                }
            } else {
                plug.connection = None;
            }
        }
        if !good {
            state.by_peer.remove(&peer);
        }
        self.count(&state);
    }

    fn reply(&self, socket: &SocketRef, re: u32, answer: Result<String, MediaRefused>) {
        let result = match answer {
            Ok(sdp) => {
                respond(socket, re, &ServerBody::MediaAnswer { sdp });
                "answered".to_owned()
            }
            Err(why) => {
                tracing::info!(socket = socket.id.0, %why, "media offer refused");
                let code = match why {
                    MediaRefused::BadOffer(_) => Refusal::BadOffer,
                    MediaRefused::Full => Refusal::MediaFull,
                    MediaRefused::Busy => Refusal::TooFast,
                    MediaRefused::Unknown => Refusal::NoMedia,
                };
                refuse(socket, re, code);
                word(code)
            }
        };
        self.metrics
            .media_offers
            .with_label_values(&[&result])
            .inc();
    }

    /// Whether media flow.
    pub(crate) fn media_ready(&self) -> bool {
        self.node.is_whole()
    }

    /// Has a media worker panic, for a test.
    pub(crate) fn crash_media_worker(&self, worker: usize) {
        self.node.crash_worker(worker);
    }

    pub(super) fn count(&self, state: &State) {
        self.metrics
            .media_peers
            .set(i64::try_from(state.by_peer.len()).unwrap_or(i64::MAX));
    }
}

impl State {
    /// The tab on this socket, or the one that has come back for it: an order may speak of a
    /// socket whose successor is here already.
    fn plug(&mut self, socket: SocketId) -> Option<&mut Plug> {
        let id = if self.plugs.contains_key(&socket) {
            socket
        } else {
            *self
                .plugs
                .iter()
                .find(|(_, plug)| plug.former == Some(socket))?
                .0
        };
        self.plugs.get_mut(&id)
    }

    /// A connected colleague of the same booth.
    fn beside(&self, socket: &SocketRef) -> Option<PeerId> {
        let booth = booth_of(socket)?;
        self.plugs
            .values()
            .filter(|plug| plug.socket.id != socket.id && booth_of(&plug.socket) == Some(booth))
            .find_map(Plug::peer)
    }
}

fn booth_of(socket: &SocketRef) -> Option<BoothId> {
    match socket.member.role {
        Role::Interviewer { booth, .. } => Some(booth),
        Role::Student(_) | Role::Staff => None,
    }
}

fn respond(socket: &SocketRef, re: u32, body: &ServerBody) {
    socket
        .outbox
        .push(Body::new(body, None).frame(None, Some(re)), None);
}

pub(crate) fn refuse(socket: &SocketRef, re: u32, code: Refusal) {
    respond(socket, re, &ServerBody::Refused { code });
}
