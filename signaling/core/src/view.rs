//! What the pages are shown: views of the protocol from the state.

use signaling_protocol::{
    BoothBrief, BoothId, BoothView, CallId, CallPhase, CallView, EntryId, FairTotals, FairView,
    Participant, PersonId, Presence, QueueRow, Role, SeatId, SeatView, ServerBody, StudentEntry,
    StudentView, Wait, WallView,
};

use crate::booth::Pending;
use crate::call::{Call, Member};
use crate::command::{Actor, SocketId};
use crate::entry::{Entry, EntryStage};
use crate::fair::Fair;
use crate::seat::Seat;

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn unsigned(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0)
}

impl Fair {
    /// Everything that this actor's page shows; `None` for a person who is not in this fair.
    pub fn snapshot(&mut self, actor: &Actor) -> Option<ServerBody> {
        match actor.role {
            Role::Student(_) => self
                .student_view(actor.person, Some(actor.socket))
                .map(ServerBody::Student),
            Role::Interviewer { seat, .. } => self
                .booth_view(seat, Some(actor.socket))
                .map(ServerBody::Booth),
            Role::Staff => {
                self.console_shown();
                Some(ServerBody::Wall(self.wall_view()))
            }
        }
    }

    /// The fair as every page shows it.
    pub fn fair_view(&self) -> FairView {
        FairView {
            fair: self.id,
            title: self.title.clone(),
            phase: self.phase,
            starts_ms: self.starts_ms,
            ends_ms: self.ends_ms,
        }
    }

    /// What the school's console shows.
    pub fn wall_view(&self) -> WallView {
        WallView {
            fair: self.fair_view(),
            totals: self.totals(),
            booths: self
                .wall
                .order()
                .iter()
                .filter_map(|id| self.brief(*id))
                .collect(),
            n: self.console_n(),
        }
    }

    /// The fair in numbers.
    pub fn totals(&self) -> FairTotals {
        FairTotals {
            students_online: self.counts.students_online,
            calls: self.counts.calls,
            waiting: self.counts.waiting,
            wait_p90_ms: self.counts.waits.p90_ms(),
            done: self.counts.done,
            missed: self.counts.missed,
        }
    }

    /// A booth as the wall shows it.
    pub fn brief(&self, id: BoothId) -> Option<BoothBrief> {
        let booth = self.booths.get(&id)?;
        let seats = || booth.seats.iter().filter_map(|id| self.seats.get(id));
        let stuck = booth.calls.iter().filter(|id| {
            self.calls
                .get(id)
                .is_some_and(|call| call.is_stuck(self.now_ms, &self.rules))
        });
        Some(BoothBrief {
            booth: id,
            number: booth.number.clone(),
            company: booth.company.clone(),
            queue: booth.state.clone(),
            waiting: count(booth.queue.len()),
            applied: count(booth.applied.len()),
            seats: count(booth.seats.len()),
            seats_online: count(seats().filter(|seat| seat.is_online()).count()),
            seats_in_call: count(seats().filter(|seat| seat.call.is_some()).count()),
            offline_since_ms: booth.offline_since_ms,
            average_ms: unsigned(booth.service.in_use(self.slot_ms).0),
            wait: booth.tail,
            wait_p90_ms: booth.waits.p90_ms(),
            done: booth.done,
            stuck: count(stuck.count()),
        })
    }

    /// A student's page. `socket`: for whose tab.
    pub fn student_view(&mut self, id: PersonId, socket: Option<SocketId>) -> Option<StudentView> {
        for entry in self.persons.get(&id)?.active.clone() {
            self.remember_told(entry);
        }
        let person = self.persons.get(&id)?;
        let last_call = person
            .entries
            .iter()
            .rev()
            .filter_map(|id| self.entries.get(id)?.stage.call())
            .max_by_key(|id| {
                self.calls
                    .get(id)
                    .map(|call| (call.ended_ms.is_none(), call.started_ms))
            });
        Some(StudentView {
            fair: self.fair_view(),
            entries: person
                .entries
                .iter()
                .filter_map(|id| self.student_entry(*id))
                .collect(),
            away_until_ms: person.away_until_ms,
            aways_left: self.rules.aways.saturating_sub(person.aways),
            device_test_ms: person.device_test_ms,
            max_queues: self.max_queues,
            call: last_call.and_then(|id| self.call_view(id, socket)),
        })
    }

