//! An interviewer of the `queue` scenario: accepts, calls, starts, ends, calls the next.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use signaling_protocol::{ClientBody, EntryId, Refusal, ServerBody};
use tokio::time::Instant;

use super::super::room::{Room, Step};
use super::{Floor, count};
use crate::signal::link::{Ear, Link};

/// Length of a call.
const CALL_MS: std::ops::Range<u64> = 5_000..20_000;
/// After a refusal, the next try comes no sooner than this.
const PATIENCE: Duration = Duration::from_secs(1);

/// Works until the run ends. `accepts`: this seat decides on applications.
///
/// # Errors
/// When the socket ends.
pub async fn work(floor: Arc<Floor>, link: Link, ear: Ear, accepts: bool, seed: u64) -> Result<()> {
    let mut desk = Desk {
        floor,
        link,
        ear,
        accepts,
        rng: StdRng::seed_from_u64(seed),
        room: Room::default(),
        hang_up: None,
        not_before: Instant::now(),
    };
    loop {
        while let Ok(heard) = desk.ear.try_recv() {
            desk.room.hear(heard.body);
        }
        desk.time_call();
        match desk.request() {
            Some((step, body)) => desk.ask(&step, body).await?,
            None => desk.wait().await?,
        }
    }
}

struct Desk {
    floor: Arc<Floor>,
    link: Link,
    ear: Ear,
    accepts: bool,
    rng: StdRng,
    room: Room,
    /// When the running call ends.
    hang_up: Option<Instant>,
    not_before: Instant,
}

impl Desk {
    /// A call that began gets its length.
    fn time_call(&mut self) {
        match (self.room.call, self.hang_up) {
            (Some(_), None) => {
                count(&self.floor.counts.calls);
                let length = Duration::from_millis(self.rng.random_range(CALL_MS));
                self.hang_up = Some(Instant::now() + length);
            }
            (None, Some(_)) => self.hang_up = None,
            _ => {}
        }
    }

    /// What is asked for now, if anything.
    fn request(&self) -> Option<(Step, ClientBody)> {
        let now = Instant::now();
        if let Some((call, at)) = self.room.call.zip(self.hang_up)
            && at <= now
            && now >= self.not_before
        {
            let step = Step::End(call);
            return step.request().map(|body| (step, body));
        }
        let step = self.room.next(self.accepts);
        let body = step.request()?;
        (now >= self.not_before).then_some((step, body))
    }

    async fn ask(&mut self, step: &Step, body: ClientBody) -> Result<()> {
        let callable = self.room.callable();
        let answer = self.link.ask(body).await?;
        if let ServerBody::Refused { code } = answer.body {
            tracing::debug!(?code, ?step, "an interviewer was refused");
            if code == Refusal::NobodyCallable && self.was_outrun(&callable).await {
                count(&self.floor.counts.outrun);
            } else {
                self.floor.counts.deny(step.name(), code);
            }
            self.not_before = Instant::now() + PATIENCE;
            return Ok(());
        }
        if matches!(step, Step::End(_)) {
            count(&self.floor.counts.ended);
        }
        self.settle(step).await;
        Ok(())
    }

    /// Does the room hear that nobody of those whom it showed as callable is so any more? Then
    /// others were quicker; if it does not, room and server disagree.
    async fn was_outrun(&mut self, callable: &[EntryId]) -> bool {
        let limit = Instant::now() + PATIENCE;
        while self.room.shows_callable(callable) {
            match tokio::time::timeout_at(limit, self.ear.recv()).await {
                Ok(Some(heard)) => self.room.hear(heard.body),
                _ => return false,
            }
        }
        true
    }

    /// The answer comes before or after the change that it made: waits until the room shows it,
    /// so that no step is taken twice.
    async fn settle(&mut self, step: &Step) {
        let limit = Instant::now() + PATIENCE;
        while self.room.still(step, self.accepts) {
            match tokio::time::timeout_at(limit, self.ear.recv()).await {
                Ok(Some(heard)) => self.room.hear(heard.body),
                _ => return,
            }
        }
    }

    /// Waits for news, or for the next moment at which something may be due.
    async fn wait(&mut self) -> Result<()> {
        let soon = Instant::now() + PATIENCE;
        let wake = self.hang_up.unwrap_or(soon).min(soon).max(self.not_before);
        tokio::select! {
            heard = self.ear.recv() => match heard {
                Some(heard) => self.room.hear(heard.body),
                None => bail!("an interviewer's socket ended"),
            },
            () = tokio::time::sleep_until(wake) => {}
        }
        Ok(())
    }
}
