//! Who sees whom: rooms and their members, turned into routes between workers.

use crate::command::Command;
use crate::event::Plugs;
use crate::ids::{PeerId, RoomId, WorkerId};
use crate::sdp::SourceKind;

/// What one receive slot shows from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotUse {
    /// The slot's `mid`.
    pub mid: String,
    /// Whose source.
    pub from: PeerId,
    /// Microphone, camera or screen.
    pub kind: SourceKind,
}

/// What follows from a change, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchboardOutput {
    /// An order for one worker.
    Order {
        /// The worker.
        worker: WorkerId,
        /// The order.
        command: Command,
    },
    /// The complete use of a peer's slots has changed.
    SlotsChanged {
        /// The receiver.
        peer: PeerId,
        /// Every slot in use, in slot order.
        slots: Vec<SlotUse>,
    },
}

/// The node's routing plan, sans-IO like the rest; it lives outside the workers.
#[derive(Debug, Default)]
pub struct Switchboard {}

impl Switchboard {
    /// An empty plan.
    pub fn new() -> Switchboard {
        Switchboard::default()
    }

    /// A peer was placed on a worker and answered with these plugs (`Event::Answered`).
    pub fn add_peer(&mut self, peer: PeerId, worker: WorkerId, plugs: Plugs) {
        let _ = (peer, worker, plugs);
    }

    /// A peer is closed: its routes and its memberships end.
    pub fn remove_peer(&mut self, peer: PeerId) {
        let _ = peer;
    }

    /// A peer enters a room; it may not be known yet. Every member's sources go to every other
    /// member's free slots.
    pub fn enter(&mut self, room: RoomId, peer: PeerId) {
        let _ = (room, peer);
    }

    /// A peer leaves a room.
    pub fn leave(&mut self, room: RoomId, peer: PeerId) {
        let _ = (room, peer);
    }

    /// A peer sees and hears itself (or no more).
    pub fn set_echo(&mut self, peer: PeerId, on: bool) {
        let _ = (peer, on);
    }

    /// A moderator silences a source (or lets it pass again).
    pub fn mute(&mut self, peer: PeerId, kind: SourceKind, on: bool) {
        let _ = (peer, kind, on);
    }

    /// The worker of a peer.
    pub fn worker_of(&self, peer: PeerId) -> Option<WorkerId> {
        let _ = peer;
        None
    }

    /// The next thing to carry out or to tell.
    pub fn poll_output(&mut self) -> Option<SwitchboardOutput> {
        None
    }
}
