//! Session keys from a master key (RFC 3711 §4.3; key derivation rate 0).

use rtc_crypto::{BlockCipherAlgorithm, RTCCrypto};

use crate::srtp::{MasterKey, SrtpError};

/// What a derived key is for.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(super) enum Label {
    RtpKey = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpKey = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// Derives `LENGTH` bytes for one purpose: AES in counter mode over the labelled salt. A salt of
/// 12 bytes counts as padded with zeros on the right (RFC 7714 §11).
pub(super) fn derive<const LENGTH: usize>(
    crypto: &dyn RTCCrypto,
    master: &MasterKey,
    label: Label,
) -> Result<[u8; LENGTH], SrtpError> {
    let mut input = [0; 16];
    input[..master.salt.len()].copy_from_slice(&master.salt);
    input[7] ^= label as u8;
    let mut derived = [0; LENGTH];
    for (counter, chunk) in derived.chunks_mut(16).enumerate() {
        let mut block = input;
        // At most two blocks are taken.
        block[15] = counter as u8;
        crypto
            .block_encrypt(BlockCipherAlgorithm::Aes128, &master.key, &mut block)
            .map_err(|_| SrtpError::Keys)?;
        chunk.copy_from_slice(&block[..chunk.len()]);
    }
    Ok(derived)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let text = |pair: &[u8]| String::from_utf8(pair.to_vec()).unwrap();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(&text(pair), 16).unwrap())
            .collect()
    }

    /// The vectors of RFC 3711 appendix B.3.
    #[test]
    fn derivation_matches_the_standard() {
        let provider = rtc_crypto::default_provider().unwrap();
        let master = MasterKey {
            key: bytes("E1F97A0D3E018BE0D64FA32C06DE4139")
                .try_into()
                .unwrap(),
            salt: bytes("0EC675AD498AFEEBB6960B3AABE6"),
        };
        let key: [u8; 16] = derive(provider.crypto(), &master, Label::RtpKey).unwrap();
        assert_eq!(key.to_vec(), bytes("C61E7A93744F39EE10734AFE3FF7A087"));
        let salt: [u8; 14] = derive(provider.crypto(), &master, Label::RtpSalt).unwrap();
        assert_eq!(salt.to_vec(), bytes("30CBBC08863D8C85D49DB34A9AE1"));
        let authentication: [u8; 20] =
            derive(provider.crypto(), &master, Label::RtpAuthentication).unwrap();
        assert_eq!(
            authentication.to_vec(),
            bytes("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")
        );
    }
}
