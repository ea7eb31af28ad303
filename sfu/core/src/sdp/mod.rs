//! Session descriptions: a browser's offer in, our one answer out (RFC 8866, 8829, 9143).
//!
//! There is one negotiation per connection. The offer names send slots (microphone, camera,
//! screen) and receive slots; the answer accepts them all at once, carries every candidate of
//! the server and fixes the SSRCs of each receive slot. Candidates in the offer are ignored: the
//! server is ICE-lite and learns addresses from connectivity checks.

mod answer;
mod candidate;
mod negotiated;
mod offer;

pub use answer::{LocalParams, answer};
pub use candidate::{Candidate, CandidateTransport};
pub use negotiated::{
    Codec, CodecKind, DeclaredSsrc, ExtensionIds, MediaKind, Negotiated, ReceiveSlot, SendSlot,
    SourceKind,
};
pub use offer::Offer;

/// Longest offer that is read, in bytes. A Chromium offer with 11 video m-lines has 60 kB.
pub const MAX_OFFER_BYTES: usize = 256 * 1024;
/// Most m-lines of an offer: 3 that send and 8 that receive are used; tests go up to 24.
pub const MAX_MEDIA_SECTIONS: usize = 24;

/// Why an offer was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SdpError {
    /// Longer than [`MAX_OFFER_BYTES`].
    #[error("the offer is too large")]
    TooLarge,
    /// Not a session description.
    #[error("the offer cannot be read: {0}")]
    Malformed(String),
}
