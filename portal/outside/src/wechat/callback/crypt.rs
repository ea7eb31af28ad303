//! Safe mode (安全模式): AES-256-CBC with the key's own first half as the initial vector, PKCS#7 to
//! 32 bytes; inside are 16 random bytes, the length of the text, the text, and the AppID.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use base::config::Secret;
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

/// Bytes of the key.
const KEY_BYTES: usize = 32;
/// Characters of an EncodingAESKey.
const KEY_CHARS: usize = 43;
/// Padding fills up to this many bytes, not to the cipher's own 16.
const PAD_BYTES: usize = 32;
/// Random bytes in front.
const SALT_BYTES: usize = 16;
/// Salt and length.
const HEAD_BYTES: usize = SALT_BYTES + 4;

/// 43 characters hold 258 bits; the last two are whatever the generator drew.
const LOOSE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The key of safe mode. Never printed.
pub(crate) struct SafeKey([u8; KEY_BYTES]);

impl std::fmt::Debug for SafeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SafeKey(…)")
    }
}

impl SafeKey {
    /// Reads an EncodingAESKey: Base64 without its `=`.
    pub fn parse(encoding_aes_key: &Secret) -> Option<Self> {
        let text = encoding_aes_key.expose();
        let plain = text.len() == KEY_CHARS && text.bytes().all(|b| b.is_ascii_alphanumeric());
        let bytes = plain.then(|| LOOSE.decode(format!("{text}=")).ok())??;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Decrypts a text; `None` if it is not one for `appid` under this key.
    pub fn open(&self, encrypted: &str, appid: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(encrypted).ok()?;
        let mut bytes = cbc::Decryptor::<Aes256>::new(&self.0.into(), &self.iv().into())
            .decrypt_padded_vec_mut::<NoPadding>(&bytes)
            .ok()?;
        let pad = usize::from(*bytes.last()?);
        if !(1..=PAD_BYTES).contains(&pad) || pad > bytes.len() {
            return None;
        }
        bytes.truncate(bytes.len() - pad);
        let length = bytes.get(SALT_BYTES..HEAD_BYTES)?.try_into().ok()?;
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        let end = HEAD_BYTES.checked_add(length)?;
        if bytes.get(end..)? != appid.as_bytes() {
            return None;
        }
        Some(bytes[HEAD_BYTES..end].to_vec())
    }

    /// Encrypts a text from or for `appid`.
    pub fn seal(&self, text: &str, appid: &str, salt: [u8; SALT_BYTES]) -> String {
        let length = u32::try_from(text.len()).expect("invariant: a reply is below 4 GiB");
        let mut bytes = salt.to_vec();
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes.extend_from_slice(appid.as_bytes());
        let pad = PAD_BYTES - bytes.len() % PAD_BYTES;
        let filler = u8::try_from(pad).expect("invariant: a pad is 1 to 32");
        bytes.resize(bytes.len() + pad, filler);
        let sealed = cbc::Encryptor::<Aes256>::new(&self.0.into(), &self.iv().into())
            .encrypt_padded_vec_mut::<NoPadding>(&bytes);
        STANDARD.encode(sealed)
    }

    fn iv(&self) -> [u8; 16] {
        let mut iv = [0; 16];
        iv.copy_from_slice(&self.0[..16]);
        iv
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SafeKey {
        let text = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
        SafeKey::parse(&Secret::new(text)).unwrap()
    }

    #[test]
    fn a_key_may_end_in_any_letter() {
        let text = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF";
        for end in ["A", "Q", "G", "z", "9"] {
            let key = Secret::new(format!("{text}{end}"));
            assert!(SafeKey::parse(&key).is_some(), "{end}");
        }
        for bad in ["", text, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF="] {
            assert!(SafeKey::parse(&Secret::new(bad)).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_account_only() {
        for length in 0..70 {
            let text = "云".repeat(length);
            let sealed = key().seal(&text, "wx1", [7; 16]);
            assert_eq!(key().open(&sealed, "wx1").unwrap(), text.as_bytes());
            assert_eq!(key().open(&sealed, "wx2"), None);
        }
    }

    #[test]
    fn broken_texts_open_to_nothing() {
        let sealed = STANDARD.decode(key().seal("text", "wx1", [7; 16])).unwrap();
        for cut in 0..sealed.len() {
            assert_eq!(key().open(&STANDARD.encode(&sealed[..cut]), "wx1"), None);
        }
        for bad in ["", "!", "AAAA", &STANDARD.encode([0; 32])] {
            assert_eq!(key().open(bad, "wx1"), None, "{bad}");
        }
    }
}
