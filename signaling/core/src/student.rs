//! What a student does.

use signaling_protocol::{
    BoothId, Cause, ClientBody, DeviceReport, EntryId, FairPhase, JobId, Origin, PersonId,
    QueueState, Refusal, Stage,
};

use crate::codes::EventKind;
use crate::command::Actor;
use crate::entry::{Entry, EntryStage, Step};
use crate::fair::Fair;
use crate::journal::Event;
use crate::moves::Move;
use crate::quality::Figures;
use crate::queue::Insertion;
use crate::timers::Deadline;

impl Fair {
    pub(crate) fn student_acts(&mut self, actor: &Actor, body: ClientBody) -> Result<(), Refusal> {
        match body {
            ClientBody::Visible { visible } => self.visible(actor, visible),
            ClientBody::Leave { entry } => self.leave(actor.person, entry),
            ClientBody::Later { entry } => self.later(actor.person, entry),
            ClientBody::Away => self.away(actor.person),
            ClientBody::Back => self.back(actor.person),
            ClientBody::Ready { entry } => self.answer(actor, entry),
            ClientBody::TakeOver { call } => self.take_over(actor, call),
            ClientBody::DeviceTest { report } => self.device_test(actor.person, &report),
            ClientBody::End { call } => self.hang_up(actor.person, call),
            ClientBody::MediaMute { source, muted } => self.mute(actor, source, muted),
            ClientBody::MediaStats {
                rtt_ms,
                jitter_ms,
                loss_permille,
                kbps,
            } => {
                let figures = Figures {
                    rtt_ms,
                    jitter_ms,
                    loss_permille,
                    kbps,
                };
                self.measured(actor, figures)
            }
            _ => Err(Refusal::NotAllowed),
        }
    }

    /// An own entry; another's is as if it were not there.
    fn own_entry(&self, person: PersonId, id: EntryId) -> Result<&Entry, Refusal> {
        let entry = self.entry(id)?;
        if entry.person == person {
            Ok(entry)
        } else {
            Err(Refusal::NotFound)
        }
    }

    pub(crate) fn visible(&mut self, actor: &Actor, visible: bool) -> Result<(), Refusal> {
        let socket = self
            .sockets
            .get_mut(&actor.socket)
            .ok_or(Refusal::NotFound)?;
        socket.visible = visible;
        Ok(())
    }

    /// 申请视频面试.
    pub(crate) fn apply(
        &mut self,
        actor: &Actor,
        booth: BoothId,
        job: Option<JobId>,
    ) -> Result<EntryId, Refusal> {
        self.may_apply(actor.person, booth)?;
        if !self.has_job(booth, job) {
            return Err(Refusal::NotFound);
        }
        let id = self.draw_entry_id();
        let entry = Entry {
            id,
            booth,
            person: actor.person,
            job,
            origin: Origin::Applied,
            stage: EntryStage::Applied,
            made_ms: self.now_ms,
            joined_ms: None,
            since_ms: self.now_ms,
            misses: 0,
            laters: 0,
            held_by: None,
            skipped_ms: None,
            waited_ms: None,
            cause: None,
            reason: None,
            stood: None,
            place: None,
            told: None,
        };
        self.entries.insert(id, entry);
        if let Some(person) = self.persons.get_mut(&actor.person) {
            person.active.insert(id);
            person.entries.push(id);
            person.kept = true;
        }
        if let Some(booth) = self.booths.get_mut(&booth) {
            booth.applied.insert(id);
            booth.listed.insert(id);
            booth.by_student.entry(actor.person).or_default().push(id);
        }
        self.record(
            Some(booth),
            Event::new(EventKind::Applied, Some(actor.person)).entry(id),
        );
        self.changes.persons.insert(actor.person);
        self.changes.entries.insert(id);
        self.changes.told.insert(id);
        self.row_changed(booth, id);
        self.wall.booths.insert(booth);
        Ok(id)
    }

    /// All that an application depends on, in the order in which a student can do something
    /// about it.
    fn may_apply(&self, person: PersonId, booth_id: BoothId) -> Result<(), Refusal> {
        let booth = self.booth(booth_id)?;
        match self.phase {
            FairPhase::Upcoming => return Err(Refusal::FairNotOpen),
            FairPhase::Running => {}
            FairPhase::Overrun | FairPhase::Ended => return Err(Refusal::FairEnded),
        }
        match booth.state {
            QueueState::Open => {}
            QueueState::Paused { .. } => return Err(Refusal::QueuePaused),
            QueueState::Closing | QueueState::Closed => return Err(Refusal::QueueClosed),
        }
        let student = self.persons.get(&person).ok_or(Refusal::NotFound)?;
        if !student.admission.admitted {
            return Err(Refusal::NotAdmitted);
        }
        if !student.admission.resume_complete {
            return Err(Refusal::ResumeIncomplete);
        }
        let tested_ms = student.device_test_ms.ok_or(Refusal::DeviceTestMissing)?;
        if self.now_ms - tested_ms > self.rules.device_test_ms {
            return Err(Refusal::DeviceTestMissing);
        }
        self.may_stand_here(person, booth_id)?;
        self.has_room(person)?;
        if booth.queue.len() + booth.applied.len() >= self.rules.queue_limit {
            return Err(Refusal::QueueFull);
        }
        // Without an active seat there is no figure, and so no reason to refuse.
        match self.expected_at_tail(booth) {
            Some(ms) if self.now_ms + ms > self.ends_ms => Err(Refusal::NoTimeLeft),
            _ => Ok(()),
        }
    }

