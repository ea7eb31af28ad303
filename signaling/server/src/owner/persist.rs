//! Storing a batch, for as long as it takes.
//!
//! What is transient (a lock, a full disk, a database that is away) is tried again with growing
//! pauses, while inputs wait in the inbox; the room is told. The one thing that another process, or
//! another fair, may have done first is calling a student: that call-up is taken back and the rest is
//! stored. Only what the database refuses for good is given up: see `recover`.

use std::time::{Duration, Instant};

use base::db::{Trouble, is_unique_violation, may_have_committed, trouble};
use signaling_core::Stop;
use signaling_protocol::{ClientBody, PersonId, Refusal, Role, SeatId, ServerBody, Stage};

use super::Owner;
use super::batch::{Batch, Output};
use super::input::Input;
use crate::session::Body;
use crate::store::{self, StoreError};

/// Pause after a first failed attempt; it doubles …
const PAUSE: Duration = Duration::from_millis(50);
/// … up to this, which is also how long a fair stands still after the database is back.
const PAUSE_MOST: Duration = Duration::from_secs(1);
/// After so long without a commit, pages are told.
const TELL_AFTER: Duration = Duration::from_secs(2);
/// A commit that took longer than this counts as time in which the fair stood still.
const STALL: Duration = Duration::from_secs(1);
/// How often call-ups of one batch are taken back before the batch is given up.
const RACES: u32 = 16;

/// Why a batch was not stored.
#[derive(Debug)]
pub(super) enum Unstored {
    /// Another node decides for the fair: this one must stop.
    LeaseLost,
    /// The database refuses something in it for good.
    Refused(StoreError),
    /// The process ends before it could be stored.
    Ending,
}

/// How a failed attempt goes on.
enum Next {
    /// It had been stored all the same.
    Stored,
    /// The same again, after a pause.
    Again,
    /// Something else, at once.
    Changed,
    /// Nothing helps.
    Refused,
}

impl Owner {
    /// Commits the batch's rows and events.
    pub(super) async fn store(&mut self, batch: &mut Batch) -> Result<(), Unstored> {
        let begun = Instant::now();
        let mut pause = PAUSE;
        let mut races = 0;
        while let Err(error) =
            store::commit(&self.db, &self.lease, self.time.wall_ms(), &batch.work).await
        {
            if matches!(error, StoreError::LeaseLost { .. }) {
                return Err(Unstored::LeaseLost);
            }
            let kind = error.trouble().map_or("lease", Trouble::label);
            self.metrics
                .setbacks
                .commit_failures
                .with_label_values(&[kind])
                .inc();
            match self.next_after(&error, batch, &mut races).await {
                Next::Stored => break,
                Next::Changed => continue,
                Next::Refused => {
                    self.stalled(false);
                    return Err(Unstored::Refused(error));
                }
                Next::Again => {}
            }
            if pause == PAUSE {
                tracing::warn!(fair = %self.lease.fair, %error, "a batch waits to be stored");
            }
            if begun.elapsed() >= TELL_AFTER {
                self.stalled(true);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.shutdown.closing() => return Err(Unstored::Ending),
            }
            pause = (pause * 2).min(PAUSE_MOST);
        }
        self.stored(begun, batch);
        Ok(())
    }

    fn stored(&mut self, begun: Instant, batch: &Batch) {
        let took = begun.elapsed();
        self.committed_at = Instant::now();
        self.metrics.commit_seconds.observe(took.as_secs_f64());
        self.metrics.batch_rows.observe(batch.work.rows() as f64);
        self.tally.committed(&batch.work, &self.metrics);
        self.note_busy(&batch.work);
        self.stalled(false);
        if took >= STALL {
            self.stood_still += took;
        }
    }

    /// What to do about a failed attempt. `races`: call-ups that were taken back so far.
    async fn next_after(&mut self, error: &StoreError, batch: &mut Batch, races: &mut u32) -> Next {
        let StoreError::Database(cause) = error else {
            return Next::Refused;
        };
        let open = may_have_committed(cause);
        if (open || is_unique_violation(cause)) && self.was_stored(batch).await {
            return Next::Stored;
        }
        if open || trouble(cause).is_transient() {
            return Next::Again;
        }
        if is_unique_violation(cause) && *races < RACES {
            *races += 1;
            self.yield_call_ups(batch).await;
            return Next::Changed;
        }
        Next::Refused
    }

