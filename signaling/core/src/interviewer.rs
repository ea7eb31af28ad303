//! What an interviewer does outside a call.

use signaling_protocol::{
    BoothId, Cause, ClientBody, EntryId, FairPhase, PersonId, QueueState, Refusal, SeatId, Stage,
};

use crate::codes::EventKind;
use crate::command::Actor;
use crate::entry::Step;
use crate::fair::Fair;
use crate::journal::Event;
use crate::moves::Move;
use crate::timers::Deadline;

impl Fair {
    pub(crate) fn interviewer_acts(
        &mut self,
        actor: &Actor,
        seat: SeatId,
        body: ClientBody,
    ) -> Result<(), Refusal> {
        let owner = self.seat(seat)?;
        if owner.person != actor.person {
            return Err(Refusal::NotYourSeat);
        }
        let booth = owner.booth;
        match body {
            ClientBody::Visible { visible } => self.visible(actor, visible),
            ClientBody::DeviceTest { .. } => Ok(()),
            ClientBody::Accept { entry } => self.accept(actor, booth, entry),
            ClientBody::Refuse { entry } => self.refuse(actor, booth, entry),
            ClientBody::UndoRefuse { entry } => self.undo_refuse(actor, booth, entry),
            ClientBody::CallNext => self.call_next(actor, seat),
            ClientBody::CallPick { entry, reason } => self.call_pick(actor, seat, entry, reason),
            ClientBody::WithdrawCall { entry } => self.withdraw_call(actor, seat, entry),
            ClientBody::UndoMissed { entry } => {
                self.booth_entry(booth, entry)?;
                self.undo_missed(actor, entry)
            }
            ClientBody::Start { entry } => {
                self.called_by(seat, entry)?;
                self.start(entry, Some(actor))
            }
            ClientBody::Remove { entry, reason } => self.remove(actor, booth, entry, reason),
            ClientBody::PauseQueue { minutes, message } => {
                // Pausing is for the time between calls.
                if self.seat(seat)?.call.is_some() {
                    return Err(Refusal::SeatBusy);
                }
                self.while_running()?;
                self.pause(Some(actor.person), booth, minutes, message)
            }
            ClientBody::ResumeQueue => self.resume(actor, booth),
            ClientBody::CloseQueue => self.close(actor, booth),
            body => self.interviewer_in_call(actor, seat, body),
        }
    }

    /// Refuses what makes no sense before the fair or after it.
    pub(crate) fn while_running(&self) -> Result<(), Refusal> {
        match self.phase {
            FairPhase::Upcoming => Err(Refusal::FairNotOpen),
            FairPhase::Running => Ok(()),
            FairPhase::Overrun | FairPhase::Ended => Err(Refusal::FairEnded),
        }
    }

    fn accept(&mut self, actor: &Actor, booth: BoothId, id: EntryId) -> Result<(), Refusal> {
        self.booth_entry(booth, id)?;
        self.while_running()?;
        self.move_entry(
            id,
            Move::new(Step::Accept, EventKind::Accepted, Some(actor.person)),
        )
    }

    fn refuse(&mut self, actor: &Actor, booth: BoothId, id: EntryId) -> Result<(), Refusal> {
        self.booth_entry(booth, id)?;
        let step = Step::Refuse {
            undo_until_ms: self.now_ms + self.rules.undo_refuse_ms,
        };
        self.move_entry(id, Move::new(step, EventKind::Refused, Some(actor.person)))
    }

    fn undo_refuse(&mut self, actor: &Actor, booth: BoothId, id: EntryId) -> Result<(), Refusal> {
        let person = self.booth_entry(booth, id)?;
        self.while_running()?;
        // A second press says what is wrong with it, not that he has no place left.
        if !self.entry(id)?.stage.is_active() {
            self.has_room(person)?;
        }
        let step = Step::UndoRefuse {
            now_ms: self.now_ms,
        };
        self.move_entry(
            id,
            Move::new(step, EventKind::RefusalUndone, Some(actor.person)),
        )
    }

    fn remove(
        &mut self,
        actor: &Actor,
        booth: BoothId,
        id: EntryId,
        reason: String,
    ) -> Result<(), Refusal> {
        self.booth_entry(booth, id)?;
        if self.entry(id)?.stage.plain() != Stage::Waiting {
            return Err(Refusal::WrongStage);
        }
        let mv = Move::new(Step::Remove, EventKind::Removed, Some(actor.person));
        self.move_entry(id, mv.cause(Cause::RemovedByBooth).reason(Some(reason)))
    }

    /// 暂停排队, by the booth, by staff or by the portal.
    pub(crate) fn pause(
        &mut self,
        actor: Option<PersonId>,
        id: BoothId,
        minutes: Option<u32>,
        message: String,
    ) -> Result<(), Refusal> {
        let until_ms = minutes.map(|minutes| self.now_ms + i64::from(minutes) * 60_000);
        let booth = self.booths.get_mut(&id).ok_or(Refusal::NotFound)?;
        if booth.state == QueueState::Closed {
            return Err(Refusal::QueueClosed);
        }
        booth.state = QueueState::Paused {
            until_ms,
            message: message.clone(),
        };
        self.timers.clear(Deadline::QueueResumes(id));
        if let Some(until_ms) = until_ms {
            self.timers.set(Deadline::QueueResumes(id), until_ms);
        }
        let event = Event::new(EventKind::QueuePaused, actor);
        self.queue_state_changed(id, event.text(Some(message)));
        Ok(())
    }

    /// 恢复排队; a queue that was closing opens again, too.
    pub(crate) fn resume(&mut self, actor: &Actor, id: BoothId) -> Result<(), Refusal> {
        self.while_running()?;
        match self.booth(id)?.state {
            QueueState::Open => Ok(()),
            QueueState::Closed => Err(Refusal::QueueClosed),
            QueueState::Paused { .. } | QueueState::Closing => {
                self.open_queue(id, Some(actor.person));
                Ok(())
            }
        }
    }

    /// The queue is open again, by someone or by its time.
    pub(crate) fn open_queue(&mut self, id: BoothId, actor: Option<PersonId>) {
        let Some(booth) = self.booths.get_mut(&id) else {
            return;
        };
        booth.state = QueueState::Open;
        self.timers.clear(Deadline::QueueResumes(id));
        self.queue_state_changed(id, Event::new(EventKind::QueueResumed, actor));
    }

    fn close(&mut self, actor: &Actor, id: BoothId) -> Result<(), Refusal> {
        self.while_running()?;
        let booth = self.booths.get_mut(&id).ok_or(Refusal::NotFound)?;
        booth.state = QueueState::Closing;
        self.timers.clear(Deadline::QueueResumes(id));
        self.queue_state_changed(id, Event::new(EventKind::QueueClosing, Some(actor.person)));
        Ok(())
    }

    /// Everyone with an entry here reads the queue's state; so do its interviewers and the wall.
    pub(crate) fn queue_state_changed(&mut self, id: BoothId, event: Event) {
        self.record(Some(id), event);
        self.booth_news(id, |pending| pending.figures = true);
        self.changes.waits.insert(id);
        self.changes.urgent.insert(id);
        self.wall.booths.insert(id);
        let Some(booth) = self.booths.get(&id) else {
            return;
        };
        self.changes.told.extend(booth.listed.iter().copied());
    }
}
