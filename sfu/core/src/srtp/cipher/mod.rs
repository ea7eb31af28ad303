//! The two ways of protecting a packet, without any state per SSRC.

mod aes_cm;
mod aes_gcm;
mod derivation;

use aes_cm::AesCm;
use aes_gcm::AesGcm;

use super::packet::{RTCP_HEADER, RtpFields};
use super::{MasterKey, Profile, SrtpError};
use crate::prefetch::prefetch;

/// Length of the word with E flag and index at the end of an SRTCP packet.
const INDEX_LENGTH: usize = 4;
/// E flag: the packet is encrypted (RFC 3711 §3.4).
const ENCRYPTED: u32 = 1 << 31;

/// Session keys of one direction.
pub(super) enum Cipher {
    /// AES-128-GCM.
    Gcm(Box<AesGcm>),
    /// AES-128 in counter mode with HMAC-SHA1, tag of 80 bits.
    Cm(Box<AesCm>),
}

impl Cipher {
    pub(super) fn new(profile: Profile, master: &MasterKey) -> Result<Self, SrtpError> {
        if master.salt.len() != profile.salt_length() {
            return Err(SrtpError::Keys);
        }
        Ok(match profile {
            Profile::Aes128Gcm => Self::Gcm(Box::new(AesGcm::new(master)?)),
            Profile::Aes128CmSha1 => Self::Cm(Box::new(AesCm::new(master)?)),
        })
    }

    /// Asks for the keys' memory ahead of use.
    pub(super) fn prefetch(&self) {
        match self {
            Self::Gcm(gcm) => gcm.prefetch(),
            Self::Cm(cm) => prefetch(&**cm),
        }
    }

    /// Bytes of the authentication tag.
    pub(super) fn tag_length(&self) -> usize {
        match self {
            Self::Gcm(_) => aes_gcm::TAG_LENGTH,
            Self::Cm(_) => aes_cm::TAG_LENGTH,
        }
    }

    /// Opens an RTP packet in place; returns its plain length.
    pub(super) fn open_rtp(
        &mut self,
        packet: &mut [u8],
        fields: RtpFields,
        index: u64,
    ) -> Result<usize, SrtpError> {
        if packet.len() < fields.header_length + self.tag_length() {
            return Err(SrtpError::Malformed);
        }
        match self {
            Self::Gcm(gcm) => gcm.open_rtp(packet, fields, index),
            Self::Cm(cm) => cm.open_rtp(packet, fields, index),
        }
    }

    /// Seals the RTP packet at `arena[start..]`, in place, and appends the tag.
    pub(super) fn seal_rtp(
        &mut self,
        arena: &mut Vec<u8>,
        start: usize,
        fields: RtpFields,
        index: u64,
    ) -> Result<(), SrtpError> {
        match self {
            Self::Gcm(gcm) => gcm.seal_rtp(arena, start, fields, index),
            Self::Cm(cm) => cm.seal_rtp(arena, start, fields, index),
        }
    }

    /// The index that an SRTCP packet carries: at its end with GCM, before the tag otherwise.
    pub(super) fn rtcp_index(&self, packet: &[u8]) -> Result<u32, SrtpError> {
        if packet.len() < RTCP_HEADER + INDEX_LENGTH + self.tag_length() {
            return Err(SrtpError::Malformed);
        }
        let end = match self {
            Self::Gcm(_) => packet.len(),
            Self::Cm(_) => packet.len() - aes_cm::TAG_LENGTH,
        };
        let word = packet[..end]
            .last_chunk::<INDEX_LENGTH>()
            .ok_or(SrtpError::Malformed)?;
        let word = u32::from_be_bytes(*word);
        if word & ENCRYPTED == 0 {
            return Err(SrtpError::Malformed);
        }
        Ok(word & !ENCRYPTED)
    }

    /// Opens an SRTCP packet in place; returns its plain length. `rtcp_index` has checked that it
    /// is long enough.
    pub(super) fn open_rtcp(
        &mut self,
        packet: &mut [u8],
        ssrc: u32,
        index: u32,
    ) -> Result<usize, SrtpError> {
        match self {
            Self::Gcm(gcm) => gcm.open_rtcp(packet, ssrc, index),
            Self::Cm(cm) => cm.open_rtcp(packet, ssrc, index),
        }
    }

    /// Seals the compound RTCP packet at `arena[start..]`, in place; appends tag and index word.
    pub(super) fn seal_rtcp(
        &mut self,
        arena: &mut Vec<u8>,
        start: usize,
        ssrc: u32,
        index: u32,
    ) -> Result<(), SrtpError> {
        match self {
            Self::Gcm(gcm) => gcm.seal_rtcp(arena, start, ssrc, index),
            Self::Cm(cm) => cm.seal_rtcp(arena, start, ssrc, index),
        }
    }
}