    /// The answer to a commit was lost: is the batch's last event there? Only this task writes
    /// events of the fair, so it is this batch's. Rows alone may be written twice.
    async fn was_stored(&self, batch: &Batch) -> bool {
        let Some(last) = batch.work.events().last() else {
            return false;
        };
        // Without an answer it is asked again after the next attempt, whose events would be refused
        // as twice there.
        let there = store::has_event(&self.db, last).await;
        there.unwrap_or_default()
    }

    /// Takes those call-ups of the batch back whose students another fair has called. The
    /// interviewer calls the next one; who picked this one is told.
    async fn yield_call_ups(&mut self, batch: &mut Batch) {
        let called: Vec<PersonId> = batch.work.in_stage(Stage::Called).collect();
        for person in called {
            let busy = store::is_busy_elsewhere(&self.db, self.lease.fair, person).await;
            if !matches!(busy, Ok(true)) {
                continue;
            }
            self.metrics.setbacks.call_races.inc();
            self.foreign.insert(person);
            let now_ms = self.time.now_ms();
            let seat = self.fair.handle_called_elsewhere(now_ms, person);
            batch.outputs.retain(|output| !rings(output, person));
            self.collect(batch, None);
            if let Some(seat) = seat {
                self.call_another(seat, batch);
            }
        }
    }

    fn call_another(&mut self, seat: SeatId, batch: &mut Batch) {
        let asked = batch.taken.iter().rev().find_map(|input| match input {
            Input::Action {
                socket, id, body, ..
            } => (calls(body) && seat_of(&socket.member.role) == Some(seat))
                .then(|| (socket.clone(), *id, body.clone())),
            _ => None,
        });
        let Some((socket, id, body)) = asked else {
            return;
        };
        batch.outputs.retain(|output| {
            !matches!(output, Output::Reply { socket: to, id: re, .. }
                if to.id == socket.id && *re == id)
        });
        if matches!(*body, ClientBody::CallNext) {
            self.act(self.time.now_ms(), socket, id, &body, batch);
            self.collect(batch, None);
        } else {
            let code = Refusal::StudentBusy;
            batch.outputs.push(Output::Refuse { socket, id, code });
        }
    }

    /// Time in which the fair stood still costs nobody a place: every deadline moves by it.
    pub(super) fn make_up(&mut self, batch: &mut Batch) {
        let stood_still = std::mem::take(&mut self.stood_still);
        if stood_still.is_zero() {
            return;
        }
        let by_ms = i64::try_from(stood_still.as_millis()).unwrap_or(i64::MAX);
        tracing::warn!(fair = %self.lease.fair, by_ms, "the fair stood still: deadlines move");
        self.fair
            .handle_stop(self.time.now_ms(), by_ms, Stop::Stall);
        self.collect(batch, None);
    }

    /// Tells the room that nothing can be stored, or can again.
    pub(super) fn stalled(&mut self, stalled: bool) {
        if self.health.set_stalled(stalled) == stalled {
            return;
        }
        if stalled {
            self.metrics.setbacks.stalled.inc();
        } else {
            self.metrics.setbacks.stalled.dec();
        }
        let body = Body::new(&ServerBody::Stalled { stalled }, None);
        self.registry.tell_all(&body);
    }
}

/// Would this make the student's page ring?
fn rings(output: &Output, person: PersonId) -> bool {
    let Output::Send { outgoing, .. } = output else {
        return false;
    };
    let to_him = match &outgoing.to {
        signaling_core::Audience::Persons(to) => to.as_slice() == [person],
        _ => false,
    };
    to_him && matches!(&outgoing.body, ServerBody::Entry { entry } if entry.stage == Stage::Called)
}

fn calls(body: &ClientBody) -> bool {
    matches!(body, ClientBody::CallNext | ClientBody::CallPick { .. })
}

fn seat_of(role: &Role) -> Option<SeatId> {
    match role {
        Role::Interviewer { seat, .. } => Some(*seat),
        Role::Student(_) | Role::Staff => None,
    }
}
