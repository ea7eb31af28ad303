//! What follows when a deadline runs out.

use signaling_protocol::{Cause, EntryId, FairPhase, PersonId, Stage};

use crate::codes::EventKind;
use crate::entry::Step;
use crate::fair::Fair;
use crate::moves::Move;
use crate::timers::Deadline;

impl Fair {
    pub(crate) fn on_deadline(&mut self, deadline: Deadline) {
        match deadline {
            Deadline::Settled => self.settled(),
            Deadline::FairStart => self.begin_running(),
            Deadline::FairEnd => self.begin_overrun(None),
            Deadline::OverrunEnd => self.end_overrun(),
            Deadline::ReadyCheck(entry) => self.unanswered(entry),
            Deadline::StartByItself(entry) => self.start_by_itself(entry),
            Deadline::Undo(entry) => self.undo_over(entry),
            Deadline::HeadSkip(entry) => self.skip_back(entry),
            Deadline::SeatGone(seat) => self.seat_lost(seat),
            // The row turns from offline to away; the place stays.
            Deadline::OfflineAway(person) => self.presence_changed(person),
            Deadline::OfflineLeft(person) => self.offline_left(person),
            Deadline::AwayOver(person) => self.come_back(person),
            Deadline::CallCheck(call) => self.check_call(call),
            Deadline::QueueResumes(booth) => self.open_queue(booth, None),
            Deadline::WaitRefresh(booth) => {
                self.changes.waits.insert(booth);
            }
            // What waited goes out at the end of this input, after its rows.
            Deadline::JoinPerson(person) => {
                self.joined_persons.insert(person);
            }
            Deadline::JoinBooth(booth) => {
                self.joined_booths.insert(booth);
            }
            Deadline::Wall | Deadline::Console => {}
        }
    }

    /// READY → IN_CALL. Without the interviewer it waits: the seat has its own time to come back.
    /// When the server is about to end, it waits for the restart, which arms this deadline anew.
    fn start_by_itself(&mut self, id: EntryId) {
        if self.draining {
            return;
        }
        let Some(seat) = self.entries.get(&id).and_then(|entry| entry.stage.seat()) else {
            return;
        };
        if !self
            .seats
            .get(&seat)
            .is_some_and(crate::seat::Seat::is_online)
        {
            return;
        }
        let started = self.start(id, None);
        debug_assert!(started.is_ok(), "invariant: a READY entry can start");
    }

    /// Offline for the whole of grace and away: out of every queue.
    fn offline_left(&mut self, id: PersonId) {
        let Some(person) = self.persons.get(&id) else {
            return;
        };
        if person.is_online() {
            return;
        }
        let waiting: Vec<EntryId> = person
            .active
            .iter()
            .filter(|id| {
                self.entries
                    .get(id)
                    .is_some_and(|entry| entry.stage.plain() == Stage::Waiting)
            })
            .copied()
            .collect();
        for id in waiting {
            let mv = Move::new(Step::Leave, EventKind::Left, None).cause(Cause::OfflineTooLong);
            let moved = self.move_entry(id, mv);
            debug_assert!(moved.is_ok(), "invariant: a WAITING entry may leave");
        }
    }

    /// The overrun ends early when nobody is called or in a call any more.
    pub(crate) fn end_overrun_if_idle(&mut self) {
        if self.phase == FairPhase::Overrun && self.counts.busy == 0 {
            self.end_overrun();
        }
    }
}
