//! SRTP with AEAD_AES_128_GCM (RFC 7714): one key per direction, packets sealed and opened in
//! place by `ring`.

use anyhow::{Context, Result, anyhow, bail};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rtc_crypto::{BlockCipherAlgorithm, RTCCrypto};
use std::collections::BTreeMap;

/// Length of the AES-GCM tag, bytes.
pub const TAG: usize = 16;
/// Bytes that SRTCP adds: the tag and the index word.
pub const RTCP_OVERHEAD: usize = TAG + 4;
/// Length of the DTLS-SRTP exporter output for this profile: two keys and two salts.
pub const KEYING_MATERIAL: usize = 2 * (16 + 12);

/// The bit of the index word that says "encrypted" (RFC 3711 §3.4).
const ENCRYPTED: u32 = 0x8000_0000;

/// One direction of an SRTP session.
pub struct Context128 {
    rtp: LessSafeKey,
    rtp_salt: [u8; 12],
    rtcp: LessSafeKey,
    rtcp_salt: [u8; 12],
    rtcp_index: u32,
    rollover: BTreeMap<u32, Rollover>,
}

/// Extends 16-bit sequence numbers of one SSRC.
#[derive(Debug, Clone, Copy)]
struct Rollover {
    counter: u32,
    highest: u16,
}

impl Rollover {
    /// The rollover counter that belongs to `seq`, and the state after a good packet (RFC 3711
    /// §3.3.1).
    fn estimate(self, seq: u16) -> (u32, Rollover) {
        let ahead = seq.wrapping_sub(self.highest) < 0x8000;
        if ahead {
            let counter = self.counter + u32::from(seq < self.highest);
            (
                counter,
                Rollover {
                    counter,
                    highest: seq,
                },
            )
        } else {
            let counter = self.counter.wrapping_sub(u32::from(seq > self.highest));
            (counter, self)
        }
    }
}

/// Both directions of a client, from the DTLS exporter's output (RFC 5764 §4.2).
pub struct Session {
    /// Client to server.
    pub outbound: Context128,
    /// Server to client.
    pub inbound: Context128,
}

impl Session {
    /// Splits the exporter's output.
    ///
    /// # Errors
    /// When the material has another length, or the provider lacks AES.
    pub fn from_keying_material(material: &[u8], crypto: &dyn RTCCrypto) -> Result<Self> {
        if material.len() != KEYING_MATERIAL {
            bail!("keying material of {} bytes", material.len());
        }
        Ok(Self {
            outbound: Context128::new(&material[..16], &material[32..44], crypto)?,
            inbound: Context128::new(&material[16..32], &material[44..], crypto)?,
        })
    }
}

impl Context128 {
    /// Derives the session keys from a master key (16 bytes) and a master salt (12 bytes).
    ///
    /// # Errors
    /// When the provider lacks AES.
    pub fn new(master: &[u8], salt: &[u8], crypto: &dyn RTCCrypto) -> Result<Self> {
        let derive = |label: u8, out: &mut [u8]| -> Result<()> {
            let mut block = [0u8; 16];
            block[..12].copy_from_slice(salt);
            block[7] ^= label;
            crypto
                .block_encrypt(BlockCipherAlgorithm::Aes128, master, &mut block)
                .map_err(|error| anyhow!("key derivation: {error}"))?;
            out.copy_from_slice(&block[..out.len()]);
            Ok(())
        };
        let mut key = [0u8; 16];
        let mut rtp_salt = [0u8; 12];
        let mut rtcp_salt = [0u8; 12];
        derive(0, &mut key)?;
        let rtp = gcm(&key)?;
        derive(2, &mut rtp_salt)?;
        derive(3, &mut key)?;
        let rtcp = gcm(&key)?;
        derive(5, &mut rtcp_salt)?;
        Ok(Self {
            rtp,
            rtp_salt,
            rtcp,
            rtcp_salt,
            rtcp_index: 0,
            rollover: BTreeMap::new(),
        })
    }

