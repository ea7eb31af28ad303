//! Students who are called to, or in, an interview of another fair. This fair cannot see that by
//! itself: its shell says so. Such a student is busy here, too: passed over without a mark against
//! him, and shown as busy.

use signaling_protocol::{EntryId, PersonId, SeatId};

use crate::codes::EventKind;
use crate::entry::{EntryStage, Step};
use crate::fair::Fair;
use crate::moves::Move;
use crate::queue::Insertion;

impl Fair {
    /// A student's interview in another fair began or is over.
    pub fn handle_elsewhere(&mut self, now_ms: i64, person: PersonId, busy: bool) {
        self.begin(now_ms);
        self.note_elsewhere(person, busy);
        self.finish();
    }

    /// Another fair had called this student first: the call-up that was made here did not happen.
    /// He stands again where he stood. Returns the seat that called him.
    pub fn handle_called_elsewhere(&mut self, now_ms: i64, person: PersonId) -> Option<SeatId> {
        self.begin(now_ms);
        let seat = self.undo_call_up(person);
        self.note_elsewhere(person, true);
        self.finish();
        seat
    }

    /// Those who are busy elsewhere as far as this fair knows.
    pub fn busy_elsewhere(&self) -> impl Iterator<Item = PersonId> {
        self.elsewhere.iter().copied()
    }

    /// Those who are called, or in a call, here, with the entry.
    pub fn busy_here(&self) -> impl Iterator<Item = (PersonId, EntryId)> {
        let busy = self.entries.values().filter(|entry| entry.stage.is_busy());
        busy.map(|entry| (entry.person, entry.id))
    }

    /// Has this student an entry here that has not ended?
    pub fn is_active(&self, person: PersonId) -> bool {
        let person = self.persons.get(&person);
        person.is_some_and(|person| !person.active.is_empty())
    }

    fn note_elsewhere(&mut self, person: PersonId, busy: bool) {
        let changed = if busy {
            self.persons.contains_key(&person) && self.elsewhere.insert(person)
        } else {
            self.elsewhere.remove(&person)
        };
        if !changed {
            return;
        }
        // Whoever is busy is not absent: his time at the head of a queue does not run.
        if busy {
            self.forgive_skips(person);
        }
        self.presence_changed(person);
    }

    fn undo_call_up(&mut self, person: PersonId) -> Option<SeatId> {
        let id = self.busy_entry(person)?;
        let entry = self.entries.get(&id)?;
        let EntryStage::Called { seat, .. } = entry.stage else {
            return None;
        };
        let stood = entry.stood;
        let place = stood.map_or(Insertion::Front, |stood| Insertion::AtRank(stood.rank));
        let mv = Move::new(Step::TakeBack, EventKind::BusyElsewhere, None);
        let moved = self.move_entry(id, mv.place(place));
        debug_assert!(moved.is_ok(), "invariant: a CALLED entry may be taken back");
        if let (Some(entry), Some(stood)) = (self.entries.get_mut(&id), stood) {
            (entry.cause, entry.told) = (stood.cause, stood.told);
        }
        Some(seat)
    }
}
