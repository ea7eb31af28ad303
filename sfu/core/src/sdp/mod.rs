//! Session descriptions: a browser's offer in, our one answer out (RFC 8866, 8829, 9143).
//!
//! There is one negotiation per connection. The offer names send slots (microphone, camera,
//! screen) and receive slots; the answer accepts them all at once, carries every candidate of
//! the server and fixes the SSRCs of each receive slot. Candidates in the offer are ignored: the
//! server is ICE-lite and learns addresses from connectivity checks.

mod agree;
mod answer;
mod candidate;
mod extensions;
mod formats;
mod negotiated;
mod offer;
mod section;

pub use answer::{LocalParams, answer};
pub use candidate::{Candidate, CandidateTransport};
pub use negotiated::{
    Codec, CodecKind, DeclaredSsrc, ExtensionIds, MediaKind, Negotiated, ReceiveSlot, SendSlot,
    SourceKind,
};
pub use offer::Offer;

/// Longest offer that is read, in bytes. A Chromium offer with 11 video m-lines has 60 kB.
pub const MAX_OFFER_BYTES: usize = 256 * 1024;
/// Most m-lines of an offer: 3 that send and 8 that receive are used by our own pages.
pub const MAX_MEDIA_SECTIONS: usize = 24;
/// Most attributes of one m-line; a Chromium video line has about 190.
pub const MAX_ATTRIBUTES: usize = 1_000;
/// Most payload types of one m-line: there are 128.
pub const MAX_FORMATS: usize = 128;
/// Most simulcast layers of one m-line.
pub const MAX_RIDS: usize = 4;
/// Most `a=ssrc` streams of one m-line that are remembered.
pub const MAX_DECLARED_SSRCS: usize = 16;
/// Longest mid or rid, in bytes: what a one-byte header extension can carry (RFC 8285 §4.2).
pub const MAX_ID_BYTES: usize = 16;

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
    /// More than [`MAX_MEDIA_SECTIONS`] m-lines.
    #[error("the offer has too many m-lines")]
    TooManySections,
    /// An m-line goes beyond a limit; its number counts from 0.
    #[error("m-line {section} has too many {what}")]
    TooMany {
        /// Number of the m-line.
        section: usize,
        /// What there is too much of.
        what: &'static str,
    },
    /// An attribute is missing or cannot be read; the m-line's number counts from 0.
    #[error("m-line {section}: {what}")]
    Section {
        /// Number of the m-line.
        section: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// The m-lines are not in one BUNDLE group.
    #[error("the offer does not bundle its m-lines")]
    NotBundled,
    /// The m-lines of the bundle disagree about ICE credentials or fingerprint.
    #[error("the bundled m-lines have different transport parameters")]
    TransportDiffers,
    /// No ICE credentials, or malformed ones.
    #[error("the offer has no valid ICE credentials")]
    NoCredentials,
    /// No fingerprint that is accepted: SHA-256 or better (RFC 8122).
    #[error("the offer has no accepted fingerprint")]
    NoFingerprint,
    /// `a=setup` forbids that we be passive.
    #[error("the offer cannot take the active DTLS role")]
    SetupPassive,
    /// The other side is ICE-lite as well: nobody would send checks.
    #[error("the offer is ICE-lite as well")]
    BothLite,
    /// No m-line has anything that we accept.
    #[error("the offer has nothing in common with this server")]
    NothingInCommon,
    /// After an ICE restart the slots are not the ones of before.
    #[error("an ICE restart must not change the m-lines")]
    SlotsChanged,
}
