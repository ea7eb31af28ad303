//! Pages that know only what they were shown once and told since.

use std::collections::BTreeMap;

use signaling_core::{Audience, SocketId};
use signaling_protocol::*;

use super::{Stand, booth};

/// What the pages of everyone would show.
#[derive(Debug, Default)]
pub struct Followers {
    /// Rows and order of each booth's rooms.
    rooms: BTreeMap<BoothId, (BTreeMap<EntryId, QueueRow>, Vec<EntryId>)>,
    seats: BTreeMap<BoothId, Vec<SeatView>>,
    students: BTreeMap<PersonId, BTreeMap<EntryId, StudentEntry>>,
    /// The call that each socket was last shown.
    calls: BTreeMap<SocketId, CallView>,
}

impl Followers {
    /// A message that a page heard. `seats`: seats of each booth of the test's fair.
    pub fn hear(&mut self, to: &Audience, body: ServerBody, seats: u128) {
        match (to, body) {
            (Audience::Persons(persons), ServerBody::Entry { entry }) => {
                self.students
                    .entry(persons[0])
                    .or_default()
                    .insert(entry.entry, entry);
            }
            (Audience::Socket(person, socket), ServerBody::Student(view)) => {
                self.student_shown(*person, *socket, view);
            }
            (Audience::Socket(_, socket), ServerBody::Booth(view)) => {
                self.room_shown(*socket, view);
            }
            (
                _,
                ServerBody::Queue {
                    rows,
                    gone,
                    order,
                    booth,
                },
            ) => {
                let room = self.rooms.entry(booth.booth).or_default();
                gone.iter().for_each(|entry| drop(room.0.remove(entry)));
                room.0.extend(rows.into_iter().map(|row| (row.entry, row)));
                room.1 = order.unwrap_or_else(|| room.1.clone());
            }
            (Audience::Persons(persons), ServerBody::Seats { seats: views }) => {
                let number = (persons[0].0.as_u128() - 0x1000) / seats;
                self.seats.insert(booth(number), views);
            }
            (Audience::Socket(_, socket), ServerBody::Call { call }) => {
                self.calls.insert(*socket, call);
            }
            _ => {}
        }
    }

    /// A student's page is opened.
    pub fn open_student(&mut self, stand: &mut Stand, socket: SocketId) {
        let person = stand.actors[&socket].person;
        let view = stand.view(socket);
        self.student_shown(person, socket, view);
    }

    /// An interviewer's room is opened.
    pub fn open_room(&mut self, stand: &mut Stand, socket: SocketId) {
        let view = stand.room(socket);
        self.room_shown(socket, view);
    }

    fn student_shown(&mut self, person: PersonId, socket: SocketId, view: StudentView) {
        let entries = view
            .entries
            .into_iter()
            .map(|entry| (entry.entry, entry))
            .collect();
        self.students.insert(person, entries);
        self.call_shown(socket, view.call);
    }

    fn room_shown(&mut self, socket: SocketId, view: BoothView) {
        let rows = view.rows.into_iter().map(|row| (row.entry, row)).collect();
        self.rooms.insert(view.brief.booth, (rows, view.order));
        self.seats.insert(view.brief.booth, view.seats);
        self.call_shown(socket, view.call);
    }

    fn call_shown(&mut self, socket: SocketId, call: Option<CallView>) {
        match call {
            Some(call) => drop(self.calls.insert(socket, call)),
            None => drop(self.calls.remove(&socket)),
        }
    }

    /// Every page that is open shows what a fresh snapshot shows.
    pub fn check(&self, stand: &mut Stand) {
        for (socket, actor) in stand.actors.clone() {
            match actor.role {
                Role::Student(_) => {
                    let view = stand.view(socket);
                    self.check_student(actor.person, view.entries);
                    self.check_call(socket, view.call);
                }
                Role::Interviewer { booth, .. } => {
                    let view = stand.room(socket);
                    self.check_call(socket, view.call.clone());
                    self.check_room(booth, view);
                }
                Role::Staff => {}
            }
        }
    }

    fn check_student(&self, person: PersonId, entries: Vec<StudentEntry>) {
        let seen = |mut entry: StudentEntry| {
            // The wait moves on with the time; it is told in steps.
            entry.wait = None;
            // Nor is an ended entry told what becomes of the queue.
            if entry.stage >= Stage::Done {
                entry.queue = QueueState::Open;
            }
            entry
        };
        for entry in entries {
            let followed = self.students[&person][&entry.entry].clone();
            assert_eq!(seen(followed), seen(entry), "a student's page");
        }
    }

    fn check_room(&self, booth: BoothId, view: BoothView) {
        // Of one who is refused or missed, only the time to undo is of interest.
        let seen = |rows: &BTreeMap<EntryId, QueueRow>| {
            let mut rows = rows.clone();
            for row in rows.values_mut().filter(|row| row.stage >= Stage::Done) {
                row.presence = Presence::Online;
                row.device_ok = true;
            }
            rows
        };
        let (rows, order) = &self.rooms[&booth];
        let fresh = view.rows.into_iter().map(|row| (row.entry, row)).collect();
        assert_eq!(seen(rows), seen(&fresh), "a room's rows");
        assert_eq!(*order, view.order, "a room's order");
        assert!(
            order.iter().all(|entry| rows.contains_key(entry)),
            "a row for each place"
        );
        assert_eq!(self.seats[&booth], view.seats, "a room's seats");
    }

    /// A call that runs is shown as it is.
    fn check_call(&self, socket: SocketId, call: Option<CallView>) {
        let Some(call) = call else { return };
        if call.phase != CallPhase::Ended {
            assert_eq!(self.calls.get(&socket), Some(&call), "a call");
        } else if let Some(shown) = self
            .calls
            .get(&socket)
            .filter(|shown| shown.call == call.call)
        {
            assert_eq!(*shown, call, "a call that ended");
        }
    }
}
