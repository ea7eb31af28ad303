//! A tab's side of the media: its connection, if it has one, and where that belongs.

use std::time::Instant;

use signaling_core::{MediaSignal, SocketId};
use signaling_protocol::{CallId, FairId, Participant, Role, SourceKind};

use super::budget::Budget;
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
    /// An offer or an ICE restart is being answered.
    pub busy: bool,
    /// Offers and ICE restarts that it may still make.
    pub budget: Budget,
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
    /// What it sent lately.
    pub flow: Flow,
    /// The last that the node said of it; the core is told when it enters a call.
    pub signal: Option<MediaSignal>,
}

/// Does a connection that sent media still do so? The node itself misses it after five seconds
/// only; who is in a call is told after two.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// Reports in a row without a packet, after there were some.
    silent: Option<u32>,
}

/// Reports without a packet, each over about a second, until a line is unstable.
const SILENT_REPORTS: u32 = 2;

impl Flow {
    /// Takes a report; returns what is news.
    pub(super) fn report(&mut self, bits: u64) -> Option<MediaSignal> {
        if bits > 0 {
            let before = self.silent.replace(0);
            return before
                .filter(|n| *n >= SILENT_REPORTS)
                .map(|_| MediaSignal::Recovered);
        }
        let silent = self.silent.as_mut()?;
        *silent += 1;
        (*silent == SILENT_REPORTS).then_some(MediaSignal::Unstable)
    }
}

impl Plug {
    pub(super) fn new(socket: SocketRef) -> Self {
        Self {
            socket,
            connection: None,
            call: None,
            muted: Vec::new(),
            busy: false,
            budget: Budget::new(Instant::now()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_unstable_after_two_silent_reports_and_well_with_the_next_packet() {
        let mut flow = Flow::default();
        let reports = [0, 0, 0, 900, 0, 900, 0, 0, 0, 900, 900];
        let news: Vec<_> = reports.into_iter().map(|bits| flow.report(bits)).collect();
        let (unstable, well) = (Some(MediaSignal::Unstable), Some(MediaSignal::Recovered));
        let none = [None; 7];
        assert_eq!(
            news[..7],
            none,
            "what never sent, or paused for a second, is no trouble"
        );
        assert_eq!(news[7..], [unstable, None, well, None]);
    }
}
