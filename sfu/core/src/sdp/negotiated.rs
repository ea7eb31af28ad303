//! What offer and answer agree on: credentials and slots, ready for the media half.

use crate::certificate::Fingerprint;
use crate::ice::Credentials;

/// The agreement that one answer expresses.
#[derive(Debug, Clone, PartialEq)]
pub struct Negotiated {
    /// The other side's ICE user fragment and password.
    pub remote: Credentials,
    /// The certificate that the other side must show in the DTLS handshake.
    pub fingerprint: Fingerprint,
    /// What the peer may send, in m-line order.
    pub send: Vec<SendSlot>,
    /// What the peer can receive, in m-line order.
    pub receive: Vec<ReceiveSlot>,
    /// Session id and version of our answer's `o=` line.
    pub(crate) origin: (u64, u64),
    /// The canonical name in `a=ssrc` lines and for SDES (RFC 3550 §6.5.1).
    pub cname: String,
}

impl Negotiated {
    /// The receive slot with this mid.
    #[must_use]
    pub fn receive_slot(&self, mid: &str) -> Option<&ReceiveSlot> {
        self.receive.iter().find(|slot| slot.mid == mid)
    }

    /// The send slot with this mid.
    #[must_use]
    pub fn send_slot(&self, mid: &str) -> Option<&SendSlot> {
        self.send.iter().find(|slot| slot.mid == mid)
    }
}

/// One thing that a peer publishes: an m-line on which it may send.
#[derive(Debug, Clone, PartialEq)]
pub struct SendSlot {
    /// The m-line's identification (RFC 5888), also in the MID header extension.
    pub mid: String,
    /// Its meaning: given by order among the sending m-lines.
    pub kind: SourceKind,
    /// Accepted codecs, preferred first; payload types are the peer's own.
    pub codecs: Vec<Codec>,
    /// Header extension ids on this m-line.
    pub extensions: ExtensionIds,
    /// Simulcast layers, as the peer lists them (RFC 8853); empty without simulcast.
    pub rids: Vec<String>,
    /// SSRCs declared in the offer; often empty (Chromium names none with simulcast).
    pub ssrcs: Vec<DeclaredSsrc>,
}

/// The meaning of a send slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// The first audio m-line that sends.
    Microphone,
    /// The first video m-line that sends.
    Camera,
    /// The second video m-line that sends.
    Screen,
}

impl SourceKind {
    /// Whether its packets are audio or video.
    #[must_use]
    pub fn media(self) -> MediaKind {
        match self {
            Self::Microphone => MediaKind::Audio,
            Self::Camera | Self::Screen => MediaKind::Video,
        }
    }
}

/// Audio or video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaKind {
    /// `m=audio`.
    Audio,
    /// `m=video`.
    Video,
}

/// An SSRC that the offer names, with the SSRC of its retransmissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredSsrc {
    /// The media stream.
    pub ssrc: u32,
    /// Its RTX stream, from `a=ssrc-group:FID`.
    pub rtx: Option<u32>,
}

/// One place where a peer can be shown something: an m-line on which we send.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiveSlot {
    /// The m-line's identification; the page finds the transceiver by it.
    pub mid: String,
    /// Audio or video.
    pub kind: MediaKind,
    /// Codecs that may be sent, preferred first; payload types are the peer's own.
    pub codecs: Vec<Codec>,
    /// Header extension ids on this m-line.
    pub extensions: ExtensionIds,
    /// SSRC of everything sent into this slot, for the whole connection.
    pub ssrc: u32,
    /// SSRC of retransmissions; `None` where RTX was not negotiated.
    pub rtx_ssrc: Option<u32>,
}

/// A payload format with the peer's own payload type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codec {
    /// Which format.
    pub kind: CodecKind,
    /// Payload type, 0–127.
    pub pt: u8,
    /// Payload type of its retransmissions (RFC 4588).
    pub rtx_pt: Option<u8>,
    /// RTP clock rate in Hz.
    pub clock_rate: u32,
    /// Generic NACK was agreed (RFC 4585).
    pub nack: bool,
    /// Picture loss indication was agreed (RFC 4585).
    pub pli: bool,
    /// Transport-wide feedback was agreed.
    pub transport_cc: bool,
}

/// Payload formats that a slot may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodecKind {
    /// Opus (RFC 7587).
    Opus,
    /// Redundant Opus (RFC 2198).
    Red,
    /// VP8 (RFC 7741).
    Vp8,
    /// H.264 (RFC 6184).
    H264 {
        /// `profile-level-id`: profile, constraints, level.
        profile_level_id: u32,
        /// `packetization-mode`: 0 or 1.
        packetization_mode: u8,
    },
    /// VP9, profile 0 (RFC 9628).
    Vp9,
    /// AV1, main profile.
    Av1,
}

impl CodecKind {
    /// Whether a stream of `self` can be decoded where `other` was agreed: the same format, and
    /// for H.264 the same profile and packetization (levels may differ).
    #[must_use]
    pub fn is_compatible(self, other: Self) -> bool {
        match (self, other) {
            (
                Self::H264 {
                    profile_level_id: left,
                    packetization_mode: left_mode,
                },
                Self::H264 {
                    profile_level_id: right,
                    packetization_mode: right_mode,
                },
            ) => left_mode == right_mode && left >> 16 == right >> 16,
            _ => self == other,
        }
    }

    /// Whether the format is audio or video.
    #[must_use]
    pub fn media(self) -> MediaKind {
        match self {
            Self::Opus | Self::Red => MediaKind::Audio,
            Self::Vp8 | Self::H264 { .. } | Self::Vp9 | Self::Av1 => MediaKind::Video,
        }
    }
}

/// Ids of the RTP header extensions (RFC 8285) that were agreed on one m-line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExtensionIds {
    /// `urn:ietf:params:rtp-hdrext:sdes:mid` (RFC 8843).
    pub mid: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id` (RFC 8852).
    pub rid: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id` (RFC 8852).
    pub rrid: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:ssrc-audio-level` (RFC 6464).
    pub audio_level: Option<u8>,
    /// Transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01).
    pub transport_cc: Option<u8>,
    /// Absolute send time; agreed only where transport-cc is not on offer.
    pub abs_send_time: Option<u8>,
}
