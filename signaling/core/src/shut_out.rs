//! Whoever the portal shuts out: his pages go, and what he has in the fair ends at once, with its
//! reason.

use signaling_protocol::{CallId, Cause, EntryId, PersonId, SeatId, Stage};

use crate::call::Device;
use crate::codes::EventKind;
use crate::command::{MediaOrder, SocketId};
use crate::entry::{EntryStage, Step};
use crate::fair::Fair;
use crate::moves::Move;
use crate::presence::Side;

impl Fair {
    /// All pages of a person are gone. He keeps what whoever loses the network keeps.
    pub(crate) fn signed_out(&mut self, id: PersonId) {
        let own: Vec<SocketId> = self
            .sockets
            .iter()
            .filter(|(_, socket)| socket.person == id)
            .map(|(socket, _)| *socket)
            .collect();
        for socket in own {
            self.disconnect(socket);
        }
    }

    /// The person is out for good: his entries end as REMOVED for the reason `why`, or as left where
    /// it was his own wish, and whoever his seats called or talk to is not kept waiting.
    pub(crate) fn shut_out(&mut self, id: PersonId, why: Option<&str>) {
        self.signed_out(id);
        let active = self.persons.get(&id).map(|person| person.active.clone());
        for entry in active.unwrap_or_default() {
            match why {
                Some(why) => self.remove_for(entry, why),
                None => self.end_entry(entry),
            }
        }
        let seats: Vec<SeatId> = self
            .seats
            .values()
            .filter(|seat| seat.person == id)
            .map(|seat| seat.id)
            .collect();
        for seat in seats {
            self.seat_lost(seat);
            if let Some(call) = self.seats.get(&seat).and_then(|seat| seat.call) {
                self.seat_leaves_call(call, seat);
            }
        }
    }

    /// Takes an entry out, a running call with it; no evaluation is due of it.
    fn remove_for(&mut self, id: EntryId, why: &str) {
        let stage = self.entries.get(&id).map(|entry| entry.stage);
        if let Some(EntryStage::InCall { call }) = stage {
            self.stop_call(call);
        }
        let mv = Move::new(Step::Remove, EventKind::Removed, None);
        let mv = mv
            .cause(Cause::RemovedByPlatform)
            .reason(Some(why.to_owned()));
        let moved = self.move_entry(id, mv);
        debug_assert!(moved.is_ok(), "invariant: an active entry may be removed");
    }

    /// An entry of someone who ends his account: a call is over as if he had not come back, all else
    /// is left.
    fn end_entry(&mut self, id: EntryId) {
        let Some(stage) = self.entries.get(&id).map(|entry| entry.stage) else {
            return;
        };
        if let Some(call) = stage.call() {
            let ended = self.finish_call(call, None);
            debug_assert!(ended.is_ok(), "invariant: a running call can end");
            return;
        }
        let mv = match stage.plain() {
            Stage::Applied => Move::new(Step::Leave, EventKind::Withdrawn, None),
            Stage::Invited => Move::new(Step::Remove, EventKind::Removed, None),
            _ => Move::new(Step::Leave, EventKind::Left, None),
        };
        let moved = self.move_entry(id, mv);
        debug_assert!(
            moved.is_ok(),
            "invariant: an active entry outside a call may end"
        );
    }

    /// An interviewer is out of a call: colleagues go on with it; without one the student goes to
    /// the front, as when the interviewer's connection is lost.
    fn seat_leaves_call(&mut self, id: CallId, seat: SeatId) {
        let Some(member) = self.member_mut(id, Side::Seat(seat)) else {
            return;
        };
        let person = member.person;
        let before = std::mem::replace(&mut member.device, Device::None);
        if let Some(socket) = before.media() {
            self.broken.remove(&socket);
            self.changes.media.push(MediaOrder::Leave {
                call: id,
                person,
                socket,
            });
        }
        self.settle_call(id);
        let Some(call) = self.calls.get(&id).filter(|call| call.ended_ms.is_none()) else {
            return;
        };
        if call.interviewers_gone_ms().is_none() {
            return;
        }
        let ended = if self.while_running().is_ok() {
            let mv = Move::new(Step::PutBack, EventKind::CallLost, None);
            self.return_to_front(id, mv.cause(Cause::InterviewerGone))
                .map(drop)
        } else {
            self.finish_call(id, None)
        };
        debug_assert!(ended.is_ok(), "invariant: a running call can end");
    }
}
