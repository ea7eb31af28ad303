//! After the commit: answers, messages and orders, in the order in which they came about.

use super::Owner;
use super::batch::{Batch, Output};
use super::input::Input;
use super::persist::Unstored;
use crate::media::{Signal, refuse};
use crate::metrics::word;
use crate::session::Body;

/// Messages after which other tasks get a turn.
const SLICE: usize = 128;

impl Owner {
    /// Stores a batch and carries out what follows from it.
    pub(super) async fn store_and_deliver(&mut self, mut batch: Batch) -> Result<(), Unstored> {
        match self.store(&mut batch).await {
            Ok(()) => {
                self.deliver(batch).await;
                Ok(())
            }
            Err(Unstored::Refused(error)) => self.recover(batch, error).await,
            Err(other) => {
                batch.fail();
                Err(other)
            }
        }
    }

    /// Carries out what follows from a committed batch.
    pub(super) async fn deliver(&mut self, batch: Batch) {
        self.fair.handle_stored();
        for (count, output) in batch.outputs.into_iter().enumerate() {
            if count % SLICE == SLICE - 1 {
                tokio::task::yield_now().await;
            }
            match output {
                Output::Attach { arrival, snapshot } => {
                    self.desk.arrive(&arrival.socket, arrival.earlier());
                    self.registry
                        .attach(&arrival, snapshot.as_ref(), self.time.now_ms());
                }
                Output::Cut { socket, bye } => socket.outbox.cut(bye),
                Output::Reply { socket, id, body } => {
                    socket.outbox.push(body.frame(None, Some(id)), None);
                }
                Output::Snapshot { socket, id, body } => {
                    self.registry.snapshot(&socket, &body, Some(id));
                }
                Output::Refuse { socket, id, code } => {
                    self.metrics
                        .refusals
                        .with_label_values(&[&word(code)])
                        .inc();
                    refuse(&socket, id, code);
                }
                Output::Answer { answer, result } => answer.give(result),
                Output::Look(question) => question(&mut self.fair),
                Output::Send { outgoing, .. } if self.registry.watchers().take(&outgoing) => {}
                Output::Send { outgoing, cause } => {
                    let body = Body::of(&outgoing);
                    self.registry.send(&outgoing.to, &body, cause);
                }
                Output::TellAll(body) => self.registry.tell_all(&body),
                // A connection that was there before its call: the core hears how it is, first thing
                // in its next turn.
                Output::Media(order) => {
                    if let Some(Signal { socket, signal, .. }) = self.desk.order(order) {
                        self.again.push(Input::Media { socket, signal });
                    }
                }
            }
        }
    }
}
