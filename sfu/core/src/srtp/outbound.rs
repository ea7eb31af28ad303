//! What we send to the peer.

use super::cipher::Cipher;
use super::indices::{MAX_RTCP_INDEX, RtpIndices};
use super::packet::{rtcp_ssrc, rtp_fields};
use super::{SrtpError, SrtpKeys};
use crate::prefetch::prefetch;

/// Most SSRCs under which one peer is sent media: two for each receive slot.
pub const MAX_OUTBOUND_SSRCS: usize = 64;

/// Seals what we send to the peer.
///
/// The rollover counter of each SSRC lives here. A new SSRC begins with counter 0, so its first
/// sequence number should be below 32,768 (RFC 3711 §3.3.1): a receiver that misses the first
/// packets could not tell a wrap otherwise.
pub struct Outbound {
    cipher: Cipher,
    ssrcs: Vec<u32>,
    indices: Vec<RtpIndices>,
    next_rtcp_index: u32,
}

impl Outbound {
    /// A send context for our direction of `keys`. There must be only one for the same keys.
    ///
    /// # Errors
    /// [`SrtpError::Keys`] if the salt does not fit the profile.
    pub fn new(keys: &SrtpKeys) -> Result<Self, SrtpError> {
        let cipher = Cipher::new(keys.profile, &keys.local)?;
        Ok(Self {
            cipher,
            ssrcs: Vec::new(),
            indices: Vec::new(),
            next_rtcp_index: 0,
        })
    }

    /// Asks for the memory that sealing an RTP packet needs.
    pub(crate) fn prefetch(&self) {
        self.cipher.prefetch();
        prefetch(&*self.ssrcs);
        prefetch(&*self.indices);
    }

    /// Bytes that sealing adds to an RTP packet: 16 for GCM, 10 for AES-CM-SHA1.
    #[must_use]
    pub fn rtp_overhead(&self) -> usize {
        self.cipher.tag_length()
    }

    /// Bytes that sealing adds to a compound RTCP packet: tag and index word.
    #[must_use]
    pub fn rtcp_overhead(&self) -> usize {
        self.cipher.tag_length() + 4
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

    /// Seals the plain RTP packet that stands at `arena[start..]`, in place, and appends its tag.
    /// The caller writes the rewritten packet where it is to be sent from: one copy in all.
    ///
    /// # Errors
    /// [`SrtpError::IndexReused`] if this SSRC and index were sealed before, or may have been;
    /// [`SrtpError`] otherwise. `arena` is cut back to `start` then.
    pub fn seal_rtp_in_place(
        &mut self,
        arena: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), SrtpError> {
        let result = self.seal_rtp_at(arena, start);
        if result.is_err() {
            arena.truncate(start);
        }
        result
    }

    fn seal_rtp_at(&mut self, arena: &mut Vec<u8>, start: usize) -> Result<(), SrtpError> {
        let fields = rtp_fields(arena.get(start..).ok_or(SrtpError::Malformed)?)?;
        let Some(slot) = self.ssrcs.iter().position(|ssrc| *ssrc == fields.ssrc) else {
            if self.ssrcs.len() == MAX_OUTBOUND_SSRCS {
                return Err(SrtpError::TooManySsrcs);
            }
            let first = u64::from(fields.sequence);
            self.cipher.seal_rtp(arena, start, fields, first)?;
            self.ssrcs.push(fields.ssrc);
            self.indices.push(RtpIndices::starting_at(first));
            return Ok(());
        };
        let indices = &mut self.indices[slot];
        let index = indices
            .estimate(fields.sequence)
            .ok_or(SrtpError::KeyExhausted)?;
        if !indices.is_fresh(index) {
            return Err(SrtpError::IndexReused);
        }
        self.cipher.seal_rtp(arena, start, fields, index)?;
        indices.accept(index);
        Ok(())
    }

    /// Seals one compound RTCP packet and appends it to `out`.
    ///
    /// # Errors
    /// [`SrtpError`]; `out` is as before then.
    pub fn seal_rtcp(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), SrtpError> {
        let sender = rtcp_ssrc(plain)?;
        // One counter for all our SSRCs: each index is used once under the key.
        let index = self.next_rtcp_index;
        if index > MAX_RTCP_INDEX {
            return Err(SrtpError::KeyExhausted);
        }
        let start = out.len();
        out.extend_from_slice(plain);
        let result = self.cipher.seal_rtcp(out, start, sender, index);
        match result {
            Ok(()) => self.next_rtcp_index += 1,
            Err(_) => out.truncate(start),
        }
        result
    }
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Outbound")
            .field("ssrcs", &self.ssrcs.len())
            .finish_non_exhaustive()
    }
}
