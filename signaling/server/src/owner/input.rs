//! What comes to the owner task, and how the core works it off.

use std::time::Instant;

use signaling_core::{Accepted, Fair, FairSetup, Gained, MediaSignal, PortalCommand, SocketId};
use signaling_protocol::{Bye, ClientBody, Refusal, ServerBody};
use tokio::sync::oneshot;

use super::Owner;
use super::batch::{Batch, Output};
use crate::session::{Arrival, Body, SocketRef};

/// A question about the fair, answered between two inputs; what it sees may not be committed yet.
pub(crate) type Question = Box<dyn FnOnce(&mut Fair) + Send>;

/// Something for the owner task.
pub(crate) enum Input {
    /// A socket with a good hello.
    Arrived(Box<Arrival>),
    /// A socket is gone.
    Departed(SocketId),
    /// A page asks for something.
    Action {
        socket: SocketRef,
        id: u32,
        body: Box<ClientBody>,
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
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    /// The portal has read the fair anew.
    Setup {
        setup: Box<FairSetup>,
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    /// Someone wants to see the fair.
    Look(Question),
}

impl Owner {
    /// Lets the core work an input off and collects what follows.
    pub(super) fn take(&mut self, input: Input, batch: &mut Batch) {
        batch.inputs += 1;
        let mut cause = None;
        match input {
            Input::Arrived(arrival) => self.arrived(*arrival, batch),
            Input::Departed(socket) => {
                self.fair.handle_disconnected(self.clock.now_ms(), socket);
            }
            Input::Action {
                socket,
                id,
                body,
                at,
            } => {
                cause = Some(at);
                self.act(socket, id, *body, batch);
            }
            Input::Media { socket, signal } => {
                self.fair.handle_media(self.clock.now_ms(), socket, signal);
            }
            Input::Portal { command, answer } => {
                let result = self.fair.handle_portal(self.clock.now_ms(), command);
                batch.outputs.push(Output::Answer { answer, result });
            }
            Input::Setup { setup, answer } => {
                self.gain(&setup);
                let result = Ok(());
                batch.outputs.push(Output::Answer { answer, result });
            }
            Input::Look(question) => question(&mut self.fair),
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
        self.fair.handle_setup(self.clock.now_ms(), &self.setup);
    }

    /// The snapshot is taken before the messages of this input, so it must go out before them.
    fn arrived(&mut self, arrival: Arrival, batch: &mut Batch) {
        let now_ms = self.clock.now_ms();
        let actor = arrival.socket.actor();
        if let Some((jti, until_ms)) = &arrival.token {
            batch.work.spend(jti.clone(), *until_ms);
        }
        let member = &arrival.socket.member;
        if self.shut_out.voids(member.person, member.since_s) {
            batch.outputs.push(Output::Cut {
                socket: arrival.socket,
                bye: Bye::ShutOut,
            });
            return;
        }
        let entered = match &arrival.resume {
            Some((_, earlier)) => self.fair.handle_resumed(now_ms, &actor, *earlier),
            None => self.fair.handle_connected(now_ms, &actor),
        };
        if let Err(code) = entered {
            tracing::info!(socket = actor.socket.0, ?code, "not let into the fair");
            batch.outputs.push(Output::Cut {
                socket: arrival.socket,
                bye: Bye::SeatUnknown,
            });
            return;
        }
        let snapshot = self
            .fair
            .snapshot(&actor)
            .map(|view| Body::new(&view, None));
        batch.outputs.push(Output::Attach { arrival, snapshot });
    }

    fn act(&mut self, socket: SocketRef, id: u32, body: ClientBody, batch: &mut Batch) {
        let result = self
            .fair
            .handle_action(self.clock.now_ms(), &socket.actor(), body);
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