    /// An own entry, with place and wait as last worked out for telling.
    pub(crate) fn student_entry(&self, id: EntryId) -> Option<StudentEntry> {
        let entry = self.entries.get(&id)?;
        let booth = self.booths.get(&entry.booth)?;
        let wait = match entry.stage {
            EntryStage::Called { .. } => Some(Wait::YourTurn),
            _ => entry.place.and_then(|place| place.wait),
        };
        let running = matches!(
            entry.stage,
            EntryStage::Called { .. } | EntryStage::Ready { .. }
        );
        Some(StudentEntry {
            entry: id,
            booth: entry.booth,
            number: booth.number.clone(),
            company: booth.company.clone(),
            job: booth.job(entry.job),
            origin: entry.origin,
            stage: entry.stage.plain(),
            position: entry.place.map(|place| place.position),
            wait,
            queue: booth.state.clone(),
            deadline_ms: entry.stage.deadline_ms().filter(|_| running),
            ready_ms: match entry.stage {
                EntryStage::Called { ready_ms, .. } => u32::try_from(ready_ms).ok(),
                _ => None,
            },
            laters_left: self.rules.laters.saturating_sub(entry.laters),
            cause: entry.cause,
            reason: entry.reason.clone(),
            call: entry.stage.call(),
            since_ms: entry.made_ms,
        })
    }

    /// An interviewer's room, seen from this seat.
    pub fn booth_view(&self, id: SeatId, socket: Option<SocketId>) -> Option<BoothView> {
        let seat = self.seats.get(&id)?;
        let booth = self.booths.get(&seat.booth)?;
        Some(BoothView {
            fair: self.fair_view(),
            brief: self.brief(booth.id)?,
            seat: id,
            seats: self.seat_views(booth.id),
            rows: booth
                .listed
                .iter()
                .filter_map(|id| self.queue_row(*id))
                .collect(),
            order: booth
                .queue
                .places()
                .iter()
                .map(|place| place.entry)
                .collect(),
            call: seat
                .call
                .or(seat.due)
                .and_then(|call| self.call_view(call, socket)),
        })
    }

    /// Everyone who waits for or talks to a booth: the called ones first, then the queue in its
    /// order, then applications. `None` for a booth that is not in this fair.
    pub fn booth_rows(&self, id: BoothId) -> Option<Vec<QueueRow>> {
        let booth = self.booths.get(&id)?;
        let stage = |id: &EntryId| self.entries.get(id).map(|entry| entry.stage);
        let (called, others): (Vec<_>, Vec<_>) = booth
            .listed
            .iter()
            .copied()
            .filter(|id| stage(id).is_some_and(EntryStage::is_active))
            .partition(|id| stage(id).is_some_and(EntryStage::is_busy));
        let applied = others
            .into_iter()
            .filter(|id| stage(id) != Some(EntryStage::Waiting));
        let queue = booth.queue.places().iter().map(|place| place.entry);
        let all = called.into_iter().chain(queue).chain(applied);
        Some(all.filter_map(|id| self.queue_row(id)).collect())
    }

    pub(crate) fn seat_views(&self, id: BoothId) -> Vec<SeatView> {
        let seats = self.booths.get(&id).map(|booth| &booth.seats);
        seats
            .into_iter()
            .flatten()
            .filter_map(|id| self.seats.get(id))
            .map(Seat::view)
            .collect()
    }

    /// The message for a booth's interviewers about what waited.
    pub(crate) fn queue_news(&self, id: BoothId, pending: &Pending) -> Option<ServerBody> {
        let booth = self.booths.get(&id)?;
        let (listed, gone): (Vec<_>, Vec<_>) = pending
            .rows
            .iter()
            .copied()
            .partition(|id| booth.listed.contains(id));
        let order = || {
            booth
                .queue
                .places()
                .iter()
                .map(|place| place.entry)
                .collect()
        };
        Some(ServerBody::Queue {
            rows: listed
                .into_iter()
                .filter_map(|id| self.queue_row(id))
                .collect(),
            gone,
            order: pending.order.then(order),
            booth: self.brief(id)?,
        })
    }

    fn queue_row(&self, id: EntryId) -> Option<QueueRow> {
        let entry = self.entries.get(&id)?;
        let person = self.persons.get(&entry.person)?;
        let tested = |at_ms: i64| self.now_ms - at_ms <= self.rules.device_test_ms;
        Some(QueueRow {
            entry: id,
            person: person.id,
            name: person.name.clone(),
            headline: person.headline.clone(),
            job: self
                .booths
                .get(&entry.booth)
                .and_then(|booth| booth.job(entry.job)),
            origin: entry.origin,
            stage: entry.stage.plain(),
            presence: self.presence_of(entry),
            device_ok: person.device_test_ms.is_some_and(tested),
            misses: entry.misses,
            held: entry.held_by.is_some(),
            since_ms: match entry.stage {
                EntryStage::Waiting => entry.joined_ms.unwrap_or(entry.since_ms),
                _ => entry.since_ms,
            },
            deadline_ms: entry.stage.deadline_ms(),
            seat: entry
                .stage
                .seat()
                .or_else(|| self.running_call(entry).map(|call| call.seat)),
        })
    }

