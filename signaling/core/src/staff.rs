//! What the school's staff do, and the phases of the fair.

use signaling_protocol::{
    BoothId, Cause, ClientBody, EntryId, FairPhase, QueueState, Refusal, ServerBody, Stage,
};

use crate::codes::EventKind;
use crate::command::{Actor, Audience, Outgoing, Urgency};
use crate::entry::Step;
use crate::fair::Fair;
use crate::journal::Event;
use crate::moves::Move;
use crate::timers::Deadline;

impl Fair {
    pub(crate) fn staff_acts(&mut self, actor: &Actor, body: ClientBody) -> Result<(), Refusal> {
        match body {
            ClientBody::Visible { visible } => self.visible(actor, visible),
            ClientBody::Broadcast { text } => self.broadcast(actor, text),
            ClientBody::ExtendFair { minutes } => self.extend_fair(actor, minutes),
            ClientBody::EndFair => self.end_fair(actor),
            ClientBody::PauseBooth { booth, message } => {
                self.while_running()?;
                self.pause(Some(actor.person), booth, None, message)
            }
            ClientBody::ResumeBooth { booth } => self.resume(actor, booth),
            ClientBody::RemoveEntry { entry, reason } => self.remove_entry(actor, entry, reason),
            _ => Err(Refusal::NotAllowed),
        }
    }

    fn broadcast(&mut self, actor: &Actor, text: String) -> Result<(), Refusal> {
        let event = Event::new(EventKind::Broadcast, Some(actor.person));
        self.record(None, event.text(Some(text.clone())));
        self.tell_everyone(ServerBody::Broadcast {
            text,
            at_ms: self.now_ms,
        });
        Ok(())
    }

    fn tell_everyone(&mut self, body: ServerBody) {
        let (to, stamp) = (Audience::Everyone, self.changes.last);
        self.changes.ready.push(Outgoing {
            to,
            body,
            urgency: Urgency::Now,
            stamp,
        });
    }

    fn fair_changed(&mut self, event: Event) {
        self.record(None, event);
        self.arm_phase();
        let fair = self.fair_view();
        self.tell_everyone(ServerBody::Fair { fair });
    }

    /// 延时: the end of a running fair, or of the time in which calls may finish.
    fn extend_fair(&mut self, actor: &Actor, minutes: u32) -> Result<(), Refusal> {
        let more_ms = i64::from(minutes) * 60_000;
        match self.phase {
            FairPhase::Upcoming | FairPhase::Running => self.ends_ms += more_ms,
            FairPhase::Overrun => {
                let until_ms = self.overrun_until_ms.unwrap_or(self.now_ms);
                self.overrun_until_ms = Some(until_ms + more_ms);
            }
            FairPhase::Ended => return Err(Refusal::FairEnded),
        }
        let event = Event::new(EventKind::FairExtended, Some(actor.person));
        self.fair_changed(event.text(Some(minutes.to_string())));
        Ok(())
    }

    fn end_fair(&mut self, actor: &Actor) -> Result<(), Refusal> {
        match self.phase {
            FairPhase::Upcoming => Err(Refusal::FairNotOpen),
            FairPhase::Running => {
                self.ends_ms = self.now_ms;
                self.begin_overrun(Some(actor));
                Ok(())
            }
            FairPhase::Overrun | FairPhase::Ended => Err(Refusal::FairEnded),
        }
    }

    /// The fair begins.
    pub(crate) fn begin_running(&mut self) {
        self.phase = FairPhase::Running;
        self.fair_changed(Event::new(EventKind::FairStarted, None));
    }

    /// The fair ends: CALLED, READY and IN_CALL may finish, all else expires.
    pub(crate) fn begin_overrun(&mut self, actor: Option<&Actor>) {
        self.phase = FairPhase::Overrun;
        self.overrun_until_ms = Some(self.now_ms + self.rules.overrun_ms);
        let actor = actor.map(|actor| actor.person);
        self.fair_changed(Event::new(EventKind::FairEnded, actor));
        let open: Vec<EntryId> = self
            .entries
            .values()
            .filter(|entry| entry.stage.is_active() && !entry.stage.is_busy())
            .map(|entry| entry.id)
            .collect();
        for id in open {
            self.expire(id);
        }
        for id in self.booths.keys().copied().collect::<Vec<BoothId>>() {
            if let Some(booth) = self.booths.get_mut(&id) {
                booth.state = QueueState::Closed;
            }
            self.timers.clear(Deadline::QueueResumes(id));
            self.queue_state_changed(id, Event::new(EventKind::QueueClosed, actor));
        }
    }

    pub(crate) fn expire(&mut self, id: EntryId) {
        let mv = Move::new(Step::Expire, EventKind::Expired, None).cause(Cause::FairEnded);
        let moved = self.move_entry(id, mv);
        debug_assert!(
            moved.is_ok(),
            "invariant: an active entry outside a call may expire"
        );
    }

    /// The time in which calls may finish is over, or the last one has finished.
    pub(crate) fn end_overrun(&mut self) {
        let busy: Vec<EntryId> = self
            .entries
            .values()
            .filter(|entry| entry.stage.is_busy())
            .map(|entry| entry.id)
            .collect();
        for id in busy {
            match self.entries.get(&id).and_then(|entry| entry.stage.call()) {
                Some(call) => {
                    let ended = self.finish_call(call, None);
                    debug_assert!(ended.is_ok(), "invariant: a running call can end");
                }
                None => self.expire(id),
            }
        }
        self.phase = FairPhase::Ended;
        self.fair_changed(Event::new(EventKind::FairOver, None));
    }

    fn remove_entry(&mut self, actor: &Actor, id: EntryId, reason: String) -> Result<(), Refusal> {
        let entry = self.entry(id)?;
        if !entry.stage.is_active() {
            return Err(Refusal::WrongStage);
        }
        if let (Stage::InCall, Some(call)) = (entry.stage.plain(), entry.stage.call()) {
            self.stop_call(call);
        }
        let mv = Move::new(Step::Remove, EventKind::Removed, Some(actor.person));
        self.move_entry(id, mv.cause(Cause::RemovedByStaff).reason(Some(reason)))
    }
}
