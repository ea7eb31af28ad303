//! AES-128-GCM (RFC 7714) by ring, in place.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::derivation::{Label, derive};
use super::{ENCRYPTED, INDEX_LENGTH};
use crate::prefetch::prefetch;
use crate::srtp::packet::{RTCP_HEADER, RtpFields};
use crate::srtp::{MasterKey, SrtpError};

/// Bytes of the authentication tag.
pub(super) const TAG_LENGTH: usize = 16;
/// Bytes of session salt and nonce.
const NONCE_LENGTH: usize = 12;

/// Session keys and salts for RTP and RTCP.
pub(in crate::srtp) struct AesGcm {
    rtp_key: LessSafeKey,
    rtp_salt: [u8; NONCE_LENGTH],
    rtcp_key: LessSafeKey,
    rtcp_salt: [u8; NONCE_LENGTH],
}

impl AesGcm {
    pub(super) fn new(master: &MasterKey) -> Result<Self, SrtpError> {
        let provider = rtc_crypto::default_provider().map_err(|_| SrtpError::Keys)?;
        let crypto = provider.crypto();
        let rtp_key = derive::<16>(crypto, master, Label::RtpKey)?;
        let rtcp_key = derive::<16>(crypto, master, Label::RtcpKey)?;
        Self::from_session_keys(
            (&rtp_key, derive(crypto, master, Label::RtpSalt)?),
            (&rtcp_key, derive(crypto, master, Label::RtcpSalt)?),
        )
    }

    fn from_session_keys(
        rtp: (&[u8; 16], [u8; NONCE_LENGTH]),
        rtcp: (&[u8; 16], [u8; NONCE_LENGTH]),
    ) -> Result<Self, SrtpError> {
        let key = |bytes: &[u8; 16]| {
            UnboundKey::new(&AES_128_GCM, bytes)
                .map(LessSafeKey::new)
                .map_err(|_| SrtpError::Keys)
        };
        Ok(Self {
            rtp_key: key(rtp.0)?,
            rtp_salt: rtp.1,
            rtcp_key: key(rtcp.0)?,
            rtcp_salt: rtcp.1,
        })
    }

    /// Asks for the memory of the RTP keys.
    pub(super) fn prefetch(&self) {
        prefetch(&self.rtp_key);
        prefetch(&self.rtp_salt);
    }

    pub(super) fn open_rtp(
        &self,
        packet: &mut [u8],
        fields: RtpFields,
        index: u64,
    ) -> Result<usize, SrtpError> {
        let (header, sealed) = packet.split_at_mut(fields.header_length);
        let nonce = rtp_nonce(&self.rtp_salt, fields.ssrc, index);
        let plain = self
            .rtp_key
            .open_in_place(nonce, Aad::from(&*header), sealed)
            .map_err(|_| SrtpError::NotAuthentic)?;
        Ok(fields.header_length + plain.len())
    }

