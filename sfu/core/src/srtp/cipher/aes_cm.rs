//! AES-128 in counter mode with HMAC-SHA1, tag of 80 bits (RFC 3711 §4.1.1, §4.2).

use ring::hmac;
use rtc_crypto::{StreamCipher, StreamCipherAlgorithm};

use super::derivation::{Label, derive};
use super::{ENCRYPTED, INDEX_LENGTH};
use crate::srtp::packet::{RTCP_HEADER, RtpFields};
use crate::srtp::{MasterKey, SrtpError};

/// Bytes of the authentication tag.
pub(super) const TAG_LENGTH: usize = 10;
/// Bytes of a session salt.
const SALT_LENGTH: usize = 14;

/// Session keys and salts for RTP and RTCP.
pub(in crate::srtp) struct AesCm {
    rtp: Keys,
    rtcp: Keys,
}

struct Keys {
    stream: Box<dyn StreamCipher>,
    salt: [u8; SALT_LENGTH],
    authentication: hmac::Key,
}

impl AesCm {
    pub(super) fn new(master: &MasterKey) -> Result<Self, SrtpError> {
        let labels = [Label::RtpKey, Label::RtpSalt, Label::RtpAuthentication];
        let rtp = Keys::derive(master, labels)?;
        let labels = [Label::RtcpKey, Label::RtcpSalt, Label::RtcpAuthentication];
        Ok(Self {
            rtp,
            rtcp: Keys::derive(master, labels)?,
        })
    }

    pub(super) fn open_rtp(
        &mut self,
        packet: &mut [u8],
        fields: RtpFields,
        index: u64,
    ) -> Result<usize, SrtpError> {
        let length = packet.len() - TAG_LENGTH;
        let (plain, shown) = packet.split_at_mut(length);
        let tag = self.rtp.tag(plain, &rollovers(index));
        check(&tag, shown)?;
        self.rtp
            .apply(fields.ssrc, index, &mut plain[fields.header_length..])?;
        Ok(length)
    }

    pub(super) fn seal_rtp(
        &mut self,
        arena: &mut Vec<u8>,
        start: usize,
        fields: RtpFields,
        index: u64,
    ) -> Result<(), SrtpError> {
        self.rtp.apply(
            fields.ssrc,
            index,
            &mut arena[start + fields.header_length..],
        )?;
        let tag = self.rtp.tag(&arena[start..], &rollovers(index));
        arena.extend_from_slice(&tag);
        Ok(())
    }

    /// Layout: header, cipher text, index word, tag (RFC 3711 §3.4).
    pub(super) fn open_rtcp(
        &mut self,
        packet: &mut [u8],
        ssrc: u32,
        index: u32,
    ) -> Result<usize, SrtpError> {
        let (covered, shown) = packet.split_at_mut(packet.len() - TAG_LENGTH);
        let tag = self.rtcp.tag(covered, &[]);
        check(&tag, shown)?;
        let length = covered.len() - INDEX_LENGTH;
        self.rtcp
            .apply(ssrc, u64::from(index), &mut covered[RTCP_HEADER..length])?;
        Ok(length)
    }

    pub(super) fn seal_rtcp(
        &mut self,
        arena: &mut Vec<u8>,
        start: usize,
        ssrc: u32,
        index: u32,
    ) -> Result<(), SrtpError> {
        self.rtcp
            .apply(ssrc, u64::from(index), &mut arena[start + RTCP_HEADER..])?;
        arena.extend_from_slice(&(ENCRYPTED | index).to_be_bytes());
        let tag = self.rtcp.tag(&arena[start..], &[]);
        arena.extend_from_slice(&tag);
        Ok(())
    }
}

impl Keys {
    fn derive(master: &MasterKey, labels: [Label; 3]) -> Result<Self, SrtpError> {
        let provider = rtc_crypto::default_provider().map_err(|_| SrtpError::Keys)?;
        let crypto = provider.crypto();
        let [key, salt, authentication] = labels;
        let key: [u8; 16] = derive(crypto, master, key)?;
        let authentication: [u8; 20] = derive(crypto, master, authentication)?;
        Ok(Self {
            stream: crypto
                .new_stream_cipher(StreamCipherAlgorithm::Aes128Ctr, &key)
                .map_err(|_| SrtpError::Keys)?,
            salt: derive(crypto, master, salt)?,
            authentication: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &authentication),
        })
    }

    /// Encrypts or decrypts: the counter block is salt, SSRC and index (RFC 3711 §4.1.1).
    fn apply(&mut self, ssrc: u32, index: u64, data: &mut [u8]) -> Result<(), SrtpError> {
        let mut counter = [0; 16];
        counter[..SALT_LENGTH].copy_from_slice(&self.salt);
        let mask = |bytes: &mut [u8], with: &[u8]| {
            bytes
                .iter_mut()
                .zip(with)
                .for_each(|(byte, mask)| *byte ^= mask);
        };
        mask(&mut counter[4..8], &ssrc.to_be_bytes());
        mask(&mut counter[8..14], &index.to_be_bytes()[2..]);
        self.stream
            .apply_keystream(&counter, data)
            .map_err(|_| SrtpError::Keys)
    }

    fn tag(&self, packet: &[u8], rollovers: &[u8]) -> [u8; TAG_LENGTH] {
        let mut context = hmac::Context::with_key(&self.authentication);
        context.update(packet);
        context.update(rollovers);
        let whole = context.sign();
        let mut tag = [0; TAG_LENGTH];
        tag.copy_from_slice(&whole.as_ref()[..TAG_LENGTH]);
        tag
    }
}

/// The rollover counter, which the tag covers (RFC 3711 §4.2).
fn rollovers(index: u64) -> [u8; 4] {
    let bytes = index.to_be_bytes();
    [bytes[2], bytes[3], bytes[4], bytes[5]]
}

fn check(tag: &[u8; TAG_LENGTH], shown: &[u8]) -> Result<(), SrtpError> {
    if rtc_crypto::constant_time_eq(tag, shown) {
        Ok(())
    } else {
        Err(SrtpError::NotAuthentic)
    }
}
