//! What request signatures of several clouds share: hexadecimal digests, HMAC chains, and the
//! strict escaping of RFC 3986.

use std::fmt::Write as _;

use ring::{digest, hmac};

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("invariant: writing to a String cannot fail");
        text
    })
}

/// SHA-256 in lower-case hexadecimal (FIPS 180-4).
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// HMAC-SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, message).as_ref().to_vec()
}

/// SHA-1 in lower-case hexadecimal (FIPS 180-4), where an old protocol asks for it.
pub fn sha1_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref())
}

/// Compares without telling by its time how far two signatures agree.
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .fold(0_u8, |sum, (a, b)| sum | (a ^ b))
            == 0
}

/// Escapes all but the unreserved characters of RFC 3986 §2.3; `keep` names further bytes that
/// stay as they are, such as `/` in a path.
pub fn escape(text: &str, keep: &[u8]) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("invariant: writing to a String cannot fail");
        }
        out
    })
}

/// A query string as signatures want it: sorted by name, then by value, both escaped.
pub fn canonical_query(pairs: &[(&str, &str)]) -> String {
    let mut escaped: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (escape(name, b""), escape(value, b"")))
        .collect();
    escaped.sort();
    escaped
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_all_but_the_unreserved() {
        assert_eq!(escape("a b/云*~", b"/"), "a%20b/%E4%BA%91%2A~");
        assert_eq!(canonical_query(&[("b", "2"), ("a", "1+1")]), "a=1%2B1&b=2");
    }

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        let tag = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(
            hex(&tag),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
