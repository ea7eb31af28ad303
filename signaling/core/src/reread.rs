//! A batch could not be stored: the fair goes back to what the rows say. Who is connected, on which
//! device, and what pages are yet to be told is in no row: it is taken over from the state that is
//! given up. Nobody has been told anything of the batch, so no page is shown anything anew, and
//! what it would have told of earlier batches waits again.

use std::collections::BTreeMap;

use signaling_protocol::{BoothId, CallId, EntryId, PersonId};

use crate::booth::Pending;
use crate::call::{Call, CallClock, Device, Member};
use crate::entry::{EntryStage, Told};
use crate::fair::Fair;
use crate::presence::{Person, Side};
use crate::rows::Rows;
use crate::setup::FairSetup;
use crate::timers::Deadline;

/// The clocks of calls as their rows say.
type Clocks = BTreeMap<CallId, CallClock>;

/// What the commands of a batch tell that pages did not know before.
#[derive(Debug, Default)]
pub(crate) struct Untold {
    /// What had waited for the interviewers of a booth.
    booths: BTreeMap<BoothId, Pending>,
    /// What had waited for a student.
    persons: BTreeMap<PersonId, BTreeMap<EntryId, u64>>,
    /// What the student of an entry knew before.
    told: BTreeMap<EntryId, Option<Told>>,
}

impl Untold {
    pub(crate) fn booth(&mut self, id: BoothId, waited: &Pending) {
        self.booths.entry(id).or_default().add(waited);
    }

    pub(crate) fn person(&mut self, id: PersonId, entry: EntryId, first: u64) {
        let waited = self.persons.entry(id).or_default();
        waited.entry(entry).or_insert(first);
    }

    pub(crate) fn entry(&mut self, id: EntryId, knew: Option<Told>) {
        self.told.entry(id).or_insert(knew);
    }
}

impl Fair {
    /// All that [`Fair::poll_command`] gave is stored: from here on it is told.
    pub fn handle_stored(&mut self) {
        self.untold = Untold::default();
    }

    /// Puts the fair back to what `rows` say, and keeps who is here. What was given since the last
    /// [`Fair::handle_stored`] must be thrown away.
    pub fn reread(&mut self, setup: FairSetup, rows: Rows, seed: [u8; 32], now_ms: i64) {
        let now_ms = self.now_ms.max(now_ms);
        let clocks: Clocks = rows
            .calls
            .iter()
            .map(|row| (row.call, row.clock()))
            .collect();
        let fair = if rows.fair.is_some() {
            Self::from_rows(setup, rows, seed, now_ms, 0)
        } else {
            Self::new(setup, seed, now_ms)
        };
        let old = std::mem::replace(self, fair);
        self.take_presence(old, &clocks);
        self.work_off();
        self.finish();
        // News of the wall that went with the batch are missing: watchers see it by their number.
        self.mark_walls();
    }

    fn take_presence(&mut self, old: Self, clocks: &Clocks) {
        self.settling = old.settling.clone();
        if self.settling.is_none() {
            self.timers.clear(Deadline::Settled);
        }
        self.draining = old.draining;
        self.elsewhere.clone_from(&old.elsewhere);
        self.take_persons(&old);
        self.take_seats(&old);
        for call in old.calls.values() {
            self.take_members(call, clocks);
        }
        self.take_told(&old);
        self.wall = old.wall;
        self.wall.booths.extend(self.booths.keys());
        self.wall.totals = true;
        self.sockets = old.sockets;
    }

    fn take_persons(&mut self, old: &Self) {
        let now_ms = self.now_ms;
        for was in old.persons.values() {
            let person = self
                .persons
                .entry(was.id)
                .or_insert_with(|| Person::new(was.id));
            person.admission = was.admission;
            person.name.clone_from(&was.name);
            person.headline.clone_from(&was.headline);
            person.sockets.clone_from(&was.sockets);
            person.single_ms = was.single_ms;
            person.joined_until_ms = was.joined_until_ms;
            if person.is_online() {
                person.offline_since_ms = None;
                self.counts.students_online += 1;
                self.timers.clear(Deadline::OfflineAway(was.id));
                self.timers.clear(Deadline::OfflineLeft(was.id));
            } else if was.offline_since_ms.is_some() {
                // The row knows better since when, if it knows that he is gone.
                if person
                    .offline_since_ms
                    .is_none_or(|since_ms| since_ms >= now_ms)
                {
                    person.offline_since_ms = was.offline_since_ms;
                }
                self.arm_offline(was.id);
            }
        }
    }