    /// May the student have one more active entry?
    pub(crate) fn has_room(&self, person: PersonId) -> Result<(), Refusal> {
        let student = self.persons.get(&person).ok_or(Refusal::NotFound)?;
        if student.active.len() < self.max_queues as usize {
            Ok(())
        } else {
            Err(Refusal::TooManyQueues)
        }
    }

    /// Not active, refused or interviewed here, not MISSED twice, and not back and forth without
    /// end.
    fn may_stand_here(&self, person: PersonId, booth: BoothId) -> Result<(), Refusal> {
        let here = self.booth(booth)?.by_student.get(&person);
        let mut missed = 0;
        for entry in here
            .into_iter()
            .flatten()
            .filter_map(|id| self.entries.get(id))
        {
            match entry.stage.plain() {
                Stage::Declined => return Err(Refusal::RefusedBefore),
                Stage::Missed => missed += 1,
                Stage::Withdrawn | Stage::Left | Stage::Removed | Stage::Expired => {}
                Stage::Applied
                | Stage::Invited
                | Stage::Waiting
                | Stage::Called
                | Stage::Ready
                | Stage::InCall
                | Stage::Done => return Err(Refusal::AlreadyHere),
            }
        }
        let tries = here.map_or(0, Vec::len);
        if missed >= 2 || tries >= self.rules.applications {
            Err(Refusal::UsedUp)
        } else {
            Ok(())
        }
    }

    fn leave(&mut self, person: PersonId, id: EntryId) -> Result<(), Refusal> {
        let kind = match self.own_entry(person, id)?.stage.plain() {
            Stage::Applied => EventKind::Withdrawn,
            _ => EventKind::Left,
        };
        self.move_entry(id, Move::new(Step::Leave, kind, Some(person)))
    }

    /// 稍后: three places back, in the queue or from a call-up.
    fn later(&mut self, person: PersonId, id: EntryId) -> Result<(), Refusal> {
        let entry = self.own_entry(person, id)?;
        let waiting = entry.stage.plain() == Stage::Waiting;
        if entry.laters >= self.rules.laters {
            return Err(Refusal::UsedUp);
        }
        let queue = &self.booth(entry.booth)?.queue;
        let from = queue.index_of(id).unwrap_or(0);
        if waiting && from + 1 == queue.len() {
            // Nobody is behind: nothing would change, so it costs nothing.
            return Ok(());
        }
        let place = Insertion::At(from + self.rules.later_places);
        let mv = Move::new(Step::Later, EventKind::Later, Some(person));
        self.move_entry(id, mv.place(place).cause(Cause::Later))?;
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.laters += 1;
        }
        Ok(())
    }

    /// 暂时离开: skipped in every queue.
    fn away(&mut self, id: PersonId) -> Result<(), Refusal> {
        if self.busy_entry(id).is_some() {
            return Err(Refusal::WrongStage);
        }
        let until_ms = self.now_ms + self.rules.away_ms;
        let person = self.persons.get_mut(&id).ok_or(Refusal::NotFound)?;
        if person.away_until_ms.is_some() {
            return Ok(());
        }
        if person.aways >= self.rules.aways {
            return Err(Refusal::UsedUp);
        }
        person.aways += 1;
        person.kept = true;
        person.away_until_ms = Some(until_ms);
        self.timers.set(Deadline::AwayOver(id), until_ms);
        self.away_changed(id, EventKind::WentAway);
        Ok(())
    }

    fn back(&mut self, id: PersonId) -> Result<(), Refusal> {
        if self
            .persons
            .get(&id)
            .ok_or(Refusal::NotFound)?
            .away_until_ms
            .is_some()
        {
            self.come_back(id);
        }
        Ok(())
    }

    /// 暂时离开 ends, by the person or by its time.
    pub(crate) fn come_back(&mut self, id: PersonId) {
        if let Some(person) = self.persons.get_mut(&id) {
            person.away_until_ms = None;
        }
        self.timers.clear(Deadline::AwayOver(id));
        self.forgive_skips(id);
        self.away_changed(id, EventKind::CameBack);
    }

    fn away_changed(&mut self, id: PersonId, kind: EventKind) {
        self.record(None, Event::new(kind, Some(id)));
        self.changes.persons.insert(id);
        self.presence_changed(id);
        self.changes.snapshots.insert(id);
    }

    /// Notes a device test that passed; one that failed changes nothing.
    fn device_test(&mut self, id: PersonId, report: &DeviceReport) -> Result<(), Refusal> {
        if !(report.camera && report.microphone && report.speaker) {
            return Ok(());
        }
        let now_ms = self.now_ms;
        let person = self.persons.get_mut(&id).ok_or(Refusal::NotFound)?;
        person.device_test_ms = Some(now_ms);
        person.kept = true;
        self.record(None, Event::new(EventKind::DeviceTested, Some(id)));
        self.changes.persons.insert(id);
        self.changes.snapshots.insert(id);
        self.presence_changed(id);
        Ok(())
    }
}
