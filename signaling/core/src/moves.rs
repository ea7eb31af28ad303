//! The one way in which an entry changes its stage: out of the old one, into the new one, with
//! rows, event, and who hears of it.

use std::collections::BTreeMap;

use signaling_protocol::{BoothId, Cause, EntryId, PersonId, Refusal, SeatId, Stage};

use crate::codes::EventKind;
use crate::entry::{Entry, EntryStage, Step, Stood, Told};
use crate::fair::Fair;
use crate::journal::Event;
use crate::queue::{Insertion, Queue};
use crate::timers::Deadline;

/// A step with all that goes with it.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub(crate) step: Step,
    pub(crate) kind: EventKind,
    pub(crate) actor: Option<PersonId>,
    pub(crate) seat: Option<SeatId>,
    /// Where to, if the step leads to WAITING.
    pub(crate) place: Insertion,
    pub(crate) cause: Option<Cause>,
    pub(crate) reason: Option<String>,
}

impl Move {
    pub(crate) fn new(step: Step, kind: EventKind, actor: Option<PersonId>) -> Self {
        let place = Insertion::Tail;
        Self {
            step,
            kind,
            actor,
            seat: None,
            place,
            cause: None,
            reason: None,
        }
    }

    pub(crate) fn seat(self, seat: SeatId) -> Self {
        Self {
            seat: Some(seat),
            ..self
        }
    }

    pub(crate) fn place(self, place: Insertion) -> Self {
        Self { place, ..self }
    }

    pub(crate) fn cause(self, cause: Cause) -> Self {
        Self {
            cause: Some(cause),
            ..self
        }
    }

    pub(crate) fn reason(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }
}

impl Fair {
    /// Moves an entry.
    ///
    /// # Errors
    /// What [`EntryStage::on`] says; nothing has changed then.
    pub(crate) fn move_entry(&mut self, id: EntryId, mv: Move) -> Result<(), Refusal> {
        let now_ms = self.now_ms;
        let entry = self.entries.get_mut(&id).ok_or(Refusal::NotFound)?;
        let before = entry.stage;
        let after = before.on(mv.step)?;
        let (booth, person) = (entry.booth, entry.person);
        let stood = (entry.cause, entry.told);
        entry.stage = after;
        // Someone who only moves back in the queue has waited since he joined.
        if before.plain() != after.plain() {
            entry.since_ms = now_ms;
        }
        entry.cause = mv.cause;
        entry.reason = mv.reason.clone();
        entry.skipped_ms = None;
        self.untold.entry(id, entry.told);
        (entry.place, entry.told) = (None, None);
        self.timers.clear(Deadline::HeadSkip(id));
        self.leave_stage(id, booth, before, stood);
        self.enter_stage(id, booth, after, mv.place);
        self.note_activity(id, person, before, after);
        self.note_listing(id, booth);

        let seat = mv.seat.or(before.seat()).or(after.seat());
        let event = Event::new(mv.kind, mv.actor)
            .entry(id)
            .seat(seat)
            .text(mv.reason);
        let event = match after.call().or(before.call()) {
            Some(call) => event.call(call),
            None => event,
        };
        self.record(Some(booth), event);
        self.changes.entries.insert(id);
        self.changes.told.insert(id);
        self.row_changed(booth, id);
        if before.is_busy() || after.is_busy() {
            self.changes.urgent.insert(booth);
        }
        self.wall.booths.insert(booth);
        self.wall.totals = true;
        // After the fair's end there is no queue to go back to.
        if after == EntryStage::Waiting && self.while_running().is_err() {
            self.expire(id);
        }
        Ok(())
    }

