//! What happens in a call: start, extension, end, put back, take-over, colleagues.

use std::collections::BTreeMap;

use signaling_protocol::{
    BoothId, CallId, Cause, ClientBody, EntryId, Outcome, PersonId, Refusal, SeatId,
};

use crate::call::{Call, CallClock, Member};
use crate::codes::EventKind;
use crate::command::{Actor, MediaOrder};
use crate::entry::{EntryStage, Step};
use crate::fair::Fair;
use crate::journal::Event;
use crate::moves::Move;
use crate::presence::Side;
use crate::quality::Figures;
use crate::queue::Insertion;
use crate::timers::Deadline;

impl Fair {
    pub(crate) fn interviewer_in_call(
        &mut self,
        actor: &Actor,
        seat: SeatId,
        body: ClientBody,
    ) -> Result<(), Refusal> {
        match body {
            ClientBody::End { call } => {
                self.seat_in_call(seat, call)?;
                self.finish_call(call, Some(actor.person))
            }
            ClientBody::Extend { call } => self.extend_call(actor, seat, call),
            ClientBody::PutBack { call, reason } => {
                self.seat_in_call(seat, call)?;
                self.put_back(call, seat, actor.person, reason)
            }
            ClientBody::JoinCall { call } => self.join_call(actor, seat, call),
            ClientBody::TakeOver { call } => {
                self.seat_in_call(seat, call)?;
                if let Some(seat) = self.seats.get_mut(&seat) {
                    seat.device = Some(actor.socket);
                }
                self.set_device(call, Side::Seat(seat), actor.socket);
                self.taken_over(actor, call, Some(seat))
            }
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
            ClientBody::MediaMuteOther {
                call,
                source,
                muted,
            } => {
                self.seat_in_call(seat, call)?;
                self.mute_student(call, source, muted)
            }
            _ => Err(Refusal::NotAllowed),
        }
    }

    /// A running call in which this seat takes part.
    fn seat_in_call(&self, seat: SeatId, id: CallId) -> Result<(), Refusal> {
        let call = self.calls.get(&id).ok_or(Refusal::NotFound)?;
        if call.booth != self.seat(seat)?.booth {
            return Err(Refusal::NotFound);
        }
        if call.ended_ms.is_some() {
            return Err(Refusal::WrongStage);
        }
        if call.seats.contains_key(&seat) {
            Ok(())
        } else {
            Err(Refusal::NotYourSeat)
        }
    }

    /// READY → IN_CALL, by the interviewer or by itself. *Start* in every figure is this event.
    pub(crate) fn start(&mut self, id: EntryId, actor: Option<&Actor>) -> Result<(), Refusal> {
        let entry = self.entry(id)?;
        let EntryStage::Ready {
            seat: seat_id,
            device,
            ..
        } = entry.stage
        else {
            return Err(Refusal::WrongStage);
        };
        if self.draining {
            return Err(Refusal::Restarting);
        }
        let (booth, student) = (entry.booth, entry.person);
        let call_id = self.draw_call_id();
        let step = Step::Start { call: call_id };
        let now_ms = self.now_ms;
        let student_muted = self.muted_on(device);
        self.move_entry(
            id,
            Move::new(step, EventKind::Started, actor.map(|a| a.person)),
        )?;
        let Some(seat) = self.seats.get_mut(&seat_id) else {
            return Err(Refusal::NotFound);
        };
        if let Some(actor) = actor {
            seat.device = Some(actor.socket);
        }
        seat.call = Some(call_id);
        let (interviewer, seat_device) = (seat.person, seat.device);
        let member = Member {
            muted: self.muted_on(seat_device),
            ..Member::new(interviewer, seat_device, now_ms)
        };
        let call = Call {
            id: call_id,
            entry: id,
            booth,
            seat: seat_id,
            student: Member {
                muted: student_muted,
                ..Member::new(student, device, now_ms)
            },
            seats: BTreeMap::from([(seat_id, member)]),
            started_ms: now_ms,
            length_ms: self.slot_ms,
            extended: false,
            clock: CallClock::new(now_ms),
            ended_ms: None,
            done: false,
            outcome: None,
        };
        for (person, socket) in [(student, device), (interviewer, seat_device)] {
            if let Some(socket) = socket {
                self.changes.media.push(MediaOrder::Enter {
                    call: call_id,
                    person,
                    socket,
                });
            }
        }
        self.calls.insert(call_id, call);
        if let Some(booth) = self.booths.get_mut(&booth) {
            booth.calls.insert(call_id);
        }
        self.counts.calls += 1;
        self.changes.call_seats.insert((call_id, seat_id));
        self.call_changed(call_id);
        self.seats_changed(booth);
        self.check_call(call_id);
        Ok(())
    }