    /// As an interviewer of this entry's booth sees the student: busy means busy elsewhere.
    fn presence_of(&self, entry: &Entry) -> Presence {
        let Some(person) = self.persons.get(&entry.person) else {
            return Presence::Offline {
                since_ms: self.now_ms,
            };
        };
        match self.busy_entry(person.id) {
            Some(busy) if busy != entry.id => Presence::Busy,
            None if self.elsewhere.contains(&person.id) => Presence::Busy,
            _ => person.presence(self.now_ms, &self.rules),
        }
    }

    fn running_call(&self, entry: &Entry) -> Option<&Call> {
        entry
            .stage
            .call()
            .and_then(|id| self.calls.get(&id))
            .filter(|call| call.ended_ms.is_none())
    }

    /// A call as the holder of this socket sees it.
    pub fn call_view(&self, id: CallId, socket: Option<SocketId>) -> Option<CallView> {
        let call = self.calls.get(&id)?;
        let phase = match (call.ended_ms, call.clock.runs) {
            (Some(_), _) => CallPhase::Ended,
            (None, true) => CallPhase::Running,
            (None, false) => CallPhase::Waiting,
        };
        let side = socket
            .and_then(|socket| self.sockets.get(&socket))
            .map(|socket| socket.side);
        let interviewer = matches!(side, Some(crate::presence::Side::Seat(_)));
        let here = socket.is_some()
            && call
                .seats
                .values()
                .chain([&call.student])
                .any(|member| member.device.socket() == socket);
        Some(CallView {
            call: id,
            entry: call.entry,
            booth: call.booth,
            phase,
            started_ms: call.started_ms,
            used_ms: unsigned(call.clock.used_ms),
            clock_at_ms: call.clock.at_ms,
            length_ms: unsigned(call.length_ms),
            can_extend: !call.extended && call.ended_ms.is_none(),
            ended_ms: call.ended_ms,
            outcome: call.outcome.filter(|_| interviewer),
            participants: self.participants(id),
            here: here && call.ended_ms.is_none(),
        })
    }

    /// Who takes part in a call, the student first.
    pub fn participants(&self, id: CallId) -> Vec<Participant> {
        let Some(call) = self.calls.get(&id) else {
            return Vec::new();
        };
        let student = self
            .persons
            .get(&call.student.person)
            .map(|person| participant(&call.student, &person.name, &person.headline, false));
        let seats = call.seats.iter().filter_map(|(id, member)| {
            let seat = self.seats.get(id)?;
            Some(participant(member, &seat.nickname, &seat.department, true))
        });
        student.into_iter().chain(seats).collect()
    }

    /// Booth, student and seats of a call, for permission checks of the portal.
    pub fn call_record(&self, id: CallId) -> Option<CallRecord> {
        let call = self.calls.get(&id)?;
        Some(CallRecord {
            call: id,
            entry: call.entry,
            booth: call.booth,
            student: call.student.person,
            interviewers: call.seats.values().map(|member| member.person).collect(),
            seats: call.seats.keys().copied().collect(),
            started_ms: call.started_ms,
            ended_ms: call.ended_ms,
        })
    }

    /// Booth and student of an entry, for permission checks of the portal.
    pub fn entry_record(&self, id: EntryId) -> Option<EntryRecord> {
        let entry = self.entries.get(&id)?;
        Some(EntryRecord {
            entry: id,
            booth: entry.booth,
            student: entry.person,
            stage: entry.stage.plain(),
        })
    }

    /// The call in which this socket's tab or device takes part.
    pub fn call_on(&self, socket: SocketId) -> Option<CallId> {
        let known = self.sockets.get(&socket)?;
        let call = match known.side {
            crate::presence::Side::Student => self
                .entries
                .get(&self.busy_entry(known.person)?)?
                .stage
                .call()?,
            crate::presence::Side::Seat(seat) => self.seats.get(&seat)?.call?,
            crate::presence::Side::Staff => return None,
        };
        let members = self.calls.get(&call)?;
        let mut all = members.seats.values().chain([&members.student]);
        all.any(|member| member.device.socket() == Some(socket))
            .then_some(call)
    }
}

fn participant(member: &Member, name: &str, headline: &str, interviewer: bool) -> Participant {
    Participant {
        person: member.person,
        name: name.to_owned(),
        headline: headline.to_owned(),
        interviewer,
        microphone_muted: member.muted.microphone,
        camera_muted: member.muted.camera,
    }
}

/// Whose a call is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The call.
    pub call: CallId,
    /// The entry.
    pub entry: EntryId,
    /// The booth.
    pub booth: BoothId,
    /// The student.
    pub student: PersonId,
    /// The interviewers who took part.
    pub interviewers: Vec<PersonId>,
    /// Their seats.
    pub seats: Vec<SeatId>,
    /// Began, ms since 1970.
    pub started_ms: i64,
    /// Ended, ms since 1970.
    pub ended_ms: Option<i64>,
}

/// Whose an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRecord {
    /// The entry.
    pub entry: EntryId,
    /// The booth.
    pub booth: BoothId,
    /// The student.
    pub student: PersonId,
    /// The stage.
    pub stage: signaling_protocol::Stage,
}
