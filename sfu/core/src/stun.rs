//! A first cheap look at STUN messages, before anything is known about the sender (RFC 8489).

/// Longest STUN message that is looked at, in bytes; a browser's check has about 120.
pub const MAX_STUN_BYTES: usize = 1_024;

/// Length of a STUN header in bytes.
const HEADER: usize = 20;
/// Message type of a binding request.
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
/// The fixed bytes that tell STUN from older protocols.
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
/// Attribute type USERNAME.
const USERNAME: u16 = 0x0006;

/// The local user fragment that a binding request is addressed to: the part of USERNAME before
/// the colon (RFC 8445 §7.2.2). Reads the message in place and allocates nothing; `None` if the
/// message is not a binding request with a USERNAME.
#[must_use]
pub fn peek_username(message: &[u8]) -> Option<&str> {
    let header = message.first_chunk::<HEADER>()?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let is_request = header[..2] == BINDING_REQUEST && header[4..8] == MAGIC_COOKIE;
    if !is_request || message.len() > MAX_STUN_BYTES || message.len() != HEADER + length {
        return None;
    }
    let mut rest = &message[HEADER..];
    loop {
        let head = rest.first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = rest.get(4..4 + length)?;
        if u16::from_be_bytes([head[0], head[1]]) == USERNAME {
            let (local, _) = std::str::from_utf8(value).ok()?.split_once(':')?;
            return Some(local);
        }
        rest = rest.get(4 + length.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (kind, value) in attributes {
            body.extend(kind.to_be_bytes());
            body.extend((value.len() as u16).to_be_bytes());
            body.extend_from_slice(value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        let mut message = BINDING_REQUEST.to_vec();
        message.extend((body.len() as u16).to_be_bytes());
        message.extend(MAGIC_COOKIE);
        message.extend([7; 12]);
        message.extend(body);
        message
    }

    #[test]
    fn the_local_fragment_is_found_behind_other_attributes() {
        let request = message(&[
            (0x8022, b"abc"),
            (USERNAME, b"mine:theirs"),
            (0x24, &[0; 4]),
        ]);
        assert_eq!(peek_username(&request), Some("mine"));
    }

    #[test]
    fn anything_else_is_none_and_never_panics() {
        let request = message(&[(0x8022, b"abc"), (USERNAME, b"mine:theirs")]);
        for length in 0..request.len() {
            assert_eq!(peek_username(&request[..length]), None);
        }
        assert_eq!(peek_username(&message(&[(USERNAME, b"no colon")])), None);
        assert_eq!(peek_username(&message(&[(USERNAME, &[0xFF, b':'])])), None);
        assert_eq!(peek_username(&message(&[(0x8022, b"abc")])), None);
        let mut response = request.clone();
        response[0] = 1;
        assert_eq!(peek_username(&response), None);
        let long = message(&[(USERNAME, b"mine:theirs"), (0x8022, &[0; MAX_STUN_BYTES])]);
        assert_eq!(peek_username(&long), None);
    }
}
