//! What the peer sends.

use super::cipher::Cipher;
use super::indices::{RtcpIndices, RtpIndices};
use super::packet::{rtcp_ssrc, rtp_fields};
use super::{SrtpError, SrtpKeys};
use crate::prefetch::prefetch;

/// Most SSRCs that a peer may use, RTP and RTCP counted apart. A browser with three simulcast
/// layers, screen and microphone, each with RTX, uses 9 and now and then a new one.
pub const MAX_INBOUND_SSRCS: usize = 64;

/// Opens what the peer sends.
///
/// SSRC state is made after authentication, so forged packets cost a tag check and no memory.
pub struct Inbound {
    cipher: Cipher,
    rtp: Vec<(u32, RtpIndices)>,
    rtcp: Vec<(u32, RtcpIndices)>,
}

impl Inbound {
    /// A receive context for the peer's direction of `keys`.
    ///
    /// # Errors
    /// [`SrtpError::Keys`] if the salt does not fit the profile.
    pub fn new(keys: &SrtpKeys) -> Result<Self, SrtpError> {
        let cipher = Cipher::new(keys.profile, &keys.remote)?;
        Ok(Self {
            cipher,
            rtp: Vec::new(),
            rtcp: Vec::new(),
        })
    }

    /// Asks for the memory that opening an RTP packet needs.
    pub(crate) fn prefetch(&self) {
        self.cipher.prefetch();
        prefetch(&*self.rtp);
    }

    /// Authenticates and decrypts an RTP packet in place.
    ///
    /// Returns the length of the plain packet (header and payload): `packet[..length]`.
    ///
    /// # Errors
    /// [`SrtpError`]; no state has changed then, but the packet's bytes may have.
    pub fn open_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let fields = rtp_fields(packet)?;
        let known = self.rtp.iter_mut().find(|(ssrc, _)| *ssrc == fields.ssrc);
        let Some((_, indices)) = known else {
            if self.rtp.len() == MAX_INBOUND_SSRCS {
                return Err(SrtpError::TooManySsrcs);
            }
            let first = u64::from(fields.sequence);
            let length = self.cipher.open_rtp(packet, fields, first)?;
            self.rtp.push((fields.ssrc, RtpIndices::starting_at(first)));
            return Ok(length);
        };
        let index = indices
            .estimate(fields.sequence)
            .ok_or(SrtpError::KeyExhausted)?;
        if !indices.is_fresh(index) {
            return Err(SrtpError::Replayed);
        }
        let length = self.cipher.open_rtp(packet, fields, index)?;
        indices.accept(index);
        Ok(length)
    }

    /// Authenticates and decrypts a compound RTCP packet in place; returns its plain length:
    /// `packet[..length]`.
    ///
    /// # Errors
    /// [`SrtpError`]; no state has changed then, but the packet's bytes may have. A packet that
    /// is authenticated but not encrypted is [`SrtpError::Malformed`]: no WebRTC peer sends one.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let sender = rtcp_ssrc(packet)?;
        let index = self.cipher.rtcp_index(packet)?;
        let known = self.rtcp.iter_mut().find(|(ssrc, _)| *ssrc == sender);
        let Some((_, indices)) = known else {
            if self.rtcp.len() == MAX_INBOUND_SSRCS {
                return Err(SrtpError::TooManySsrcs);
            }
            let length = self.cipher.open_rtcp(packet, sender, index)?;
            self.rtcp
                .push((sender, RtcpIndices::starting_at(u64::from(index))));
            return Ok(length);
        };
        if !indices.is_fresh(u64::from(index)) {
            return Err(SrtpError::Replayed);
        }
        let length = self.cipher.open_rtcp(packet, sender, index)?;
        indices.accept(u64::from(index));
        Ok(length)
    }
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Inbound")
            .field("ssrcs", &self.rtp.len())
            .finish_non_exhaustive()
    }
}
