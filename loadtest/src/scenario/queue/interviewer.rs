//! An interviewer of the `queue` scenario: accepts, calls, starts, ends, calls the next.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use signaling_protocol::{
    CallId, CallPhase, ClientBody, EntryId, Presence, QueueRow, SeatId, ServerBody, Stage,
};
use tokio::time::Instant;

use super::{Floor, count};
use crate::signal::link::{Ear, Link};

/// Length of a call.
const CALL_MS: std::ops::Range<u64> = 5_000..20_000;
/// After a refusal, the next try comes no sooner than this.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a room's page knows.
#[derive(Default)]
struct Room {
    own: Option<SeatId>,
    rows: BTreeMap<EntryId, QueueRow>,
    call: Option<CallId>,
}

/// What the interviewer does next.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Accept(EntryId),
    Start(EntryId),
    CallNext,
    End(CallId),
    Wait,
}

impl Room {
    fn hear(&mut self, body: ServerBody) {
        match body {
            ServerBody::Booth(view) => {
                self.own = Some(view.seat);
                self.rows = view.rows.into_iter().map(|row| (row.entry, row)).collect();
            }
            ServerBody::Queue { rows, gone, .. } => {
                self.rows
                    .extend(rows.into_iter().map(|row| (row.entry, row)));
                for entry in gone {
                    self.rows.remove(&entry);
                }
            }
            ServerBody::Call { call } => {
                self.call = (call.phase != CallPhase::Ended).then_some(call.call);
            }
            _ => {}
        }
    }

    fn next(&self, accepts: bool) -> Step {
        let mut rows = self.rows.values();
        if accepts && let Some(row) = rows.clone().find(|row| row.stage == Stage::Applied) {
            return Step::Accept(row.entry);
        }
        if self.call.is_some() {
            return Step::Wait;
        }
        let own = |row: &&QueueRow| row.seat.is_some() && row.seat == self.own;
        if let Some(row) = rows
            .clone()
            .find(|row| row.stage == Stage::Ready && own(row))
        {
            return Step::Start(row.entry);
        }
        let busy = rows.clone().any(|row| own(&row) && is_busy(row.stage));
        let callable =
            |row: &QueueRow| row.stage == Stage::Waiting && row.presence == Presence::Online;
        if !busy && rows.any(callable) {
            Step::CallNext
        } else {
            Step::Wait
        }
    }

    /// Does the room not show yet what this step changed?
    fn still(&self, step: &Step, accepts: bool) -> bool {
        match step {
            Step::End(call) => self.call == Some(*call),
            Step::Wait => false,
            other => self.next(accepts) == *other,
        }
    }
}

fn is_busy(stage: Stage) -> bool {
    matches!(stage, Stage::Called | Stage::Ready | Stage::InCall)
}

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
            return Some((Step::End(call), ClientBody::End { call }));
        }
        let step = self.room.next(self.accepts);
        let body = match step {
            Step::Accept(entry) => ClientBody::Accept { entry },
            Step::Start(entry) => ClientBody::Start { entry },
            Step::CallNext => ClientBody::CallNext,
            Step::End(_) | Step::Wait => return None,
        };
        (now >= self.not_before).then_some((step, body))
    }

    async fn ask(&mut self, step: &Step, body: ClientBody) -> Result<()> {
        let answer = self.link.ask(body).await?;
        if let ServerBody::Refused { code } = answer.body {
            tracing::debug!(?code, ?step, "an interviewer was refused");
            count(&self.floor.counts.denied);
            self.not_before = Instant::now() + PATIENCE;
            return Ok(());
        }
        if matches!(step, Step::End(_)) {
            count(&self.floor.counts.ended);
        }
        self.settle(step).await;
        Ok(())
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
