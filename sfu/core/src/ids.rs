//! Names of peers, rooms, workers and the tracks and slots between them.

use crate::sdp::SourceKind;

/// One connection of one browser to the media server. Given by the caller, unique for a node's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

/// A set of peers who see and hear each other. Given by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub u128);

/// One worker thread of a node; counts from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(pub u16);

/// What one peer sends under one send slot, whatever its layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId {
    /// Who sends.
    pub peer: PeerId,
    /// Microphone, camera or screen.
    pub kind: SourceKind,
}

/// A source and the worker on which its sender lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceRef {
    /// The source.
    pub source: SourceId,
    /// The sender's worker.
    pub worker: WorkerId,
}

/// One receive slot of one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlotRef {
    /// Who receives.
    pub peer: PeerId,
    /// Index among the peer's receive slots, in the order of its SDP.
    pub slot: u8,
}

/// Length of the worker's number at the start of every local ICE user fragment.
const UFRAG_PREFIX: usize = 4;

/// The start of the ICE user fragments of a worker: its number in hexadecimal, so that the one who
/// accepts a TCP connection knows by its first STUN message which worker it belongs to.
pub(crate) fn ufrag_prefix(worker: WorkerId) -> String {
    format!("{:04x}", worker.0)
}

/// The worker that gave out a local ICE user fragment (see
/// [`peek_username`](crate::stun::peek_username)).
pub fn worker_of_ufrag(ufrag: &str) -> Option<WorkerId> {
    u16::from_str_radix(ufrag.get(..UFRAG_PREFIX)?, 16)
        .ok()
        .map(WorkerId)
}