    /// The call's row, and what its members see.
    fn call_changed(&mut self, id: CallId) {
        self.changes.calls.insert(id);
        self.changes.calls_told.insert(id);
    }

    /// Takes a call off everyone in it. The entry is moved by the caller.
    fn close_call(&mut self, id: CallId, done: bool) {
        let now_ms = self.now_ms;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.clock.run(false, now_ms);
        call.ended_ms = Some(now_ms);
        call.done = done;
        let (booth, length_ms) = (call.booth, now_ms - call.started_ms);
        let seats: Vec<SeatId> = call.seats.keys().copied().collect();
        for member in call.seats.values().chain([&call.student]) {
            if let Some(socket) = member.device.media() {
                let person = member.person;
                self.broken.remove(&socket);
                self.changes.media.push(MediaOrder::Leave {
                    call: id,
                    person,
                    socket,
                });
            }
        }
        let (owner, due) = (call.seat, call.outcome.is_none().then_some(id));
        for seat in &seats {
            if let Some(seat) = self.seats.get_mut(seat) {
                seat.call = None;
            }
        }
        if done && let Some(seat) = self.seats.get_mut(&owner) {
            seat.due = due;
        }
        self.counts.calls -= 1;
        self.timers.clear(Deadline::CallCheck(id));
        if let Some(booth) = self.booths.get_mut(&booth) {
            booth.calls.remove(&id);
            if done && length_ms >= self.rules.shortest_call_ms {
                booth
                    .service
                    .learn(length_ms, self.slot_ms * self.rules.service_cap_slots);
                self.changes.queues.insert(booth.id);
            }
        }
        self.call_changed(id);
        self.seats_changed(booth);
        self.changes.urgent.insert(booth);
    }

    /// IN_CALL → DONE; the evaluation is due.
    pub(crate) fn finish_call(
        &mut self,
        id: CallId,
        actor: Option<PersonId>,
    ) -> Result<(), Refusal> {
        let entry = self.calls.get(&id).ok_or(Refusal::NotFound)?.entry;
        self.close_call(id, true);
        self.move_entry(entry, Move::new(Step::Finish, EventKind::Ended, actor))
    }

    /// The student hangs up.
    pub(crate) fn hang_up(&mut self, person: PersonId, id: CallId) -> Result<(), Refusal> {
        self.own_running_call(person, id)?;
        self.finish_call(id, Some(person))
    }

    fn own_running_call(&self, person: PersonId, id: CallId) -> Result<(), Refusal> {
        let call = self
            .calls
            .get(&id)
            .filter(|call| call.student.person == person);
        match call.ok_or(Refusal::NotFound)?.ended_ms {
            None => Ok(()),
            Some(_) => Err(Refusal::WrongStage),
        }
    }

    /// 退回队列: to the front, held, told why.
    fn put_back(
        &mut self,
        id: CallId,
        seat: SeatId,
        actor: PersonId,
        reason: String,
    ) -> Result<(), Refusal> {
        self.while_running()?;
        let mv = Move::new(Step::PutBack, EventKind::PutBack, Some(actor));
        let entry = self.return_to_front(id, mv.cause(Cause::PutBack).reason(Some(reason)))?;
        if let Some(entry) = self.entries.get_mut(&entry) {
            entry.held_by = Some(seat);
        }
        Ok(())
    }

    pub(crate) fn return_to_front(&mut self, id: CallId, mv: Move) -> Result<EntryId, Refusal> {
        let call = self.calls.get(&id).ok_or(Refusal::NotFound)?;
        let (entry, seat) = (call.entry, call.seat);
        self.close_call(id, false);
        self.move_entry(entry, mv.seat(seat).place(Insertion::Front))?;
        Ok(entry)
    }

