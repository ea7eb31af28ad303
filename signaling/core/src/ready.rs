//! Calling up and the ready check: CALLED, READY, and what follows from no answer.

use signaling_protocol::{
    BoothId, Cause, EntryId, FairPhase, PersonId, QueueState, Refusal, SeatId, Stage,
};

use crate::booth::Booth;
use crate::codes::EventKind;
use crate::command::Actor;
use crate::entry::{EntryStage, Step};
use crate::fair::Fair;
use crate::moves::Move;
use crate::queue::Insertion;
use crate::timers::Deadline;

impl Fair {
    /// 叫下一位: the first callable entry.
    pub(crate) fn call_next(&mut self, actor: &Actor, seat: SeatId) -> Result<(), Refusal> {
        let booth = self.may_call(seat)?;
        let queue = &self.booth(booth)?.queue;
        let next = queue
            .places()
            .iter()
            .position(|place| self.is_callable(place.person));
        let Some(index) = next else {
            self.note_skip_at_head(booth);
            return Err(Refusal::NobodyCallable);
        };
        let entry = queue.places()[index].entry;
        if index > 0 {
            self.note_skip_at_head(booth);
        }
        self.call_up(actor, seat, entry, EventKind::Called, None)
    }

    /// Calls another one than the next.
    pub(crate) fn call_pick(
        &mut self,
        actor: &Actor,
        seat: SeatId,
        entry: EntryId,
        reason: String,
    ) -> Result<(), Refusal> {
        let booth = self.may_call(seat)?;
        let person = self.booth_entry(booth, entry)?;
        if self.entry(entry)?.stage.plain() != Stage::Waiting {
            return Err(Refusal::WrongStage);
        }
        if self.is_busy(person) {
            return Err(Refusal::StudentBusy);
        }
        if !self.is_callable(person) {
            return Err(Refusal::NobodyCallable);
        }
        self.call_up(actor, seat, entry, EventKind::Picked, Some(reason))
    }

    /// May this seat call now? Its booth. An evaluation that is due does not forbid it.
    fn may_call(&self, id: SeatId) -> Result<BoothId, Refusal> {
        let seat = self.seat(id)?;
        if self.draining {
            return Err(Refusal::Restarting);
        }
        if self.settling.is_some() {
            return Err(Refusal::Settling);
        }
        match self.phase {
            FairPhase::Upcoming => return Err(Refusal::FairNotOpen),
            FairPhase::Running => {}
            FairPhase::Overrun | FairPhase::Ended => return Err(Refusal::FairEnded),
        }
        match self.booth(seat.booth)?.state {
            QueueState::Open | QueueState::Closing => {}
            QueueState::Paused { .. } => return Err(Refusal::QueuePaused),
            QueueState::Closed => return Err(Refusal::QueueClosed),
        }
        if seat.is_free() {
            Ok(seat.booth)
        } else {
            Err(Refusal::SeatBusy)
        }
    }

