//! What comes to the owner task, and how the core works it off.

use std::sync::Arc;
use std::time::Instant;

use signaling_core::{
    Accepted, Fair, FairSetup, Gained, MediaSignal, PortalCommand, SocketId, Stop,
};
use signaling_protocol::{Bye, ClientBody, PersonId, Refusal, ServerBody};

use super::Owner;
use super::answer::Answer;
use super::batch::{Batch, Output};
use crate::session::{Arrival, Body, SocketRef};

/// A question about the fair as it is stored.
pub(crate) type Question = Arc<dyn Fn(&mut Fair) + Send + Sync>;

/// Something for the owner task. Clones are the same thing: an input is worked off again when the
/// batch in which it was could not be stored.
#[derive(Clone)]
pub(crate) enum Input {
    /// A socket with a good hello.
    Arrived(Arc<Arrival>),
    /// A socket is gone.
    Departed(SocketId),
    /// A page asks for something.
    Action {
        socket: SocketRef,
        id: u32,
        body: Arc<ClientBody>,
        at: Instant,
    },
    /// The media node says something of a socket's connection.
    Media {
        socket: SocketId,
        signal: MediaSignal,
    },
    /// The portal says something.
    Portal {
        command: PortalCommand,
        answer: Answer<Result<(), Refusal>>,
    },
    /// The portal has read the fair anew.
    Setup {
        setup: Arc<FairSetup>,
        answer: Answer<Result<(), Refusal>>,
    },
    /// Something changed about whether this student is busy in another fair.
    Elsewhere(PersonId),
    /// Someone wants to see the fair.
    Look(Question),
}

/// An input with the fair's time at which it came: deadlines are judged by that, not by when the
/// owner task gets to it.
pub(crate) struct Timed {
    pub at_ms: i64,
    pub input: Input,
}

impl Owner {
    /// Lets the core work an input off and collects what follows.
    pub(super) fn take(&mut self, timed: Timed, batch: &mut Batch) {
        batch.inputs += 1;
        // A clock that was set back meanwhile does not make it one of the future.
        let at_ms = timed.at_ms.min(self.time.now_ms());
        let mut cause = None;
        if !matches!(timed.input, Input::Look(_)) {
            batch.taken.push(timed.input.clone());
        }
        match timed.input {
            Input::Arrived(arrival) => self.arrived(at_ms, arrival, batch),
            Input::Departed(socket) => self.fair.handle_disconnected(at_ms, socket),
            Input::Action {
                socket,
                id,
                body,
                at,
            } => {
                cause = Some(at);
                self.act(at_ms, socket, id, &body, batch);
            }
            Input::Media { socket, signal } => self.fair.handle_media(at_ms, socket, signal),
            Input::Portal { command, answer } => {
                let result = self.fair.handle_portal(at_ms, command);
                batch.outputs.push(Output::Answer { answer, result });
            }
            Input::Setup { setup, answer } => {
                self.gain(&setup);
                let result = Ok(());
                batch.outputs.push(Output::Answer { answer, result });
            }
            Input::Elsewhere(person) => self.elsewhere(person),
            Input::Look(question) => batch.outputs.push(Output::Look(question)),
        }
        self.collect(batch, cause);
    }

    fn gain(&mut self, newer: &FairSetup) {
        let gained = self.setup.gain(newer);
        if gained == Gained::default() {
            return;
        }
        let Gained {
            booths,
            seats,
            jobs,
        } = gained;
        tracing::info!(fair = %self.lease.fair, booths, seats, jobs, "live fair has gained");
        self.fair.handle_setup(self.time.now_ms(), &self.setup);
    }

    /// Tells the core whether the student is busy in another fair.
    pub(super) fn elsewhere(&mut self, person: PersonId) {
        let busy = self.is_elsewhere(person);
        self.fair.handle_elsewhere(self.time.now_ms(), person, busy);
    }

    /// The clock was set: the server counts as down for the difference.
    pub(super) fn clock_stepped(&mut self, by_ms: i64, batch: &mut Batch) {
        tracing::warn!(fair = %self.lease.fair, by_ms, "the clock was set: deadlines move with it");
        self.metrics.setbacks.clock_steps.inc();
        let now_ms = self.time.now_ms();
        self.fair.handle_stop(now_ms, by_ms, Stop::ClockStep);
        self.collect(batch, None);
        let body = Body::new(&ServerBody::Clock { now_ms }, None);
        batch.outputs.push(Output::TellAll(body));
    }

    /// The snapshot is taken before the messages of this input, so it must go out before them.
    fn arrived(&mut self, at_ms: i64, arrival: Arc<Arrival>, batch: &mut Batch) {
        let socket = &arrival.socket;
        let actor = socket.actor();
        if let Some((jti, until_ms)) = &arrival.token {
            batch.work.spend(jti.clone(), *until_ms);
        }
        let member = &socket.member;
        let cut = |bye| Output::Cut {
            socket: socket.clone(),
            bye,
        };
        if self.shut_out.voids(member.person, member.since_s) {
            batch.outputs.push(cut(Bye::ShutOut));
            return;
        }
        let entered = match arrival.earlier() {
            Some(earlier) => self.fair.handle_resumed(at_ms, &actor, earlier),
            None => self.fair.handle_connected(at_ms, &actor),
        };
        if let Err(code) = entered {
            tracing::info!(socket = actor.socket.0, ?code, "not let into the fair");
            batch.outputs.push(cut(Bye::SeatUnknown));
            return;
        }
        if self.is_elsewhere(member.person) {
            self.fair.handle_elsewhere(at_ms, member.person, true);
        }
        let snapshot = self
            .fair
            .snapshot(&actor)
            .map(|view| Body::new(&view, None));
        batch.outputs.push(Output::Attach { arrival, snapshot });
    }

    pub(super) fn act(
        &mut self,
        at_ms: i64,
        socket: SocketRef,
        id: u32,
        body: &ClientBody,
        batch: &mut Batch,
    ) {
        let result = self
            .fair
            .handle_action(at_ms, &socket.actor(), body.clone());
        batch.outputs.push(match result {
            Ok(Accepted::Done { stamp }) => Output::Reply {
                socket,
                id,
                body: Body::new(&ServerBody::Done, stamp),
            },
            Ok(Accepted::Applied { entry, stamp }) => Output::Reply {
                socket,
                id,
                body: Body::new(&ServerBody::Applied { entry }, stamp),
            },
            Ok(Accepted::Snapshot(view)) => Output::Snapshot {
                socket,
                id,
                body: Body::new(&view, None),
            },
            Err(code) => Output::Refuse { socket, id, code },
        });
    }
}
