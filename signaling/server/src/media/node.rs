//! What the live server needs of a media node. Tests put a recording one in its place.

use std::future::Future;
use std::pin::Pin;

pub use sfu_server::{PeerId, RoomId};
use signaling_protocol::SourceKind;

/// Why an offer was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaRefused {
    /// The offer cannot be had.
    #[error("bad offer: {0}")]
    BadOffer(String),
    /// The node has no room left, or it is draining.
    #[error("the media node takes no connection now")]
    Full,
    /// An earlier offer of the same tab is being answered, or there were too many.
    #[error("too many offers at once")]
    Busy,
    /// There is no such connection.
    #[error("no such media connection")]
    Unknown,
}

/// What a receive slot of a connection carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaSlotUse {
    /// The slot's `mid` (RFC 5888).
    pub mid: String,
    /// Whose source.
    pub from: PeerId,
    /// Which source.
    pub kind: SourceKind,
}

/// Why the node closed a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCause {
    /// The live server asked for it.
    Removed,
    /// Nothing was heard for too long, or the other side hung up.
    Gone,
    /// The handshake failed, or the peer flooded.
    Fault,
}

/// What the node reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaEvent {
    /// Media may flow.
    Connected(PeerId),
    /// What a connection sent over about the last second, bit/s.
    Sending(PeerId, u64),
    /// Five seconds without anything authenticated.
    Disconnected(PeerId),
    /// Well again.
    Recovered(PeerId),
    /// Given up; a new offer is needed.
    Gone(PeerId),
    /// All slots of a connection that carry something.
    Slots(PeerId, Vec<MediaSlotUse>),
    /// The connection is closed and forgotten.
    Closed(PeerId, CloseCause),
}

/// The answer to an offer, when it is there.
pub type MediaFuture<'a> = Pin<Box<dyn Future<Output = Result<String, MediaRefused>> + Send + 'a>>;

/// A media node. Only the offers wait for it; the orders are taken at once and carried out in
/// their order.
pub trait MediaNode: Send + Sync + 'static {
    /// Makes a connection from an SDP offer, on the worker of `beside` if that is given.
    fn connect(&self, peer: PeerId, offer: String, beside: Option<PeerId>) -> MediaFuture<'_>;
    /// Takes an offer with new ICE credentials on the same connection (RFC 8445 §9).
    fn restart_ice(&self, peer: PeerId, offer: String) -> MediaFuture<'_>;
    /// Puts a connection into a room. The members may enter in any order.
    fn enter(&self, room: RoomId, peer: PeerId);
    /// Takes a connection out of a room.
    fn leave(&self, room: RoomId, peer: PeerId);
    /// Starts or stops sending a connection's own media back to it.
    fn echo(&self, peer: PeerId, on: bool);
    /// Stops or restarts one source of a connection.
    fn mute(&self, peer: PeerId, source: SourceKind, muted: bool);
    /// Ends a connection.
    fn remove(&self, peer: PeerId);
    /// Whether media flow: every worker of the node runs. Never waits.
    fn is_whole(&self) -> bool {
        true
    }
    /// Has a worker panic, for tests of what follows.
    #[doc(hidden)]
    fn crash_worker(&self, _worker: usize) {}
}
