//! After the commit: answers, messages and orders, in the order in which they came about.

use super::Owner;
use super::batch::{Batch, Output};
use super::input::Input;
use crate::media::refuse;
use crate::metrics::word;
use crate::session::Body;

/// Messages after which other tasks get a turn.
const SLICE: usize = 128;

impl Owner {
    /// Carries out what follows from a committed batch.
    pub(super) async fn deliver(&mut self, batch: Batch) {
        let mut signals = Vec::new();
        for (count, output) in batch.outputs.into_iter().enumerate() {
            if count % SLICE == SLICE - 1 {
                tokio::task::yield_now().await;
            }
            match output {
                Output::Attach { arrival, snapshot } => {
                    let earlier = arrival.resume.as_ref().map(|(_, earlier)| *earlier);
                    self.desk.arrive(&arrival.socket, earlier);
                    self.registry
                        .attach(&arrival, snapshot.as_ref(), self.clock.now_ms());
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
                // A portal that no longer waits needs no answer.
                Output::Answer { answer, result } => drop(answer.send(result)),
                Output::Send { outgoing, .. } if self.registry.watchers().take(&outgoing) => {}
                Output::Send { outgoing, cause } => {
                    let body = Body::new(&outgoing.body, outgoing.stamp);
                    self.registry.send(&outgoing.to, &body, cause);
                }
                Output::Media(order) => signals.extend(self.desk.order(order)),
            }
        }
        // A connection that was there before its call: the core hears how it is. What follows
        // from that is persisted and told with the next batch's.
        let mut next = Batch::default();
        for signal in signals {
            let input = Input::Media {
                socket: signal.socket,
                signal: signal.signal,
            };
            self.take(input, &mut next);
        }
        if next.inputs > 0 {
            Box::pin(self.follow_up(next)).await;
        }
    }

    async fn follow_up(&mut self, batch: Batch) {
        if !batch.work.is_empty()
            && let Err(error) = self.commit(&batch).await
        {
            // A lost lease shows again at the next turn.
            drop(self.recover(batch, error).await);
            return;
        }
        self.deliver(batch).await;
    }
}
