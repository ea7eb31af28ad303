//! Trouble in a call: whose media or socket is gone, what follows, and line quality.

use signaling_protocol::{
    CallId, Cause, MediaSide, PersonId, Quality, Refusal, ServerBody, SourceKind, TroubleKind,
};

use crate::call::{Line, Member, Verdict};
use crate::codes::EventKind;
use crate::command::{Actor, Audience, MediaOrder, MediaSignal, Outgoing, SocketId, Urgency};
use crate::entry::Step;
use crate::fair::Fair;
use crate::moves::Move;
use crate::presence::Side;
use crate::quality::Figures;
use crate::timers::Deadline;

impl Fair {
    /// The running call of a socket's person, and whose side it is.
    pub(crate) fn call_of_socket(&self, id: SocketId) -> Option<(CallId, Side)> {
        let socket = self.sockets.get(&id)?;
        let call = match socket.side {
            Side::Student => self
                .entries
                .get(&self.busy_entry(socket.person)?)?
                .stage
                .call()?,
            Side::Seat(seat) => self.seats.get(&seat)?.call?,
            Side::Staff => return None,
        };
        Some((call, socket.side))
    }

    pub(crate) fn member_mut(&mut self, call: CallId, side: Side) -> Option<&mut Member> {
        let call = self.calls.get_mut(&call)?;
        match side {
            Side::Student => Some(&mut call.student),
            Side::Seat(seat) => call.seats.get_mut(&seat),
            Side::Staff => None,
        }
    }

    /// The member whose device this socket is, or was until it broke.
    fn device_mut(&mut self, socket: SocketId) -> Option<(CallId, &mut Member)> {
        let broken = self.broken.get(&socket).copied();
        let (call, side) = broken.or_else(|| self.call_of_socket(socket))?;
        let member = self.member_mut(call, side)?;
        (member.device.media() == Some(socket)).then_some((call, member))
    }

    pub(crate) fn media_signal(&mut self, socket: SocketId, signal: MediaSignal) {
        let Some((call, member)) = self.device_mut(socket) else {
            return;
        };
        let before = member.line;
        member.hear(signal);
        let (person, line) = (member.person, member.line);
        let kind = match signal {
            MediaSignal::Connected | MediaSignal::Recovered => TroubleKind::None,
            MediaSignal::Unstable => TroubleKind::Unstable,
            MediaSignal::Lost => TroubleKind::Lost,
            MediaSignal::Gone => TroubleKind::Gone,
        };
        // A first connection is no news: there was no trouble before it.
        if before != line && !(before == Line::Unknown && line == Line::Fine) {
            self.tell_trouble(call, person, kind);
        }
        self.settle_call(call);
    }

    fn tell_trouble(&mut self, id: CallId, whose: PersonId, kind: TroubleKind) {
        for person in self.members(id) {
            let side = if person == whose {
                MediaSide::Own
            } else {
                MediaSide::Other
            };
            self.tell_member(
                person,
                ServerBody::MediaTrouble {
                    call: id,
                    side,
                    kind,
                },
            );
        }
    }

    fn tell_member(&mut self, person: PersonId, body: ServerBody) {
        let to = Audience::Persons(vec![person]);
        self.changes.ready.push(Outgoing {
            to,
            body,
            urgency: Urgency::Now,
            stamp: None,
        });
    }

    /// Everyone in a call, the student first.
    fn members(&self, id: CallId) -> Vec<PersonId> {
        let call = self.calls.get(&id);
        let seats = call.into_iter().flat_map(|call| call.seats.values());
        call.map(|call| call.student.person)
            .into_iter()
            .chain(seats.map(|member| member.person))
            .collect()
    }

    /// Works out who is gone, and what follows for the clock.
    pub(crate) fn settle_call(&mut self, id: CallId) {
        let now_ms = self.now_ms;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if call.ended_ms.is_some() {
            return;
        }
        call.student.settle(now_ms);
        for member in call.seats.values_mut() {
            member.settle(now_ms);
        }
        self.changes.calls_told.insert(id);
        self.check_call(id);
    }

