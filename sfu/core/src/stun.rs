//! A first cheap look at STUN messages, before anything is known about the sender.

/// The local user fragment that a binding request is addressed to: the part of USERNAME before
/// the colon (RFC 8445 §7.2.2). Reads the message in place and allocates nothing; `None` if the
/// message is not a binding request with a USERNAME.
#[must_use]
pub fn peek_username(message: &[u8]) -> Option<&str> {
    let _ = message;
    None
}
