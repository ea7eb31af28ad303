//! From what an input changed to commands: rows and events first, then media, then messages.
//!
//! A first refresh of places, waits and rows goes out at once; further ones to the same person (or
//! to the same booth's interviewers) are kept in a set and go out together when their window is
//! over, so that a burst costs one message each.

use signaling_protocol::{BoothId, CallId, EntryId, PersonId, ServerBody, Stage, Stamp};

use crate::command::{Audience, Command, Outgoing, Urgency};
use crate::fair::Fair;
use crate::presence::Side;
use crate::rows::{CallSeatRow, Row};
use crate::timers::Deadline;

impl Fair {
    /// Ends the work on one input.
    pub(crate) fn finish(&mut self) {
        self.end_overrun_if_idle();
        self.refresh_all_waits();
        self.persist();
        for order in std::mem::take(&mut self.changes.media) {
            self.commands.push_back(Command::Media(order));
        }
        for outgoing in std::mem::take(&mut self.changes.ready) {
            self.commands.push_back(Command::Send(Box::new(outgoing)));
        }
        self.tell_snapshots();
        self.tell_persons();
        self.tell_calls();
        let urgent = std::mem::take(&mut self.changes.urgent);
        for booth in &urgent {
            self.flush_booth(*booth);
        }
        self.arm_joined();
        self.changes.first_events.clear();
    }

    fn persist(&mut self) {
        let fair = self.id;
        let mut rows = Vec::new();
        if std::mem::take(&mut self.changes.fair) {
            rows.push(Row::Fair(self.row()));
        }
        for id in std::mem::take(&mut self.changes.queues) {
            rows.extend(
                self.booths
                    .get(&id)
                    .map(|booth| Row::Queue(booth.row(fair))),
            );
        }
        for id in std::mem::take(&mut self.changes.persons) {
            rows.extend(
                self.persons
                    .get(&id)
                    .map(|person| Row::Person(person.row(fair))),
            );
        }
        // Whoever gives a busy stage up is written before whoever takes one: the database holds
        // that a student has at most one.
        let entries = std::mem::take(&mut self.changes.entries);
        let (mut freed, mut taken) = (Vec::new(), Vec::new());
        for entry in entries.iter().filter_map(|id| self.entries.get(id)) {
            let list = if entry.stage.is_active() {
                &mut taken
            } else {
                &mut freed
            };
            list.push(Row::Entry(self.entry_row(entry)));
        }
        taken.sort_by_key(|row| matches!(row, Row::Entry(row) if is_busy(row.stage)));
        rows.append(&mut freed);
        rows.append(&mut taken);
        for id in std::mem::take(&mut self.changes.calls) {
            rows.extend(self.calls.get(&id).map(|call| Row::Call(call.row(fair))));
        }
        for (call, seat) in std::mem::take(&mut self.changes.call_seats) {
            let member = self.calls.get(&call).and_then(|call| call.seats.get(&seat));
            rows.extend(member.map(|member| {
                let (person, joined_ms) = (member.person, member.joined_ms);
                Row::CallSeat(CallSeatRow {
                    call,
                    seat,
                    person,
                    joined_ms,
                })
            }));
        }
        self.commands.extend(rows.into_iter().map(Command::Persist));
        let events = std::mem::take(&mut self.changes.events);
        self.commands
            .extend(events.into_iter().map(Command::Record));
    }

    fn send(&mut self, to: Audience, body: ServerBody, urgency: Urgency, stamp: Option<Stamp>) {
        self.commands.push_back(Command::Send(Box::new(Outgoing {
            to,
            body,
            urgency,
            stamp,
        })));
    }

    /// Students about whom something changed: each tab is shown everything anew.
    fn tell_snapshots(&mut self) {
        let mut sockets = std::mem::take(&mut self.changes.socket_snapshots);
        for id in std::mem::take(&mut self.changes.snapshots) {
            let Some(person) = self.persons.get_mut(&id) else {
                continue;
            };
            person.single_ms = Some(self.now_ms);
            sockets.extend(&person.sockets);
        }
        for id in sockets {
            let Some(socket) = self.sockets.get(&id).copied() else {
                continue;
            };
            let body = match socket.side {
                Side::Student => self
                    .student_view(socket.person, Some(id))
                    .map(ServerBody::Student),
                Side::Seat(seat) => self.booth_view(seat, Some(id)).map(ServerBody::Booth),
                Side::Staff => None,
            };
            let Some(body) = body else { continue };
            self.send(
                Audience::Socket(socket.person, id),
                body,
                Urgency::Now,
                None,
            );
        }
    }

    /// Students whose own entries changed.
    fn tell_persons(&mut self) {
        for id in std::mem::take(&mut self.changes.told) {
            let Some(entry) = self.entries.get(&id) else {
                continue;
            };
            let person = entry.person;
            let pending = self
                .persons
                .get_mut(&person)
                .and_then(|person| person.pending.remove(&id));
            if let Some(first) = pending {
                self.untold.person(person, id, first);
            }
            self.tell_entry(id, Urgency::Now, pending);
        }
    }

    /// Sends an own entry as it is now.
    fn tell_entry(&mut self, id: EntryId, urgency: Urgency, first: Option<u64>) {
        self.remember_told(id);
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let Some(person) = self.persons.get(&entry.person) else {
            return;
        };
        if !person.hears(self.now_ms, &self.rules) {
            return;
        }
        let (to, booth) = (Audience::Persons(vec![person.id]), entry.booth);
        let first = first.unwrap_or_else(|| self.first_covered(booth));
        let stamp = self.stamp_from(booth, first);
        let Some(view) = self.student_entry(id) else {
            return;
        };
        self.send(to, ServerBody::Entry { entry: view }, urgency, stamp);
    }