    fn leave_stage(
        &mut self,
        id: EntryId,
        booth_id: BoothId,
        before: EntryStage,
        (cause, told): (Option<Cause>, Option<Told>),
    ) {
        match before {
            EntryStage::Applied => {
                if let Some(booth) = self.booths.get_mut(&booth_id) {
                    booth.applied.remove(&id);
                }
            }
            EntryStage::Waiting => {
                let rank = self.booths.get_mut(&booth_id).and_then(|booth| {
                    let rank = booth.queue.rank_of(id);
                    booth.queue.remove(id);
                    rank
                });
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.stood = rank.map(|rank| Stood { rank, cause, told });
                }
                self.counts.waiting -= 1;
                self.queue_changed(booth_id);
            }
            EntryStage::Called { seat, .. } | EntryStage::Ready { seat, .. } => {
                self.timers.clear(Deadline::ReadyCheck(id));
                self.timers.clear(Deadline::StartByItself(id));
                self.timers.clear(Deadline::SeatGone(seat));
                if let Some(seat) = self.seats.get_mut(&seat) {
                    seat.entry = None;
                }
                self.seats_changed(booth_id);
            }
            EntryStage::Declined { .. } => self.timers.clear(Deadline::Undo(id)),
            EntryStage::Missed { .. } => {
                self.counts.missed -= 1;
                self.timers.clear(Deadline::Undo(id));
            }
            EntryStage::Invited
            | EntryStage::InCall { .. }
            | EntryStage::Done { .. }
            | EntryStage::Withdrawn
            | EntryStage::Left
            | EntryStage::Removed
            | EntryStage::Expired => {}
        }
    }

    fn enter_stage(&mut self, id: EntryId, booth_id: BoothId, after: EntryStage, at: Insertion) {
        match after {
            EntryStage::Applied => {
                if let Some(booth) = self.booths.get_mut(&booth_id) {
                    booth.applied.insert(id);
                }
            }
            EntryStage::Waiting => self.enter_queue(id, booth_id, at),
            EntryStage::Called { seat, until_ms, .. } => {
                self.timers.set(Deadline::ReadyCheck(id), until_ms);
                if let Some(seat) = self.seats.get_mut(&seat) {
                    seat.entry = Some(id);
                }
                self.note_wait(id, booth_id);
                self.seats_changed(booth_id);
            }
            EntryStage::Ready { seat, until_ms, .. } => {
                self.timers.set(Deadline::StartByItself(id), until_ms);
                if let Some(seat) = self.seats.get_mut(&seat) {
                    seat.entry = Some(id);
                }
                self.seats_changed(booth_id);
            }
            EntryStage::Done { .. } => {
                self.counts.done += 1;
                if let Some(booth) = self.booths.get_mut(&booth_id) {
                    booth.done += 1;
                }
            }
            EntryStage::Declined { undo_until_ms } => {
                self.timers.set(Deadline::Undo(id), undo_until_ms);
            }
            EntryStage::Missed { undo_until_ms } => {
                self.counts.missed += 1;
                self.timers.set(Deadline::Undo(id), undo_until_ms);
            }
            EntryStage::InCall { .. } => {
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.held_by = None;
                }
            }
            EntryStage::Invited
            | EntryStage::Withdrawn
            | EntryStage::Left
            | EntryStage::Removed
            | EntryStage::Expired => {}
        }
    }

    fn enter_queue(&mut self, id: EntryId, booth_id: BoothId, at: Insertion) {
        let now_ms = self.now_ms;
        let Some((entry, booth)) = self.entries.get_mut(&id).zip(self.booths.get(&booth_id)) else {
            return;
        };
        let joined_before = entry.joined_ms.is_some();
        let joined_ms = *entry.joined_ms.get_or_insert(now_ms);
        let person = entry.person;
        let at = match at {
            Insertion::Front => Insertion::At(returned_before(
                &booth.queue,
                &self.entries,
                (joined_ms, id),
            )),
            at => at,
        };
        let Some(booth) = self.booths.get_mut(&booth_id) else {
            return;
        };
        let inserted = booth.queue.insert(id, person, at);
        if inserted.dealt_anew {
            self.changes
                .entries
                .extend(booth.queue.places().iter().map(|place| place.entry));
        }
        self.counts.waiting += 1;
        let runs = self.timers.get(Deadline::OfflineLeft(person)).is_some();
        if !joined_before || !runs {
            self.restart_grace(person);
        }
        self.queue_changed(booth_id);
    }

    /// The list changed: places and waits are worked out anew, and the order is told.
    pub(crate) fn queue_changed(&mut self, booth: BoothId) {
        self.booth_news(booth, |pending| pending.order = true);
        self.changes.waits.insert(booth);
        self.wall.booths.insert(booth);
        self.wall.totals = true;
    }

    /// Notes how long an entry waited, at its first call-up.
    fn note_wait(&mut self, id: EntryId, booth_id: BoothId) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.waited_ms.is_some() {
            return;
        }
        let waited_ms = self.now_ms - entry.joined_ms.unwrap_or(entry.made_ms);
        entry.waited_ms = Some(waited_ms);
        self.counts.waits.insert(waited_ms);
        if let Some(booth) = self.booths.get_mut(&booth_id) {
            booth.waits.insert(waited_ms);
        }
    }

    /// Keeps what is known of the student: active entries, busy or not, and so who else must hear.
    fn note_activity(
        &mut self,
        id: EntryId,
        person_id: PersonId,
        before: EntryStage,
        after: EntryStage,
    ) {
        if let Some(person) = self.persons.get_mut(&person_id) {
            if after.is_active() {
                person.active.insert(id);
            } else {
                person.active.remove(&id);
            }
        }
        // A refusal may be undone while the student is offline: his times run from now on.
        if after.is_active() && !before.is_active() {
            self.arm_offline(person_id);
        }
        match (before.is_busy(), after.is_busy()) {
            (false, true) => self.counts.busy += 1,
            (true, false) => self.counts.busy -= 1,
            (true, true) | (false, false) => return,
        }
        self.presence_changed(person_id);
    }

    /// Whether a person can be called has changed: rows and waits of all queues he stands in.
    pub(crate) fn presence_changed(&mut self, person: PersonId) {
        let Some(person) = self.persons.get(&person) else {
            return;
        };
        for id in person.active.clone() {
            let Some(entry) = self.entries.get(&id) else {
                continue;
            };
            let (booth, waiting) = (entry.booth, entry.stage.plain() == Stage::Waiting);
            self.row_changed(booth, id);
            if waiting {
                self.changes.waits.insert(booth);
            }
        }
    }

    /// Does the booth's list show this entry?
    fn note_listing(&mut self, id: EntryId, booth_id: BoothId) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let undoable = matches!(
            entry.stage,
            EntryStage::Declined { undo_until_ms } | EntryStage::Missed { undo_until_ms }
                if self.now_ms < undo_until_ms
        );
        let listed = entry.stage.is_active() || undoable;
        let Some(booth) = self.booths.get_mut(&booth_id) else {
            return;
        };
        if listed {
            booth.listed.insert(id);
        } else {
            booth.listed.remove(&id);
        }
    }

    /// The time to undo is over: the row leaves the list.
    pub(crate) fn undo_over(&mut self, id: EntryId) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let booth = entry.booth;
        self.note_listing(id, booth);
        self.row_changed(booth, id);
    }
}

/// How many at the front were returned by the booth's fault as well, and joined earlier: whoever
/// comes back stands behind those, so that the front is in the order of first waiting.
fn returned_before(
    queue: &Queue,
    entries: &BTreeMap<EntryId, Entry>,
    (joined_ms, id): (i64, EntryId),
) -> usize {
    let earlier = |entry: &Entry| (entry.joined_ms.unwrap_or(i64::MAX), entry.id) < (joined_ms, id);
    queue
        .places()
        .iter()
        .take_while(|place| {
            let entry = entries.get(&place.entry);
            entry.is_some_and(|entry| entry.is_returned() && earlier(entry))
        })
        .count()
}