    pub(super) fn seal_rtp(
        &self,
        arena: &mut Vec<u8>,
        start: usize,
        fields: RtpFields,
        index: u64,
    ) -> Result<(), SrtpError> {
        let (header, payload) = arena[start..].split_at_mut(fields.header_length);
        let nonce = rtp_nonce(&self.rtp_salt, fields.ssrc, index);
        let tag = self
            .rtp_key
            .seal_in_place_separate_tag(nonce, Aad::from(&*header), payload)
            .map_err(|_| SrtpError::Keys)?;
        arena.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// Layout: header, cipher text, tag, index word (RFC 7714 §9.1).
    pub(super) fn open_rtcp(
        &self,
        packet: &mut [u8],
        ssrc: u32,
        index: u32,
    ) -> Result<usize, SrtpError> {
        let sealed_end = packet.len() - INDEX_LENGTH;
        let (header, sealed) = packet[..sealed_end].split_at_mut(RTCP_HEADER);
        let aad = rtcp_associated_data(header, index);
        let nonce = rtcp_nonce(&self.rtcp_salt, ssrc, index);
        let plain = self
            .rtcp_key
            .open_in_place(nonce, Aad::from(aad), sealed)
            .map_err(|_| SrtpError::NotAuthentic)?;
        Ok(RTCP_HEADER + plain.len())
    }

    pub(super) fn seal_rtcp(
        &self,
        arena: &mut Vec<u8>,
        start: usize,
        ssrc: u32,
        index: u32,
    ) -> Result<(), SrtpError> {
        let (header, payload) = arena[start..].split_at_mut(RTCP_HEADER);
        let aad = rtcp_associated_data(header, index);
        let nonce = rtcp_nonce(&self.rtcp_salt, ssrc, index);
        let tag = self
            .rtcp_key
            .seal_in_place_separate_tag(nonce, Aad::from(aad), payload)
            .map_err(|_| SrtpError::Keys)?;
        arena.extend_from_slice(tag.as_ref());
        arena.extend_from_slice(&(ENCRYPTED | index).to_be_bytes());
        Ok(())
    }
}

/// RFC 7714 §8.1: zero, SSRC, rollover counter and sequence number, masked with the salt.
fn rtp_nonce(salt: &[u8; NONCE_LENGTH], ssrc: u32, index: u64) -> Nonce {
    let mut nonce = [0; NONCE_LENGTH];
    nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
    nonce[6..].copy_from_slice(&index.to_be_bytes()[2..]);
    masked(nonce, salt)
}

/// RFC 7714 §9.1: zero, SSRC, zero, index.
fn rtcp_nonce(salt: &[u8; NONCE_LENGTH], ssrc: u32, index: u32) -> Nonce {
    let mut nonce = [0; NONCE_LENGTH];
    nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
    nonce[8..].copy_from_slice(&index.to_be_bytes());
    masked(nonce, salt)
}

fn masked(mut nonce: [u8; NONCE_LENGTH], salt: &[u8; NONCE_LENGTH]) -> Nonce {
    nonce
        .iter_mut()
        .zip(salt)
        .for_each(|(byte, mask)| *byte ^= mask);
    Nonce::assume_unique_for_key(nonce)
}

/// RFC 7714 §9.2: the plain header and the index word.
fn rtcp_associated_data(header: &[u8], index: u32) -> [u8; RTCP_HEADER + INDEX_LENGTH] {
    let mut data = [0; RTCP_HEADER + INDEX_LENGTH];
    data[..RTCP_HEADER].copy_from_slice(header);
    data[RTCP_HEADER..].copy_from_slice(&(ENCRYPTED | index).to_be_bytes());
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srtp::packet::{rtcp_ssrc, rtp_fields};

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let text = |pair: &[u8]| String::from_utf8(pair.to_vec()).unwrap();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(&text(pair), 16).unwrap())
            .collect()
    }

    /// Session key and salt of the examples in RFC 7714 §16 and §17.
    fn example() -> AesGcm {
        let key = bytes("000102030405060708090a0b0c0d0e0f")
            .try_into()
            .unwrap();
        let salt = bytes("517569642070726f2071756f").try_into().unwrap();
        AesGcm::from_session_keys((&key, salt), (&key, salt)).unwrap()
    }

    /// RFC 7714 §16.1.1 and §16.1.2.
    #[test]
    fn rtp_example_of_the_standard() {
        let plain = bytes(
            "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 \
             696e2070 61727465 73207472 6573",
        );
        let sealed = bytes(
            "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f \
             42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
        );
        let fields = rtp_fields(&plain).unwrap();
        let index = u64::from(fields.sequence);
        let mut arena = vec![0xEE; 3];
        arena.extend_from_slice(&plain);
        example().seal_rtp(&mut arena, 3, fields, index).unwrap();
        assert_eq!(arena[3..], sealed);
        let mut packet = sealed;
        let length = example().open_rtp(&mut packet, fields, index).unwrap();
        assert_eq!(packet[..length], plain);
    }

    /// RFC 7714 §17.1 (index 000005d4).
    #[test]
    fn rtcp_example_of_the_standard() {
        let plain = bytes(
            "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef \
             deadbeef deadbeef deadbeef deadbeef",
        );
        let sealed = bytes(
            "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 \
             730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4",
        );
        let ssrc = rtcp_ssrc(&plain).unwrap();
        let mut arena = plain.clone();
        example().seal_rtcp(&mut arena, 0, ssrc, 0x5d4).unwrap();
        assert_eq!(arena, sealed);
        let mut packet = sealed;
        let length = example().open_rtcp(&mut packet, ssrc, 0x5d4).unwrap();
        assert_eq!(packet[..length], plain);
    }
}
