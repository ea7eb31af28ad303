//! SRTP and SRTCP (RFC 3711), AES-128-GCM first (RFC 7714).

mod keys;

pub use keys::{MASTER_KEY_LENGTH, MasterKey, Profile, SrtpKeys};

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
    /// The peer has as many SSRCs as it may have.
    #[error("too many SSRCs")]
    TooManySsrcs,
    /// Sealing would use the same SSRC and index twice under one key.
    #[error("the packet index was used before")]
    IndexReused,
}

/// Opens what the peer sends.
pub struct Inbound {}

impl Inbound {
    /// A receive context for the peer's direction of `keys`.
    #[must_use]
    pub fn new(keys: &SrtpKeys) -> Self {
        let _ = keys;
        Self {}
    }

    /// Authenticates and decrypts an RTP packet in place.
    ///
    /// Returns the length of the plain packet (header and payload): `packet[..length]`.
    ///
    /// # Errors
    /// [`SrtpError`]; no state has changed then.
    pub fn open_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let _ = packet;
        Err(SrtpError::Malformed)
    }

    /// Authenticates and decrypts a compound RTCP packet in place; returns its plain length.
    ///
    /// # Errors
    /// [`SrtpError`]; no state has changed then.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let _ = packet;
        Err(SrtpError::Malformed)
    }
}

/// Seals what we send to the peer.
pub struct Outbound {}

impl Outbound {
    /// A send context for our direction of `keys`.
    #[must_use]
    pub fn new(keys: &SrtpKeys) -> Self {
        let _ = keys;
        Self {}
    }

    /// Bytes that sealing adds to an RTP packet.
    #[must_use]
    pub fn rtp_overhead(&self) -> usize {
        16
    }

    /// Seals one RTP packet and appends it to `out`.
    ///
    /// # Errors
    /// [`SrtpError`]; `out` is as before then.
    pub fn seal_rtp(
        &mut self,
        header: &[u8],
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SrtpError> {
        let start = out.len();
        out.extend_from_slice(header);
        out.extend_from_slice(payload);
        self.seal_rtp_in_place(out, start)
    }

    /// Seals the plain RTP packet that stands at `arena[start..]`, in place; the tag is appended.
    ///
    /// # Errors
    /// [`SrtpError`]; `arena` is cut back to `start` then.
    pub fn seal_rtp_in_place(
        &mut self,
        arena: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), SrtpError> {
        arena.truncate(start);
        Err(SrtpError::Malformed)
    }

    /// Seals one compound RTCP packet and appends it to `out`.
    ///
    /// # Errors
    /// [`SrtpError`]; `out` is as before then.
    pub fn seal_rtcp(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), SrtpError> {
        let _ = (plain, out);
        Err(SrtpError::Malformed)
    }
}