    /// What a side that is gone has come to by now; the next look is set.
    pub(crate) fn check_call(&mut self, id: CallId) {
        let now_ms = self.now_ms;
        let colleague = self.has_free_colleague(id);
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if call.ended_ms.is_some() {
            return;
        }
        let back =
            |kind: EventKind, cause: Cause| Move::new(Step::PutBack, kind, None).cause(cause);
        let verdict = call.verdict(now_ms, &self.rules, colleague);
        let ended = match verdict {
            Verdict::GoesOn => {
                if call
                    .clock
                    .run(call.clock_should_run(now_ms, &self.rules), now_ms)
                {
                    self.changes.calls.insert(id);
                    self.changes.calls_told.insert(id);
                }
                self.wall.booths.insert(call.booth);
                match call.next_check_ms(now_ms, &self.rules) {
                    Some(at_ms) => self.timers.set(Deadline::CallCheck(id), at_ms),
                    None => self.timers.clear(Deadline::CallCheck(id)),
                }
                return;
            }
            Verdict::StudentGone => self.finish_call(id, None),
            // After the fair's end there is no queue to go back to.
            _ if self.while_running().is_err() => self.finish_call(id, None),
            Verdict::BothGone => self
                .return_to_front(id, back(EventKind::CallLost, Cause::CallLost))
                .map(drop),
            Verdict::InterviewerGone => self
                .return_to_front(id, back(EventKind::CallLost, Cause::InterviewerGone))
                .map(drop),
        };
        debug_assert!(ended.is_ok(), "invariant: a running call can end");
    }

    fn has_free_colleague(&self, id: CallId) -> bool {
        let Some(call) = self.calls.get(&id) else {
            return false;
        };
        let seats = self.booths.get(&call.booth).map(|booth| &booth.seats);
        seats
            .into_iter()
            .flatten()
            .filter_map(|seat| self.seats.get(seat))
            .any(|seat| !call.seats.contains_key(&seat.id) && seat.is_online() && seat.is_free())
    }

    pub(crate) fn mute(
        &mut self,
        actor: &Actor,
        source: SourceKind,
        muted: bool,
    ) -> Result<(), Refusal> {
        // Outside a call nobody hears of it: it is kept for the call that comes.
        if let Some(socket) = self.sockets.get_mut(&actor.socket) {
            socket.muted.set(source, muted);
        }
        let Some((call, member)) = self.device_mut(actor.socket) else {
            return Ok(());
        };
        member.muted.set(source, muted);
        let person = member.person;
        let lifted = !muted && member.moderated.has(source);
        if lifted {
            member.moderated.set(source, false);
            self.changes.media.push(MediaOrder::Mute {
                person,
                socket: actor.socket,
                source,
                muted,
            });
        }
        self.changes.calls_told.insert(call);
        Ok(())
    }

    /// An interviewer mutes the student, at the server. The student may switch it on again; an
    /// interviewer can lift only what an interviewer muted.
    pub(crate) fn mute_student(
        &mut self,
        id: CallId,
        source: SourceKind,
        muted: bool,
    ) -> Result<(), Refusal> {
        let call = self.calls.get_mut(&id).ok_or(Refusal::NotFound)?;
        if !muted && !call.student.moderated.has(source) {
            return Ok(());
        }
        call.student.muted.set(source, muted);
        call.student.moderated.set(source, muted);
        let (person, socket) = (call.student.person, call.student.device.media());
        if let Some(socket) = socket {
            self.changes.media.push(MediaOrder::Mute {
                person,
                socket,
                source,
                muted,
            });
        }
        self.changes.calls_told.insert(id);
        Ok(())
    }

    /// Does anyone else in the call send a picture?
    fn sees_camera(&self, id: CallId, person: PersonId) -> bool {
        let call = self.calls.get(&id);
        let members = call.map(|call| call.seats.values().chain([&call.student]));
        members.into_iter().flatten().any(|other| {
            other.person != person && other.device.media().is_some() && !other.muted.camera
        })
    }

    /// A page's own figures: both sides hear of a quality that changed.
    pub(crate) fn measured(&mut self, actor: &Actor, figures: Figures) -> Result<(), Refusal> {
        let Some((id, member)) = self.device_mut(actor.socket) else {
            return Ok(());
        };
        // A camera that is off is not a bad line, also where a page has not heard of it yet.
        let person = member.person;
        let kbps = figures.kbps.filter(|_| self.sees_camera(id, person));
        let quality = Figures { kbps, ..figures }.worst();
        let Some((_, member)) = self.device_mut(actor.socket) else {
            return Ok(());
        };
        if std::mem::replace(&mut member.quality, quality) == quality {
            return Ok(());
        }
        let Some(call) = self.calls.get(&id) else {
            return Ok(());
        };
        let student = (call.student.person, call.student.quality);
        let seats: Vec<_> = call.seats.values().map(|m| (m.person, m.quality)).collect();
        let worst = seats
            .iter()
            .map(|(_, quality)| *quality)
            .max()
            .unwrap_or(Quality::Unknown);
        let said = |own, other| ServerBody::MediaQuality {
            call: id,
            own,
            other,
        };
        self.tell_member(student.0, said(student.1, worst));
        for (person, own) in seats {
            self.tell_member(person, said(own, student.1));
        }
        Ok(())
    }
}
