//! When a commit failed: nothing of the batch happened, so the core forgets it, too. The state is
//! read back from the rows and every page is shown it.

use std::time::Duration;

use signaling_core::Fair;
use signaling_protocol::{Bye, Refusal};

use super::Owner;
use super::batch::{Batch, Output};
use super::tally::Tally;
use crate::media::refuse;
use crate::session::Body;
use crate::store::{StoreError, read_rows};

/// Pause between two attempts to read the rows.
const RETRY: Duration = Duration::from_secs(1);

impl Owner {
    /// Takes the batch back.
    ///
    /// # Errors
    /// The lease is lost: this node must stop deciding.
    pub(super) async fn recover(
        &mut self,
        batch: Batch,
        error: StoreError,
    ) -> Result<(), StoreError> {
        self.metrics.commit_failures.inc();
        tracing::error!(fair = %self.lease.fair, %error, "a batch was not committed");
        fail(batch.outputs);
        if matches!(error, StoreError::LeaseLost { .. }) {
            return Err(error);
        }
        let rows = loop {
            match read_rows(&self.db, self.lease.fair).await {
                Ok(rows) => break rows,
                Err(error) => {
                    tracing::error!(fair = %self.lease.fair, %error, "cannot read the fair back");
                    tokio::time::sleep(RETRY).await;
                }
            }
        };
        let now_ms = self.clock.now_ms();
        self.tally.clear(&self.metrics);
        self.tally = Tally::of(&rows, &self.metrics);
        self.fair = if rows.fair.is_some() {
            Fair::restore(self.setup.clone(), rows, rand::random(), now_ms, 0)
        } else {
            Fair::new(self.setup.clone(), rand::random(), now_ms)
        };
        if self.draining {
            self.fair.handle_drain(now_ms);
        }
        let mut batch = Batch::default();
        for socket in self.registry.sockets() {
            let actor = socket.actor();
            if self.fair.handle_connected(now_ms, &actor).is_err() {
                socket.outbox.cut(Bye::SeatUnknown);
            } else if let Some(view) = self.fair.snapshot(&actor) {
                self.registry
                    .snapshot(&socket, &Body::new(&view, None), None);
            }
        }
        self.collect(&mut batch, None);
        // Presence and the like, told and persisted with the next batch; the rows are as shown.
        if self.commit(&batch).await.is_ok() {
            Box::pin(self.deliver(batch)).await;
        }
        Ok(())
    }
}

/// Answers everyone who waits for this batch that nothing was done.
fn fail(outputs: Vec<Output>) {
    for output in outputs {
        match output {
            Output::Attach { arrival, .. } => arrival.socket.outbox.cut(Bye::Restart),
            Output::Cut { socket, bye } => socket.outbox.cut(bye),
            Output::Reply { socket, id, .. } | Output::Snapshot { socket, id, .. } => {
                refuse(&socket, id, Refusal::Internal);
            }
            Output::Refuse { socket, id, code } => refuse(&socket, id, code),
            Output::Answer { answer, .. } => drop(answer.send(Err(Refusal::Internal))),
            Output::Send { .. } | Output::Media(_) => {}
        }
    }
}
