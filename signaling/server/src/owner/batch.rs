//! A batch: what it was made of, what it writes, and what follows once that is committed.

use std::sync::Arc;
use std::time::Instant;

use signaling_core::{Command, MediaOrder, Outgoing};
use signaling_protocol::{Bye, Refusal};

use super::Owner;
use super::answer::Answer;
use super::input::{Input, Question};
use crate::media::refuse;
use crate::session::{Arrival, Body, SocketRef};
use crate::store::Work;

/// What a batch of inputs came to.
#[derive(Default)]
pub(super) struct Batch {
    pub inputs: usize,
    /// The inputs that may have changed something, to be worked off again if need be.
    pub taken: Vec<Input>,
    pub work: Work,
    /// In order.
    pub outputs: Vec<Output>,
}

/// Something that may happen only after the commit.
pub(super) enum Output {
    /// Welcomes a socket.
    Attach {
        arrival: Arc<Arrival>,
        snapshot: Option<Body>,
    },
    /// Closes a socket.
    Cut { socket: SocketRef, bye: Bye },
    /// Answers a request that was done.
    Reply {
        socket: SocketRef,
        id: u32,
        body: Body,
    },
    /// Answers with a snapshot.
    Snapshot {
        socket: SocketRef,
        id: u32,
        body: Body,
    },
    /// Answers a request that was refused.
    Refuse {
        socket: SocketRef,
        id: u32,
        code: Refusal,
    },
    /// Answers the portal.
    Answer {
        answer: Answer<Result<(), Refusal>>,
        result: Result<(), Refusal>,
    },
    /// Lets someone see the fair.
    Look(Question),
    /// Tells pages.
    Send {
        outgoing: Box<Outgoing>,
        cause: Option<Instant>,
    },
    /// Tells every page, as no part of what it may miss.
    TellAll(Body),
    /// Tells the media node.
    Media(MediaOrder),
}

impl Batch {
    /// Answers everyone who waits for this batch that nothing was done. Who only wants to look still
    /// may: those are returned.
    pub(super) fn fail(self) -> Vec<Question> {
        let mut questions = Vec::new();
        for output in self.outputs {
            match output {
                Output::Attach { arrival, .. } => arrival.socket.outbox.cut(Bye::Restart),
                Output::Cut { socket, bye } => socket.outbox.cut(bye),
                Output::Reply { socket, id, .. } | Output::Snapshot { socket, id, .. } => {
                    refuse(&socket, id, Refusal::Internal);
                }
                Output::Refuse { socket, id, code } => refuse(&socket, id, code),
                Output::Answer { answer, .. } => answer.give(Err(Refusal::Internal)),
                Output::Look(question) => questions.push(question),
                Output::Send { .. } | Output::TellAll(_) | Output::Media(_) => {}
            }
        }
        questions
    }
}

impl Owner {
    /// Takes over the core's commands. `cause`: when the input arrived that they follow from.
    pub(super) fn collect(&mut self, batch: &mut Batch, cause: Option<Instant>) {
        while let Some(command) = self.fair.poll_command() {
            match command {
                Command::Persist(row) => {
                    self.tally.row(&row);
                    batch.work.put(row);
                }
                Command::Record(event) => batch.work.record(event),
                Command::Media(order) => batch.outputs.push(Output::Media(order)),
                Command::Send(outgoing) => batch.outputs.push(Output::Send { outgoing, cause }),
            }
        }
    }
}
