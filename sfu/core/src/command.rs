//! What the shell asks of one worker's [`Sfu`](crate::Sfu).

use crate::ids::{PeerId, SlotRef, SourceId, SourceRef, WorkerId};
use crate::path::ConnectionId;

/// An order to one worker. Unknown peers, sources and slots are ignored and counted: orders and
/// departures cross each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Accept a new peer; answered by `Event::Answered` or `Event::Refused`.
    Connect {
        /// The name of the new peer.
        peer: PeerId,
        /// Its SDP offer.
        offer: String,
    },
    /// Give new ICE credentials to a connected peer; answered like `Connect`. Media keeps flowing
    /// on the old path until the first check with the new credentials.
    RestartIce {
        /// The peer.
        peer: PeerId,
        /// Its new SDP offer, with the same media sections as the first.
        offer: String,
    },
    /// Let a source flow into a slot, replacing what flowed there.
    AddRoute {
        /// What is sent.
        from: SourceRef,
        /// The slot, on the worker that gets this command.
        to: SlotRef,
    },
    /// Silence a slot.
    RemoveRoute {
        /// The slot.
        to: SlotRef,
    },
    /// Send a local source's packets to another worker as well.
    StartCrossing {
        /// The source, local to the worker that gets this command.
        source: SourceId,
        /// Where its packets shall go.
        to: WorkerId,
    },
    /// End what `StartCrossing` began.
    StopCrossing {
        /// The source.
        source: SourceId,
        /// Where its packets went.
        to: WorkerId,
    },
    /// Drop (or let pass again) everything of one source, by a moderator's order.
    Mute {
        /// The source.
        source: SourceId,
        /// True: drop.
        on: bool,
    },
    /// Close a peer and forget it.
    Remove {
        /// The peer.
        peer: PeerId,
    },
    /// A TCP connection that carried a peer ended.
    StreamClosed {
        /// The shell's name of the connection.
        connection: ConnectionId,
    },
}