    /// Ends a running call because staff removed the entry.
    pub(crate) fn stop_call(&mut self, id: CallId) {
        self.close_call(id, false);
    }

    fn extend_call(&mut self, actor: &Actor, seat: SeatId, id: CallId) -> Result<(), Refusal> {
        self.seat_in_call(seat, id)?;
        let call = self.calls.get_mut(&id).ok_or(Refusal::NotFound)?;
        if call.extended {
            return Err(Refusal::UsedUp);
        }
        call.extended = true;
        call.length_ms += self.rules.extension_ms;
        let (booth, entry) = (call.booth, call.entry);
        let event = Event::new(EventKind::Extended, Some(actor.person));
        self.record(Some(booth), event.entry(entry).call(id).seat(Some(seat)));
        self.call_changed(id);
        Ok(())
    }

    /// A colleague joins; if the interviewers are gone, the call becomes the colleague's.
    fn join_call(&mut self, actor: &Actor, seat_id: SeatId, id: CallId) -> Result<(), Refusal> {
        let now_ms = self.now_ms;
        let muted = self.muted_on(Some(actor.socket));
        let seat = self.seats.get_mut(&seat_id).ok_or(Refusal::NotFound)?;
        let call = self
            .calls
            .get_mut(&id)
            .filter(|call| call.booth == seat.booth);
        let call = call.ok_or(Refusal::NotFound)?;
        if call.ended_ms.is_some() {
            return Err(Refusal::WrongStage);
        }
        if !seat.is_free() {
            return Err(Refusal::SeatBusy);
        }
        if call.interviewers_gone_ms().is_some() {
            call.seat = seat_id;
        }
        seat.call = Some(id);
        seat.device = Some(actor.socket);
        let member = Member {
            muted,
            ..Member::new(seat.person, seat.device, now_ms)
        };
        call.seats.insert(seat_id, member);
        let (booth, entry, person) = (call.booth, call.entry, seat.person);
        self.changes.media.push(MediaOrder::Enter {
            call: id,
            person,
            socket: actor.socket,
        });
        self.changes.call_seats.insert((id, seat_id));
        let event = Event::new(EventKind::SeatJoined, Some(person));
        self.record(Some(booth), event.entry(entry).call(id).seat(Some(seat_id)));
        self.row_changed(booth, entry);
        self.call_changed(id);
        self.seats_changed(booth);
        self.settle_call(id);
        Ok(())
    }

    /// The student's other tab or device takes the call.
    pub(crate) fn take_over(&mut self, actor: &Actor, id: CallId) -> Result<(), Refusal> {
        self.own_running_call(actor.person, id)?;
        self.set_device(id, Side::Student, actor.socket);
        self.taken_over(actor, id, None)
    }

    fn taken_over(
        &mut self,
        actor: &Actor,
        id: CallId,
        seat: Option<SeatId>,
    ) -> Result<(), Refusal> {
        let call = self.calls.get(&id).ok_or(Refusal::NotFound)?;
        let (booth, entry) = (call.booth, call.entry);
        let event = Event::new(EventKind::TakenOver, Some(actor.person));
        self.record(Some(booth), event.entry(entry).call(id).seat(seat));
        self.changes.calls_told.insert(id);
        Ok(())
    }

    /// The evaluation of a call was saved.
    pub(crate) fn evaluated(&mut self, id: CallId, outcome: Outcome) -> Result<(), Refusal> {
        let call = self.calls.get_mut(&id).ok_or(Refusal::NotFound)?;
        call.outcome = Some(outcome);
        let (booth, entry, seat_id): (BoothId, EntryId, SeatId) =
            (call.booth, call.entry, call.seat);
        if let Some(seat) = self.seats.get_mut(&seat_id)
            && seat.due == Some(id)
        {
            seat.due = None;
        }
        let event = Event::new(EventKind::Evaluated, None).entry(entry).call(id);
        self.record(Some(booth), event.seat(Some(seat_id)));
        self.call_changed(id);
        self.seats_changed(booth);
        self.changes.urgent.insert(booth);
        Ok(())
    }
}
