//! What one worker's [`Sfu`](crate::Sfu) tells the shell.

use std::time::Duration;

use crate::ids::{PeerId, SourceId};
use crate::sdp::{MediaKind, SourceKind};

/// A receive slot as the answer laid it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotInfo {
    /// The `mid` of its media section.
    pub mid: String,
    /// Audio or video.
    pub kind: MediaKind,
}

/// What a peer negotiated; the [`Switchboard`](crate::Switchboard) plans with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plugs {
    /// The kinds that the peer may send.
    pub sources: Vec<SourceKind>,
    /// Its receive slots; a slot's index here is its number in `SlotRef`.
    pub slots: Vec<SlotInfo>,
}

/// Why a peer was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CloseReason {
    /// By `Command::Remove`.
    Removed,
    /// No authenticated packet for 30 s.
    Gone,
    /// The DTLS handshake failed, or its certificate is not the one of the SDP.
    HandshakeFailed,
    /// The peer ended its DTLS association.
    Hangup,
    /// Too many packets that do not authenticate or do not parse.
    Flood,
    /// No handshake within the time limit after the answer.
    NeverConnected,
}

/// Why a connect or an ICE restart was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefuseReason {
    /// The worker has its full number of peers.
    #[error("the worker is full")]
    Full,
    /// A peer of this name exists already (connect) or does not exist (restart).
    #[error("the peer is known already, or not at all")]
    WrongPeer,
    /// The offer cannot be had.
    #[error("offer refused: {0}")]
    Offer(String),
}

/// Figures of one peer's connection over the last interval (about a second).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quality {
    /// Round trip, if a report came back.
    pub round_trip: Option<Duration>,
    /// Lost packets per million, the worse of both directions.
    pub loss_ppm: u32,
    /// Interarrival jitter of the worst stream, either direction.
    pub jitter: Duration,
    /// What the peer sends, bit/s.
    pub up_bps: u64,
    /// What the peer is sent, bit/s.
    pub down_bps: u64,
}

/// Something that the shell must hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A connect or an ICE restart succeeded.
    Answered {
        /// The peer.
        peer: PeerId,
        /// The SDP answer.
        sdp: String,
        /// Its sources and slots, the same after an ICE restart.
        plugs: Plugs,
    },
    /// A connect or an ICE restart was refused; nothing is kept of it.
    Refused {
        /// The peer.
        peer: PeerId,
        /// Why.
        reason: RefuseReason,
    },
    /// The DTLS handshake is complete: media may flow.
    Connected {
        /// The peer.
        peer: PeerId,
    },
    /// Nothing authenticated for 5 s.
    Disconnected {
        /// The peer.
        peer: PeerId,
    },
    /// Something authenticated after `Disconnected`.
    Recovered {
        /// The peer.
        peer: PeerId,
    },
    /// Nothing authenticated for 30 s; `Closed` follows.
    Gone {
        /// The peer.
        peer: PeerId,
    },
    /// The first media packet of a source.
    FirstPacket {
        /// The source.
        source: SourceId,
    },
    /// A slot forwards its first packet since its route was set.
    SlotFlowing {
        /// Who receives.
        peer: PeerId,
        /// Index of the slot.
        slot: u8,
        /// What flows.
        from: SourceId,
    },
    /// The loudness of a peer's microphone changed.
    Levels {
        /// The peer.
        peer: PeerId,
        /// −dBov, 0 (loudest) to 127 (silence), RFC 6464.
        level: u8,
    },
    /// Figures of a connected peer, about once a second.
    Quality {
        /// The peer.
        peer: PeerId,
        /// The figures.
        quality: Quality,
    },
    /// A peer is closed and forgotten.
    Closed {
        /// The peer.
        peer: PeerId,
        /// Why.
        reason: CloseReason,
    },
}