    fn call_up(
        &mut self,
        actor: &Actor,
        seat: SeatId,
        id: EntryId,
        kind: EventKind,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let person = self.entry(id)?.person;
        let ready_ms = if self.is_visible(person) {
            self.rules.ready_visible_ms
        } else {
            self.rules.ready_ms
        };
        if let Some(seat) = self.seats.get_mut(&seat) {
            seat.device = Some(actor.socket);
        }
        let step = Step::CallUp {
            seat,
            until_ms: self.now_ms + ready_ms,
            ready_ms,
        };
        self.move_entry(
            id,
            Move::new(step, kind, Some(actor.person))
                .seat(seat)
                .reason(reason),
        )?;
        // The reason of a pick is for the log, not for the student.
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.reason = None;
        }
        Ok(())
    }

    /// A page of the student is in the foreground.
    fn is_visible(&self, person: PersonId) -> bool {
        let sockets = self.persons.get(&person).map(|person| &person.sockets);
        sockets
            .into_iter()
            .flatten()
            .any(|id| self.sockets.get(id).is_some_and(|s| s.visible))
    }

    /// The head was passed over: from now on its time there runs, unless it is busy elsewhere.
    fn note_skip_at_head(&mut self, booth: BoothId) {
        let head = self
            .booths
            .get(&booth)
            .and_then(|booth| booth.queue.places().first());
        let Some(head) = head.copied() else { return };
        if self.is_busy(head.person) {
            return;
        }
        let now_ms = self.now_ms;
        let Some(entry) = self.entries.get_mut(&head.entry) else {
            return;
        };
        if entry.skipped_ms.is_none() {
            entry.skipped_ms = Some(now_ms);
            self.timers.set(
                Deadline::HeadSkip(head.entry),
                now_ms + self.rules.head_skip_ms,
            );
            self.changes.entries.insert(head.entry);
        }
    }

    /// The head was passed over for too long: three places back.
    pub(crate) fn skip_back(&mut self, id: EntryId) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        if entry.stage != EntryStage::Waiting || entry.skipped_ms.is_none() {
            return;
        }
        let from = self
            .booths
            .get(&entry.booth)
            .and_then(|booth| booth.queue.index_of(id));
        let place = Insertion::At(from.unwrap_or(0) + self.rules.later_places);
        let mv = Move::new(Step::Later, EventKind::SkippedBack, None);
        let moved = self.move_entry(id, mv.place(place).cause(Cause::SkippedAtHead));
        debug_assert!(moved.is_ok(), "invariant: a WAITING entry may go back");
    }

    /// 我准备好了: this device has the call.
    pub(crate) fn answer(&mut self, actor: &Actor, id: EntryId) -> Result<(), Refusal> {
        let entry = self.entry(id)?;
        if entry.person != actor.person {
            return Err(Refusal::NotFound);
        }
        if matches!(
            entry.stage,
            EntryStage::Ready { .. } | EntryStage::InCall { .. }
        ) {
            return Err(Refusal::OtherDevice);
        }
        let booth = entry.booth;
        let until_ms = self.now_ms + self.rules.start_by_itself_ms;
        let step = Step::Answer {
            until_ms,
            device: actor.socket,
        };
        self.move_entry(id, Move::new(step, EventKind::Answered, Some(actor.person)))?;
        self.note_call_up(booth, true);
        Ok(())
    }

    fn note_call_up(&mut self, booth: BoothId, answered: bool) {
        if let Some(booth) = self.booths.get_mut(&booth) {
            booth.service.note_call_up(answered);
            self.changes.queues.insert(booth.id);
        }
    }

    /// The ready check ran out: the first time behind the next two, the second time MISSED.
    pub(crate) fn unanswered(&mut self, id: EntryId) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if !matches!(entry.stage, EntryStage::Called { .. }) {
            return;
        }
        entry.misses += 1;
        let (booth, misses) = (entry.booth, entry.misses);
        self.note_call_up(booth, false);
        let mv = if misses < 2 {
            let index = self
                .booths
                .get(&booth)
                .map_or(0, |booth| self.behind_callable(booth));
            Move::new(Step::Unanswered, EventKind::Unanswered, None).place(Insertion::At(index))
        } else {
            let undo_until_ms = self.now_ms + self.rules.undo_missed_ms;
            Move::new(Step::Miss { undo_until_ms }, EventKind::Missed, None)
        };
        let moved = self.move_entry(id, mv.cause(Cause::NoAnswer));
        debug_assert!(moved.is_ok(), "invariant: a CALLED entry may run out");
    }

    /// The place behind the next callable entries, as many as the rule says.
    fn behind_callable(&self, booth: &Booth) -> usize {
        let places = booth.queue.places();
        let callable = places
            .iter()
            .enumerate()
            .filter(|(_, place)| self.is_callable(place.person));
        callable
            .take(self.rules.unanswered_behind)
            .last()
            .map_or(0, |(index, _)| index + 1)
    }

    /// Takes a call-up back: front of the queue, never counted against the student.
    pub(crate) fn withdraw_call(
        &mut self,
        actor: &Actor,
        seat: SeatId,
        id: EntryId,
    ) -> Result<(), Refusal> {
        self.called_by(seat, id)?;
        let mv = Move::new(Step::TakeBack, EventKind::CallWithdrawn, Some(actor.person));
        self.move_entry(id, mv.place(Insertion::Front).cause(Cause::CallWithdrawn))
    }

    /// The seat is gone for too long: whom it called goes to the front.
    pub(crate) fn seat_lost(&mut self, id: SeatId) {
        let Some(entry) = self.seats.get(&id).and_then(|seat| seat.entry) else {
            return;
        };
        let mv = Move::new(Step::TakeBack, EventKind::SeatLost, None);
        let moved = self.move_entry(
            entry,
            mv.place(Insertion::Front).cause(Cause::InterviewerGone),
        );
        debug_assert!(moved.is_ok(), "invariant: a called entry may be taken back");
    }

    /// Undoes a MISSED: to the front, as the one who was to come next.
    pub(crate) fn undo_missed(&mut self, actor: &Actor, id: EntryId) -> Result<(), Refusal> {
        let entry = self.entry(id)?;
        let here = self.booth(entry.booth)?.by_student.get(&entry.person);
        let again = here
            .into_iter()
            .flatten()
            .filter_map(|id| self.entries.get(id));
        if again.into_iter().any(|entry| entry.stage.is_active()) {
            return Err(Refusal::AlreadyHere);
        }
        self.while_running()?;
        self.has_room(entry.person)?;
        let step = Step::UndoMissed {
            now_ms: self.now_ms,
        };
        let mv = Move::new(step, EventKind::MissedUndone, Some(actor.person));
        let mv = mv.place(Insertion::Front).cause(Cause::MissedUndone);
        self.move_entry(id, mv)?;
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.misses = entry.misses.saturating_sub(1);
        }
        Ok(())
    }

    /// An entry that this seat called, CALLED or READY.
    pub(crate) fn called_by(&self, seat: SeatId, id: EntryId) -> Result<(), Refusal> {
        let entry = self.entry(id)?;
        if entry.booth != self.seat(seat)?.booth {
            return Err(Refusal::NotFound);
        }
        match entry.stage.seat() {
            Some(by) if by == seat => Ok(()),
            Some(_) => Err(Refusal::NotYourSeat),
            None => Err(Refusal::WrongStage),
        }
    }

    /// An entry of this booth; its student.
    pub(crate) fn booth_entry(&self, booth: BoothId, id: EntryId) -> Result<PersonId, Refusal> {
        let entry = self.entry(id)?;
        if entry.booth == booth {
            Ok(entry.person)
        } else {
            Err(Refusal::NotFound)
        }
    }
}
