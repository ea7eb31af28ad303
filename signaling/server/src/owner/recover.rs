//! The database refuses a batch for good. Nobody has been told anything of it: the core goes back to
//! what the rows say, and each input of the batch is worked off again by itself, so that only the one
//! that cannot be stored is refused. No page is shown anything anew.

use std::time::Duration;

use super::Owner;
use super::batch::{Batch, Output};
use super::input::{Input, Timed};
use super::persist::Unstored;
use super::tally::Tally;
use crate::store::{StoreError, read_rows};

/// Pause between two attempts to read the rows, and before a batch that no input asked for is tried
/// again.
const RETRY: Duration = Duration::from_secs(1);

impl Owner {
    /// Takes a batch back, and refuses of it what cannot be stored.
    pub(super) async fn recover(
        &mut self,
        batch: Batch,
        error: StoreError,
    ) -> Result<(), Unstored> {
        self.metrics.setbacks.unstorable.inc();
        tracing::error!(fair = %self.lease.fair, %error, "a batch cannot be stored");
        let mut batch = batch;
        let taken = std::mem::take(&mut batch.taken);
        let questions = match taken.as_slice() {
            // What the core did by itself: its deadline is due again at once.
            [] => {
                tokio::time::sleep(RETRY).await;
                batch.fail()
            }
            [_] => batch.fail(),
            _ => batch.questions(),
        };
        self.reread().await?;
        if taken.len() > 1 {
            for input in taken {
                self.take_alone(input).await?;
            }
        }
        for question in questions {
            question(&mut self.fair);
        }
        Ok(())
    }

    async fn take_alone(&mut self, input: Input) -> Result<(), Unstored> {
        let mut batch = Batch::default();
        let at_ms = self.time.now_ms();
        self.take(Timed { at_ms, input }, &mut batch);
        match self.store(&mut batch).await {
            Ok(()) => {
                self.deliver(batch).await;
                Ok(())
            }
            Err(Unstored::Refused(error)) => {
                self.metrics.setbacks.unstorable.inc();
                tracing::error!(fair = %self.lease.fair, %error, "an input cannot be stored");
                batch.fail();
                self.reread().await
            }
            Err(other) => Err(other),
        }
    }

    /// Puts the core back to the rows, with everyone who is here.
    async fn reread(&mut self) -> Result<(), Unstored> {
        loop {
            let rows = match read_rows(&self.db, self.lease.fair).await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::error!(fair = %self.lease.fair, %error, "cannot read the fair back");
                    self.pause().await?;
                    continue;
                }
            };
            self.tally.clear(&self.metrics);
            self.tally = Tally::of(&rows, &self.metrics);
            let (setup, now_ms) = (self.setup.clone(), self.time.now_ms());
            self.fair.reread(setup, rows, rand::random(), now_ms);
            let mut batch = Batch::default();
            self.sync_elsewhere();
            self.collect(&mut batch, None);
            match self.store(&mut batch).await {
                Ok(()) => {
                    self.deliver(batch).await;
                    return Ok(());
                }
                Err(Unstored::Refused(error)) => {
                    tracing::error!(fair = %self.lease.fair, %error, "presence cannot be stored");
                    self.pause().await?;
                }
                Err(other) => return Err(other),
            }
        }
    }

    async fn pause(&self) -> Result<(), Unstored> {
        tokio::select! {
            () = tokio::time::sleep(RETRY) => Ok(()),
            () = self.shutdown.closing() => Err(Unstored::Ending),
        }
    }
}

impl Batch {
    /// Who only wants to look; all else of the batch is forgotten.
    fn questions(self) -> Vec<super::input::Question> {
        let looks = self.outputs.into_iter().filter_map(|output| match output {
            Output::Look(question) => Some(question),
            _ => None,
        });
        looks.collect()
    }
}