    /// Seals the RTP packet in `packet` in place; the header ends at `header`. Appends the tag.
    ///
    /// # Errors
    /// When the cipher refuses (a packet that is far too long).
    pub fn seal_rtp(&mut self, packet: &mut Vec<u8>, header: usize) -> Result<()> {
        let seq = u16::from_be_bytes([packet[2], packet[3]]);
        let ssrc = read_u32(packet, 8);
        let state = self.rollover.entry(ssrc).or_insert(Rollover {
            counter: 0,
            highest: seq,
        });
        let (counter, next) = state.estimate(seq);
        *state = next;
        let nonce = rtp_nonce(&self.rtp_salt, ssrc, counter, seq);
        let (aad, payload) = packet.split_at_mut(header);
        let tag = self
            .rtp
            .seal_in_place_separate_tag(nonce, Aad::from(&*aad), payload)
            .map_err(|_| anyhow!("seal"))?;
        packet.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// Opens the SRTP packet in place and gives the length of the plain packet.
    ///
    /// # Errors
    /// When it is too short or does not authenticate.
    pub fn open_rtp(&mut self, packet: &mut [u8], header: usize) -> Result<usize> {
        if packet.len() < header + TAG {
            bail!("short SRTP packet");
        }
        let seq = u16::from_be_bytes([packet[2], packet[3]]);
        let ssrc = read_u32(packet, 8);
        let state = self.rollover.get(&ssrc).copied().unwrap_or(Rollover {
            counter: 0,
            highest: seq,
        });
        let (counter, next) = state.estimate(seq);
        let nonce = rtp_nonce(&self.rtp_salt, ssrc, counter, seq);
        let (aad, payload) = packet.split_at_mut(header);
        let plain = self
            .rtp
            .open_in_place(nonce, Aad::from(&*aad), payload)
            .map_err(|_| anyhow!("SRTP packet does not authenticate"))?
            .len();
        self.rollover.insert(ssrc, next);
        Ok(header + plain)
    }

    /// Seals the RTCP packet in place; appends tag and index word.
    ///
    /// # Errors
    /// When it is shorter than a header, or the cipher refuses.
    pub fn seal_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<()> {
        if packet.len() < 8 {
            bail!("short RTCP packet");
        }
        self.rtcp_index = (self.rtcp_index + 1) & !ENCRYPTED;
        let ssrc = read_u32(packet, 4);
        let word = (self.rtcp_index | ENCRYPTED).to_be_bytes();
        let aad = rtcp_aad(packet, word);
        let nonce = rtcp_nonce(&self.rtcp_salt, ssrc, self.rtcp_index);
        let tag = self
            .rtcp
            .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut packet[8..])
            .map_err(|_| anyhow!("seal"))?;
        packet.extend_from_slice(tag.as_ref());
        packet.extend_from_slice(&word);
        Ok(())
    }

    /// Opens the SRTCP packet in place and gives the length of the plain packet.
    ///
    /// # Errors
    /// When it is too short or does not authenticate.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize> {
        let body = packet.len().checked_sub(4).filter(|len| *len >= 8 + TAG);
        let body = body.context("short SRTCP packet")?;
        let word: [u8; 4] = packet[body..].try_into().context("index word")?;
        let index = u32::from_be_bytes(word) & !ENCRYPTED;
        let ssrc = read_u32(packet, 4);
        let aad = rtcp_aad(packet, word);
        let nonce = rtcp_nonce(&self.rtcp_salt, ssrc, index);
        let plain = self
            .rtcp
            .open_in_place(nonce, Aad::from(aad), &mut packet[8..body])
            .map_err(|_| anyhow!("SRTCP packet does not authenticate"))?
            .len();
        Ok(8 + plain)
    }
}

/// An AES-128-GCM key for `ring`.
///
/// # Errors
/// When the key has another length than 16 bytes.
pub fn gcm(key: &[u8]) -> Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_128_GCM, key).map_err(|_| anyhow!("AES-128 key"))?;
    Ok(LessSafeKey::new(key))
}

