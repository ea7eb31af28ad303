//! An interviewer of the `queue` scenario: accepts, calls, starts, ends, calls the next.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use signaling_protocol::{
    CallId, CallPhase, ClientBody, EntryId, Presence, QueueRow, Refusal, SeatId, ServerBody, Stage,
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

impl Step {
    fn name(&self) -> &'static str {
        match self {
            Self::Accept(_) => "accept",
            Self::Start(_) => "start",
            Self::CallNext => "call_next",
            Self::End(_) => "end",
            Self::Wait => "wait",
        }
    }
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
        if !busy && rows.any(is_callable) {
            Step::CallNext
        } else {
            Step::Wait
        }
    }

    /// Whom the room shows as callable.
    fn callable(&self) -> Vec<EntryId> {
        let rows = self.rows.values().filter(|row| is_callable(row));
        rows.map(|row| row.entry).collect()
    }

    /// Does the room still show one of these as callable?
    fn shows_callable(&self, entries: &[EntryId]) -> bool {
        let mut rows = entries.iter().filter_map(|entry| self.rows.get(entry));
        rows.any(is_callable)
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

fn is_callable(row: &QueueRow) -> bool {
    row.stage == Stage::Waiting && row.presence == Presence::Online
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn room(presence: serde_json::Value) -> (Room, EntryId) {
        let entry = EntryId(uuid::Uuid::from_u128(1));
        let row = json!({
            "entry": entry, "person": uuid::Uuid::from_u128(2), "name": "甲", "headline": "",
            "origin": "applied", "stage": "waiting", "presence": presence, "since_ms": 1,
            "misses": 0, "device_ok": true, "held": false,
        });
        let row: QueueRow = serde_json::from_value(row).unwrap();
        let rows = BTreeMap::from([(entry, row)]);
        (
            Room {
                rows,
                ..Room::default()
            },
            entry,
        )
    }

    #[test]
    fn one_who_is_busy_elsewhere_is_no_longer_callable() {
        let (online, entry) = room(json!({ "is": "online" }));
        assert_eq!(online.callable(), [entry]);
        assert_eq!(online.next(false), Step::CallNext);
        assert!(online.shows_callable(&[entry]));
        let (busy, _) = room(json!({ "is": "busy" }));
        assert!(!busy.shows_callable(&[entry]) && busy.callable().is_empty());
        assert!(!Room::default().shows_callable(&[entry]), "gone");
    }
}