    fn take_seats(&mut self, old: &Self) {
        for was in old.seats.values() {
            let Some(seat) = self.seats.get_mut(&was.id) else {
                continue;
            };
            seat.sockets.clone_from(&was.sockets);
            seat.device = was.device;
            seat.single_ms = was.single_ms;
            seat.gone_since_ms = was.gone_since_ms;
            if seat.is_online() {
                self.timers.clear(Deadline::SeatGone(was.id));
            }
        }
        for was in old.booths.values() {
            if let Some(booth) = self.booths.get_mut(&was.id) {
                booth.offline_since_ms = was.offline_since_ms;
            }
        }
        // On which device a READY student answered.
        for was in old.entries.values() {
            let before = match was.stage {
                EntryStage::Ready { device, .. } => device,
                EntryStage::InCall { call } | EntryStage::Done { call } => old
                    .calls
                    .get(&call)
                    .and_then(|call| call.student.device.socket()),
                _ => None,
            };
            let entry = self.entries.get_mut(&was.id);
            if let Some(EntryStage::Ready { device, .. }) = entry.map(|entry| &mut entry.stage) {
                *device = before.filter(|socket| old.sockets.contains_key(socket));
            }
        }
    }

    /// The devices of a call that runs by the rows, whatever the batch did with it.
    fn take_members(&mut self, was: &Call, clocks: &Clocks) {
        let id = was.id;
        let Some(call) = self
            .calls
            .get_mut(&id)
            .filter(|call| call.ended_ms.is_none())
        else {
            return;
        };
        let keep = |member: &mut Member, was: &Member| {
            *member = Member {
                joined_ms: member.joined_ms,
                ..was.clone()
            };
        };
        // Nobody was there while the rows were read: that stopped no clock.
        if let Some(clock) = clocks.get(&id) {
            call.clock = *clock;
        }
        keep(&mut call.student, &was.student);
        for (seat, member) in &mut call.seats {
            if let Some(was) = was.seats.get(seat) {
                keep(member, was);
            }
        }
        self.note_broken(id);
        self.check_call(id);
    }

    fn note_broken(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let seats = call.seats.iter();
        let sides = seats.map(|(seat, member)| (Side::Seat(*seat), member));
        for (side, member) in sides.chain([(Side::Student, &call.student)]) {
            if let Device::Broken(socket) = member.device {
                self.broken.insert(socket, (id, side));
            }
        }
    }

    /// What pages were told, and are yet to be told, of what is as it was.
    fn take_told(&mut self, old: &Self) {
        let untold = &old.untold;
        for was in old.entries.values() {
            if let Some(entry) = self.entries.get_mut(&was.id) {
                entry.told = untold.told.get(&was.id).copied().unwrap_or(was.told);
            }
        }
        for was in old.persons.values() {
            let Some(person) = self.persons.get_mut(&was.id) else {
                continue;
            };
            let before = untold.persons.get(&was.id).into_iter().flatten();
            for (entry, first) in before.chain(&was.pending) {
                if self.entries.contains_key(entry) {
                    person.pending.entry(*entry).or_insert(*first);
                }
            }
            self.joined_persons.insert(was.id);
        }
        for was in old.booths.values() {
            let Some(booth) = self.booths.get_mut(&was.id) else {
                continue;
            };
            booth.joined_until_ms = was.joined_until_ms;
            if let Some(before) = untold.booths.get(&was.id) {
                booth.pending.add(before);
            }
            booth.pending.add(&was.pending);
            if let Some(first) = booth.pending.first {
                booth.pending.first = Some(first.min(booth.events + 1));
            }
            self.joined_booths.insert(was.id);
        }
    }
}