/// RFC 7714 §8.1.
fn rtp_nonce(salt: &[u8; 12], ssrc: u32, rollover: u32, seq: u16) -> Nonce {
    let mut iv = [0u8; 12];
    iv[2..6].copy_from_slice(&ssrc.to_be_bytes());
    iv[6..10].copy_from_slice(&rollover.to_be_bytes());
    iv[10..].copy_from_slice(&seq.to_be_bytes());
    salted(iv, salt)
}

/// RFC 7714 §9.1.
fn rtcp_nonce(salt: &[u8; 12], ssrc: u32, index: u32) -> Nonce {
    let mut iv = [0u8; 12];
    iv[2..6].copy_from_slice(&ssrc.to_be_bytes());
    iv[8..].copy_from_slice(&index.to_be_bytes());
    salted(iv, salt)
}

fn salted(mut iv: [u8; 12], salt: &[u8; 12]) -> Nonce {
    for (byte, salt) in iv.iter_mut().zip(salt) {
        *byte ^= salt;
    }
    Nonce::assume_unique_for_key(iv)
}

/// RFC 7714 §17: the fixed header and the index word.
fn rtcp_aad(packet: &[u8], word: [u8; 4]) -> [u8; 12] {
    let mut aad = [0u8; 12];
    aad[..8].copy_from_slice(&packet[..8]);
    aad[8..].copy_from_slice(&word);
    aad
}

fn read_u32(packet: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([packet[at], packet[at + 1], packet[at + 2], packet[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Context128, Context128) {
        let provider = rtc_crypto::default_provider().unwrap();
        let make = || Context128::new(&[7; 16], &[3; 12], provider.crypto()).unwrap();
        (make(), make())
    }

    fn packet(seq: u16) -> Vec<u8> {
        let mut packet = vec![0x80, 96];
        packet.extend_from_slice(&seq.to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 9]);
        packet.extend_from_slice(b"payload");
        packet
    }

    #[test]
    fn what_is_sealed_opens_across_a_sequence_wrap() {
        let (mut outbound, mut inbound) = pair();
        for step in 0..200u16 {
            let plain = packet(65_500u16.wrapping_add(step));
            let mut wire = plain.clone();
            outbound.seal_rtp(&mut wire, 12).unwrap();
            let len = inbound.open_rtp(&mut wire, 12).unwrap();
            assert_eq!(&wire[..len], plain);
        }
    }

    #[test]
    fn the_real_srtp_crate_opens_what_is_sealed() {
        let (mut outbound, _) = pair();
        let mut peer = rtc_srtp::context::Context::new(
            &[7; 16],
            &[3; 12],
            rtc_srtp::protection_profile::ProtectionProfile::AeadAes128Gcm,
            None,
            None,
            rtc_crypto::default_provider().unwrap().crypto(),
        )
        .unwrap();
        let plain = packet(5);
        let mut wire = plain.clone();
        outbound.seal_rtp(&mut wire, 12).unwrap();
        assert_eq!(&peer.decrypt_rtp(&wire).unwrap()[..], plain);
        let plain = [
            0x80, 200, 0, 6, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0,
        ];
        let mut plain = [&plain[..], &[0; 8]].concat();
        plain[3] = 6;
        let mut wire = plain.clone();
        outbound.seal_rtcp(&mut wire).unwrap();
        assert_eq!(&peer.decrypt_rtcp(&wire).unwrap()[..], plain);
    }

    #[test]
    fn rtcp_opens_and_a_changed_byte_does_not() {
        let (mut outbound, mut inbound) = pair();
        let plain = vec![0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
        let mut wire = plain.clone();
        outbound.seal_rtcp(&mut wire).unwrap();
        let mut forged = wire.clone();
        forged[9] ^= 1;
        assert!(inbound.open_rtcp(&mut forged).is_err());
        let len = inbound.open_rtcp(&mut wire).unwrap();
        assert_eq!(&wire[..len], plain);
    }
}
