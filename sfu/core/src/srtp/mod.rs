//! SRTP and SRTCP (RFC 3711): AES-128-GCM first (RFC 7714), AES-CM with HMAC-SHA1 accepted.
//!
//! [`Inbound`] opens in place, [`Outbound`] seals straight into the caller's arena; neither
//! allocates per packet. State is made per SSRC only after a packet was authentic, and only up to
//! a limit, so a stranger who can write to the port cannot make it grow.
//!
//! **One key, one sender.** SSRC and packet index are the nonce. A pair of `Inbound` and
//! `Outbound` belongs to one DTLS association; `Outbound` is not `Clone`, and refuses to seal the
//! same SSRC and index twice.

mod cipher;
mod inbound;
mod indices;
mod keys;
mod outbound;
mod packet;

pub use inbound::{Inbound, MAX_INBOUND_SSRCS};
pub use indices::{RTCP_REPLAY_WINDOW, RTP_REPLAY_WINDOW};
pub use keys::{MASTER_KEY_LENGTH, MasterKey, Profile, SrtpKeys};
pub use outbound::{MAX_OUTBOUND_SSRCS, Outbound};

/// Why a packet could not be opened or sealed; each is counted by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SrtpError {
    /// Too short, or its header does not add up.
    #[error("the packet is malformed")]
    Malformed,
    /// The tag is wrong.
    #[error("the packet is not authentic")]
    NotAuthentic,
    /// The packet was seen before, or is older than the replay window.
    #[error("the packet is a replay")]
    Replayed,
    /// [`MAX_INBOUND_SSRCS`] or [`MAX_OUTBOUND_SSRCS`] are in use.
    #[error("too many SSRCs")]
    TooManySsrcs,
    /// Sealing would use one SSRC and index twice under one key, or an index too old to know.
    #[error("the packet index was used before")]
    IndexReused,
    /// All indices of this key are used up (RFC 3711 §9.2): the peer must connect anew.
    #[error("the key is used up")]
    KeyExhausted,
    /// The keys do not fit the profile, or the provider refuses them.
    #[error("the keys cannot be used")]
    Keys,
}
