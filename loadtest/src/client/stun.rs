//! The few STUN messages of a full ICE agent in the controlling role that faces an ICE-lite
//! server (RFC 8489, RFC 8445 §7.2): it sends binding requests that nominate at once and reads
//! the answers.

use ring::hmac;

const COOKIE: u32 = 0x2112_A442;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const USERNAME: u16 = 0x0006;
const INTEGRITY: u16 = 0x0008;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const CONTROLLING: u16 = 0x802A;
const FINGERPRINT_XOR: u32 = 0x5354_554e;
/// Priority of a peer-reflexive candidate with the highest local preference (RFC 8445 §5.1.2).
const REFLEXIVE_PRIORITY: u32 = (110 << 24) | (65_535 << 8) | 255;

/// Id of one request.
pub type Transaction = [u8; 12];

/// The credentials of both sides.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// `remote:local`.
    pub username: String,
    /// The server's password: it keys requests and answers alike.
    pub remote_password: String,
    /// Tie-breaker of the controlling role.
    pub tie_breaker: u64,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The check passed.
    Success(Transaction),
    /// The server refused the check.
    Refused(Transaction),
}

/// Is this datagram STUN, by its first byte (RFC 7983)?
#[must_use]
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.len() >= 20 && datagram[0] < 4
}

/// Writes a nominating binding request into the empty `out`.
pub fn write_request(out: &mut Vec<u8>, id: Transaction, credentials: &Credentials) {
    out.extend_from_slice(&BINDING_REQUEST.to_be_bytes());
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&COOKIE.to_be_bytes());
    out.extend_from_slice(&id);
    attribute(out, USERNAME, credentials.username.as_bytes());
    attribute(out, CONTROLLING, &credentials.tie_breaker.to_be_bytes());
    attribute(out, USE_CANDIDATE, &[]);
    attribute(out, PRIORITY, &REFLEXIVE_PRIORITY.to_be_bytes());
    seal(out, credentials.remote_password.as_bytes());
}

/// Appends MESSAGE-INTEGRITY and FINGERPRINT.
pub(super) fn seal(out: &mut Vec<u8>, password: &[u8]) {
    set_length(out, 24);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password);
    let tag = hmac::sign(&key, out);
    attribute(out, INTEGRITY, tag.as_ref());
    set_length(out, 8);
    let sum = crc32(out) ^ FINGERPRINT_XOR;
    attribute(out, FINGERPRINT, &sum.to_be_bytes());
}

/// Reads an answer and checks its integrity; `None` if it is anything else.
#[must_use]
pub fn read_answer(message: &[u8], password: &str) -> Option<Answer> {
    if message.len() < 20 || u32::from_be_bytes(message[4..8].try_into().ok()?) != COOKIE {
        return None;
    }
    let id: Transaction = message[8..20].try_into().ok()?;
    match u16::from_be_bytes([message[0], message[1]]) {
        BINDING_SUCCESS => authentic(message, password.as_bytes()).then_some(Answer::Success(id)),
        BINDING_ERROR => Some(Answer::Refused(id)),
        _ => None,
    }
}

fn authentic(message: &[u8], password: &[u8]) -> bool {
    let mut at = 20;
    while at + 4 <= message.len() {
        let kind = u16::from_be_bytes([message[at], message[at + 1]]);
        let len = usize::from(u16::from_be_bytes([message[at + 2], message[at + 3]]));
        if kind == INTEGRITY {
            let Some(tag) = message.get(at + 4..at + 24) else {
                return false;
            };
            let mut signed = message[..at].to_vec();
            set_length(&mut signed, 24);
            let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password);
            return hmac::verify(&key, &signed, tag).is_ok();
        }
        at += 4 + len.next_multiple_of(4);
    }
    false
}

fn attribute(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&(value.len() as u16).to_be_bytes());
    out.extend_from_slice(value);
    out.resize(out.len().next_multiple_of(4), 0);
    set_length(out, 0);
}

/// The length field counts what follows the header, with `more` bytes still to come.
fn set_length(out: &mut [u8], more: usize) {
    let len = (out.len() - 20 + more) as u16;
    out[2..4].copy_from_slice(&len.to_be_bytes());
}

/// CRC-32 (ISO 3309), bit by bit: a check every few seconds needs no table.
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

#[cfg(test)]
mod tests {
    use super::*;
    use rtc_stun::fingerprint::FINGERPRINT as STUN_FINGERPRINT;
    use rtc_stun::integrity::MessageIntegrity;
    use rtc_stun::message::Message;

    fn credentials() -> Credentials {
        Credentials {
            username: "remote:local".into(),
            remote_password: "a password of some length".into(),
            tie_breaker: 5,
        }
    }

    #[test]
    fn the_real_stun_crate_reads_the_request() {
        let mut wire = Vec::new();
        write_request(&mut wire, [7; 12], &credentials());
        let mut message = Message::new();
        message.unmarshal_binary(&wire).unwrap();
        STUN_FINGERPRINT.check(&message).unwrap();
        let provider = rtc_crypto::default_provider().unwrap();
        let key = credentials().remote_password.into_bytes();
        MessageIntegrity::check(&mut message, &key, provider.crypto()).unwrap();
    }

    #[test]
    fn crc_has_the_known_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn only_an_answer_with_the_password_counts() {
        let mut wire = Vec::new();
        wire.extend_from_slice(&BINDING_SUCCESS.to_be_bytes());
        wire.extend_from_slice(&[0, 0]);
        wire.extend_from_slice(&COOKIE.to_be_bytes());
        wire.extend_from_slice(&[3; 12]);
        seal(&mut wire, b"right");
        assert_eq!(read_answer(&wire, "right"), Some(Answer::Success([3; 12])));
        assert_eq!(read_answer(&wire, "wrong"), None);
        assert_eq!(read_answer(&wire[..19], "right"), None);
    }
}
