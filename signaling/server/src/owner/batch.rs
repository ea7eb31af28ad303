//! A batch: what it writes, and what follows once that is committed.

use std::time::Instant;

use signaling_core::{Command, MediaOrder, Outgoing};
use signaling_protocol::{Bye, Refusal};
use tokio::sync::oneshot;

use super::Owner;
use crate::session::{Arrival, Body, SocketRef};
use crate::store::{StoreError, Work, commit};

/// What a batch of inputs came to.
#[derive(Default)]
pub(super) struct Batch {
    pub inputs: usize,
    pub work: Work,
    /// In order.
    pub outputs: Vec<Output>,
}

/// Something that may happen only after the commit.
pub(super) enum Output {
    /// Welcomes a socket.
    Attach {
        arrival: Arrival,
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
        answer: oneshot::Sender<Result<(), Refusal>>,
        result: Result<(), Refusal>,
    },
    /// Tells pages.
    Send {
        outgoing: Box<Outgoing>,
        cause: Option<Instant>,
    },
    /// Tells the media node.
    Media(MediaOrder),
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

    /// Commits the batch's rows and events.
    pub(super) async fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let begun = Instant::now();
        commit(&self.db, &self.lease, self.clock.now_ms(), &batch.work).await?;
        self.committed_at = Instant::now();
        self.metrics
            .commit_seconds
            .observe(begun.elapsed().as_secs_f64());
        self.metrics.batch_rows.observe(batch.work.rows() as f64);
        self.tally.committed(&batch.work, &self.metrics);
        Ok(())
    }
}
