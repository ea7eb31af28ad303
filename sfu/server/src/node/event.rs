//! What a node tells the platform.

use sfu_core::{CloseReason, PeerId, Quality, RefuseReason, SlotUse, SourceKind};

/// Something that happened to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeEvent {
    /// The handshake is complete: media may flow.
    Connected {
        /// The peer.
        peer: PeerId,
    },
    /// Nothing came from the peer for 5 s.
    Disconnected {
        /// The peer.
        peer: PeerId,
    },
    /// Something came from the peer again.
    Recovered {
        /// The peer.
        peer: PeerId,
    },
    /// Nothing came from the peer for 30 s; `Closed` follows.
    Gone {
        /// The peer.
        peer: PeerId,
    },
    /// What the peer's receive slots show from now on.
    Slots {
        /// The receiver.
        peer: PeerId,
        /// Every slot in use.
        slots: Vec<SlotUse>,
    },
    /// The first packet of one of the peer's sources arrived.
    FirstPacket {
        /// The sender.
        peer: PeerId,
        /// Which source.
        kind: SourceKind,
    },
    /// A picture or sound begins to flow to the peer.
    FirstFrame {
        /// The receiver.
        peer: PeerId,
        /// The sender.
        from: PeerId,
        /// Which of the sender's sources.
        kind: SourceKind,
    },
    /// The loudness of the peer's microphone, 0 (loudest) to 127 (silence), in −dBov (RFC 6464).
    Level {
        /// The peer.
        peer: PeerId,
        /// The loudness.
        level: u8,
    },
    /// Figures of the peer's connection, about once a second.
    Quality {
        /// The peer.
        peer: PeerId,
        /// The figures.
        quality: Quality,
    },
    /// The peer is closed and forgotten.
    Closed {
        /// The peer.
        peer: PeerId,
        /// Why.
        reason: CloseReason,
    },
}

/// Why a connect or an ICE restart was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaRefused {
    /// The node is about to end and takes nobody new.
    #[error("the media node takes no new peers")]
    Draining,
    /// Every worker has its full number of peers.
    #[error("the media node is full")]
    Full,
    /// A peer of this name exists already (connect) or does not exist (restart).
    #[error("the peer is known already, or not at all")]
    WrongPeer,
    /// The offer cannot be had.
    #[error("offer refused: {0}")]
    Offer(String),
    /// Too many of the node's events wait to be read.
    #[error("the media node's events are not read")]
    Behind,
    /// An earlier offer of the peer is being answered.
    #[error("an earlier offer of the peer is being answered")]
    Busy,
    /// The worker did not answer in time, or the peer was closed meanwhile.
    #[error("the media node did not answer")]
    NoAnswer,
}

impl MediaRefused {
    /// Every label.
    pub(crate) const LABELS: [&str; 7] = [
        "draining",
        "full",
        "wrong_peer",
        "offer",
        "behind",
        "busy",
        "no_answer",
    ];

    /// The reason as a metric's label.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Draining => "draining",
            Self::Full => "full",
            Self::WrongPeer => "wrong_peer",
            Self::Offer(_) => "offer",
            Self::Behind => "behind",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
        }
    }
}

impl From<RefuseReason> for MediaRefused {
    fn from(reason: RefuseReason) -> Self {
        match reason {
            RefuseReason::Full => Self::Full,
            RefuseReason::WrongPeer => Self::WrongPeer,
            RefuseReason::Offer(text) => Self::Offer(text),
        }
    }
}

/// Every close reason as a metric's label.
pub(crate) const CLOSE_LABELS: [&str; 6] = [
    "removed",
    "gone",
    "handshake_failed",
    "hangup",
    "flood",
    "never_connected",
];

/// A close reason as a metric's label.
pub(super) fn close_label(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Removed => "removed",
        CloseReason::Gone => "gone",
        CloseReason::HandshakeFailed => "handshake_failed",
        CloseReason::Hangup => "hangup",
        CloseReason::Flood => "flood",
        CloseReason::NeverConnected => "never_connected",
    }
}
