//! An interviewer's seat: who sits there, and what it is doing.

use std::collections::BTreeSet;

use signaling_protocol::{BoothId, CallId, EntryId, PersonId, SeatId, SeatState, SeatView};

use crate::command::SocketId;
use crate::setup::SeatSetup;

/// A seat.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seat {
    pub(crate) id: SeatId,
    pub(crate) booth: BoothId,
    pub(crate) person: PersonId,
    pub(crate) nickname: String,
    pub(crate) department: String,
    pub(crate) sockets: BTreeSet<SocketId>,
    /// The tab that last acted: a call that begins is put there.
    pub(crate) device: Option<SocketId>,
    /// Without a socket since.
    pub(crate) gone_since_ms: Option<i64>,
    /// Something was last said to single sockets; a socket that comes back missed it.
    pub(crate) single_ms: Option<i64>,
    /// CALLED or READY for this seat.
    pub(crate) entry: Option<EntryId>,
    /// In this call.
    pub(crate) call: Option<CallId>,
    /// The last call whose evaluation is due.
    pub(crate) due: Option<CallId>,
}

impl Seat {
    /// An empty seat.
    pub(crate) fn new(setup: &SeatSetup, booth: BoothId, now_ms: i64) -> Self {
        Self {
            id: setup.seat,
            booth,
            person: setup.person,
            nickname: setup.nickname.clone(),
            department: setup.department.clone(),
            sockets: BTreeSet::new(),
            device: None,
            gone_since_ms: Some(now_ms),
            single_ms: None,
            entry: None,
            call: None,
            due: None,
        }
    }

    pub(crate) fn is_online(&self) -> bool {
        !self.sockets.is_empty()
    }

    /// Has nobody called and is in no call. An evaluation that is due does not hold it up.
    pub(crate) fn is_free(&self) -> bool {
        self.entry.is_none() && self.call.is_none()
    }

    /// As its booth sees it: a running duty first, then what is due.
    pub(crate) fn view(&self) -> SeatView {
        let state = match (self.call, self.entry, self.due) {
            (Some(call), _, _) => SeatState::InCall { call },
            (None, Some(entry), _) => SeatState::Calling { entry },
            (None, None, _) if !self.is_online() => SeatState::Offline,
            (None, None, Some(call)) => SeatState::Evaluating { call },
            (None, None, None) => SeatState::Idle,
        };
        SeatView {
            seat: self.id,
            person: self.person,
            nickname: self.nickname.clone(),
            state,
        }
    }
}
