//! Who looks after an owner task: one that dies is followed by a new one, from the rows.

use std::time::Duration;

use signaling_protocol::{Bye, FairId};
use tokio::task::JoinError;

use super::{FairHandle, Live};
use crate::owner::{Ended, Owner};

/// Pause before a fair is opened again whose owner task died; it doubles with each attempt …
const PAUSE: Duration = Duration::from_millis(500);
/// … up to this.
const PAUSE_MOST: Duration = Duration::from_secs(30);
/// An owner task that lived for so long was well: the next one that dies is the first one again.
const WELL: Duration = Duration::from_secs(600);

impl Live {
    /// Lets the owner task run, and sees to what follows from its end.
    pub(super) fn supervise(&self, id: FairId, handle: FairHandle, owner: Owner) {
        let live = self.clone();
        self.0.shutdown.spawn(async move {
            // A task of its own, so that a panic ends here.
            let ended = tokio::spawn(owner.run()).await;
            match ended {
                Ok(Ended::Shutdown) => {}
                Ok(Ended::LeaseLost) => drop(live.0.lost.insert(id)),
                Err(error) => live.owner_died(id, &handle, &error),
            }
        });
    }

    /// What the task knew is gone, and nothing of it that was not stored was told to anyone. Its
    /// pages come again, and a new task goes on from the rows.
    fn owner_died(&self, id: FairId, handle: &FairHandle, error: &JoinError) {
        tracing::error!(fair = %id, %error, "the owner task of a fair has died");
        self.0.metrics.setbacks.owner_deaths.inc();
        self.0.down.insert(id);
        for socket in handle.registry().sockets() {
            socket.outbox.cut(Bye::Restart);
        }
        let (live, handle) = (self.clone(), handle.clone());
        self.0
            .shutdown
            .spawn(async move { live.reopen(id, handle).await });
    }

    async fn reopen(self, id: FairId, handle: FairHandle) {
        let deaths = self.note_death(id);
        let mut pause = (PAUSE * 2_u32.saturating_pow(deaths.min(8))).min(PAUSE_MOST);
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.0.shutdown.triggered() => return,
            }
            match self.open_fair(handle.setup()).await {
                Ok(()) => {
                    self.0.down.remove(&id);
                    return;
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(fair = %id, error, "a fair could not be opened again");
                }
            }
            pause = (pause * 2).min(PAUSE_MOST);
        }
    }

    /// How often in a row the owner task of this fair died before.
    fn note_death(&self, id: FairId) -> u32 {
        let now = tokio::time::Instant::now();
        let mut deaths = self.0.deaths.entry(id).or_insert((0, now));
        let (before, last) = *deaths;
        let in_a_row = if now.duration_since(last) < WELL {
            before
        } else {
            0
        };
        *deaths = (in_a_row + 1, now);
        in_a_row
    }

    /// Attached sockets of all fairs, and tabs of which the media side knows, for tests of what is
    /// left behind.
    #[doc(hidden)]
    pub fn holds(&self) -> (usize, usize) {
        let fairs = self.0.fairs.all();
        let sockets = fairs.iter().map(|fair| fair.registry().sockets().len());
        (sockets.sum(), self.0.desk.tabs())
    }

    /// Lets the owner task of a fair die, for tests of what follows.
    #[doc(hidden)]
    pub async fn break_owner(&self, fair: FairId) {
        if let Some(handle) = self.fair(fair) {
            let _: Option<()> = handle.look(|_| panic!("broken by a test")).await;
        }
    }
}
