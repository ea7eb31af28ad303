//! A media packet after opening, without anything that belongs to one connection.

use std::time::Instant;

use crate::sdp::CodecKind;

/// What is known of a decrypted packet besides its payload.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PacketMeta {
    /// Sequence number of the source's layer, extended over its wraps.
    pub seq: u64,
    /// RTP timestamp of the source.
    pub timestamp: u32,
    /// RTP marker bit.
    pub marker: bool,
    /// A decoder can start with this packet.
    pub keyframe: bool,
    /// Audio level extension byte (RFC 6464): voice bit and −dBov.
    pub audio_level: Option<u8>,
    /// The payload's format.
    pub codec: CodecKind,
    /// When the packet came in.
    pub arrived: Instant,
}

/// One moment of a source's media clock: its RTP timestamp at an instant of ours. All sources of
/// one peer share the offset between their sender reports' clock and ours, so that lips stay in
/// sync (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SourceClock {
    /// RTP timestamp of the source's layer.
    pub timestamp: u32,
    /// The instant at which it was sampled, on our clock.
    pub at: Instant,
}