    /// Calls of which someone must hear: each socket has its own view (`here`).
    fn tell_calls(&mut self) {
        for id in std::mem::take(&mut self.changes.calls_told) {
            self.note_single(id);
            let Some(call) = self.calls.get(&id) else {
                continue;
            };
            let stamp = self.stamp_from(call.booth, self.first_covered(call.booth));
            let student = self
                .persons
                .get(&call.student.person)
                .map(|person| &person.sockets);
            let seats = call.seats.keys().filter_map(|seat| self.seats.get(seat));
            let sockets: Vec<_> = student
                .into_iter()
                .chain(seats.map(|seat| &seat.sockets))
                .flatten()
                .filter_map(|socket| Some((*socket, self.sockets.get(socket)?.person)))
                .collect();
            for (socket, person) in sockets {
                // Whoever is in another call by now sees that one: an evaluation may come late.
                if self
                    .call_of_socket(socket)
                    .is_some_and(|(now, _)| now != id)
                {
                    continue;
                }
                let Some(call) = self.call_view(id, Some(socket)) else {
                    continue;
                };
                let to = Audience::Socket(person, socket);
                self.send(to, ServerBody::Call { call }, Urgency::Now, stamp);
            }
        }
    }

    /// Members of a call whose tabs come back later have missed something.
    fn note_single(&mut self, id: CallId) {
        let now_ms = self.now_ms;
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        if let Some(person) = self.persons.get_mut(&call.student.person) {
            person.single_ms = Some(now_ms);
        }
        for seat in call.seats.keys() {
            if let Some(seat) = self.seats.get_mut(seat) {
                seat.single_ms = Some(now_ms);
            }
        }
    }

    /// What is sent now is what the student knows.
    pub(crate) fn remember_told(&mut self, id: EntryId) {
        if let Some(entry) = self.entries.get_mut(&id) {
            self.untold.entry(id, entry.told);
            entry.told = entry.place;
        }
    }

    /// Sends joined refreshes whose window is open, and sets the deadline of the others.
    fn arm_joined(&mut self) {
        for id in std::mem::take(&mut self.joined_persons) {
            let Some(person) = self.persons.get(&id) else {
                continue;
            };
            if person.pending.is_empty() {
                continue;
            }
            if person.joined_until_ms <= self.now_ms {
                self.flush_person(id);
            } else {
                self.timers
                    .set(Deadline::JoinPerson(id), person.joined_until_ms);
            }
        }
        for id in std::mem::take(&mut self.joined_booths) {
            let Some(booth) = self.booths.get(&id) else {
                continue;
            };
            if booth.pending.is_empty() {
                continue;
            }
            if booth.joined_until_ms <= self.now_ms {
                self.flush_booth(id);
            } else {
                self.timers
                    .set(Deadline::JoinBooth(id), booth.joined_until_ms);
            }
        }
        self.tell_walls();
    }

    /// Sends what waited for a student.
    pub(crate) fn flush_person(&mut self, id: PersonId) {
        let Some(person) = self.persons.get_mut(&id) else {
            return;
        };
        person.joined_until_ms = self.now_ms + self.rules.join_window_ms;
        for (entry, first) in std::mem::take(&mut person.pending) {
            self.untold.person(id, entry, first);
            self.tell_entry(entry, Urgency::Joined, Some(first));
        }
    }

    /// Sends what waited for a booth's interviewers.
    pub(crate) fn flush_booth(&mut self, id: BoothId) {
        let now_ms = self.now_ms;
        let Some(booth) = self.booths.get_mut(&id) else {
            return;
        };
        let pending = std::mem::take(&mut booth.pending);
        self.timers.clear(Deadline::JoinBooth(id));
        if pending.is_empty() {
            return;
        }
        self.untold.booth(id, &pending);
        booth.joined_until_ms = now_ms + self.rules.join_window_ms;
        let next = booth.events + 1;
        let stamp = self.stamp_from(id, pending.first.unwrap_or(next));
        let to = self.interviewers_of(id);
        if to.is_empty() {
            return;
        }
        let to = Audience::Persons(to);
        if pending.seats {
            let seats = self.seat_views(id);
            self.send(to.clone(), ServerBody::Seats { seats }, Urgency::Now, stamp);
        }
        if let Some(body) = self.queue_news(id, &pending) {
            self.send(to, body, Urgency::Joined, stamp);
        }
    }

    /// Interviewers of a booth who hear messages: connected, or gone for a short time.
    fn interviewers_of(&self, id: BoothId) -> Vec<PersonId> {
        let seats = self.booths.get(&id).map(|booth| &booth.seats);
        let mut persons: Vec<PersonId> = seats
            .into_iter()
            .flatten()
            .filter_map(|seat| self.seats.get(seat))
            .filter(|seat| {
                let recent = |since: i64| self.now_ms < since + self.rules.offline_grace_ms;
                seat.is_online() || seat.gone_since_ms.is_some_and(recent)
            })
            .map(|seat| seat.person)
            .collect();
        persons.sort_unstable();
        persons.dedup();
        persons
    }
}

fn is_busy(stage: Stage) -> bool {
    matches!(stage, Stage::Called | Stage::Ready | Stage::InCall)
}
