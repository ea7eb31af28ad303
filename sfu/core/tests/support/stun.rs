//! Binding requests of a controlling ICE agent (RFC 8489, RFC 8445).

use ring::hmac;

const COOKIE: u32 = 0x2112_A442;

/// A request that nominates, from user `ours` to user `theirs`.
pub fn nominate(id: [u8; 12], theirs: &str, ours: &str, password: &str) -> Vec<u8> {
    let mut out = vec![0, 1, 0, 0];
    out.extend_from_slice(&COOKIE.to_be_bytes());
    out.extend_from_slice(&id);
    attribute(&mut out, 0x0006, format!("{theirs}:{ours}").as_bytes());
    attribute(&mut out, 0x802A, &7_u64.to_be_bytes());
    attribute(&mut out, 0x0025, &[]);
    attribute(&mut out, 0x0024, &0x6E00_FFFF_u32.to_be_bytes());
    set_length(&mut out, 24);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let tag = hmac::sign(&key, &out);
    attribute(&mut out, 0x0008, tag.as_ref());
    set_length(&mut out, 8);
    let sum = crc32(&out) ^ 0x5354_554E;
    attribute(&mut out, 0x8028, &sum.to_be_bytes());
    out
}

/// Whether a datagram is a success response.
pub fn is_success(datagram: &[u8]) -> bool {
    datagram.starts_with(&[1, 1])
}

fn attribute(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&(value.len() as u16).to_be_bytes());
    out.extend_from_slice(value);
    while !out.len().is_multiple_of(4) {
        out.push(0);
    }
    set_length(out, 0);
}

fn set_length(out: &mut [u8], more: usize) {
    let length = (out.len() - 20 + more) as u16;
    out[2..4].copy_from_slice(&length.to_be_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}
