//! A tab's side of the media: its connection, if it has one, and where that belongs.

use std::time::Instant;

use signaling_core::{MediaSignal, SocketId};
use signaling_protocol::{CallId, FairId, Participant, Role, SourceKind};

use super::node::{PeerId, RoomId};
use crate::session::SocketRef;

/// A tab.
#[derive(Debug)]
pub(super) struct Plug {
    pub socket: SocketRef,
    pub connection: Option<Connection>,
    /// The call whose room its connection belongs in.
    pub call: Option<CallId>,
    /// Sources that this tab switched off.
    pub muted: Vec<SourceKind>,
    /// An offer is being answered.
    pub busy: bool,
    /// The socket that it had before it came back.
    pub former: Option<SocketId>,
    /// Its socket is gone since.
    pub gone: Option<Instant>,
}

/// A media connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub peer: PeerId,
    pub echo: bool,
    /// The last that the node said of it; the core is told when it enters a call.
    pub signal: Option<MediaSignal>,
}

impl Plug {
    pub(super) fn new(socket: SocketRef) -> Self {
        Self {
            socket,
            connection: None,
            call: None,
            muted: Vec::new(),
            busy: false,
            former: None,
            gone: None,
        }
    }

    pub(super) fn fair(&self) -> FairId {
        self.socket.member.fair
    }

    pub(super) fn peer(&self) -> Option<PeerId> {
        self.connection.as_ref().map(|connection| connection.peer)
    }

    /// Who is behind its sources.
    pub(super) fn participant(&self) -> Participant {
        let member = &self.socket.member;
        Participant {
            person: member.person,
            name: member.name.clone(),
            headline: member.headline.clone(),
            interviewer: matches!(member.role, Role::Interviewer { .. }),
            microphone_muted: self.muted.contains(&SourceKind::Microphone),
            camera_muted: self.muted.contains(&SourceKind::Camera),
        }
    }
}

/// A call's room has the call's id.
pub(super) fn room_of(call: CallId) -> RoomId {
    RoomId(call.0.as_u128())
}
