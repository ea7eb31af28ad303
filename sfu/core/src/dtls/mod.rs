//! DTLS 1.2 in the passive role, for SRTP keys only (RFC 5764, RFC 8842).
//!
//! [`Association`] stands around `rtc-dtls` and adds what a server on an open port needs: the
//! limits of the `records` module, AES-128-GCM before AES-CM-SHA1 whatever order the client
//! likes, the check of the peer's fingerprint, and an end from which no late datagram wakes it.

mod association;
mod config;
mod records;

pub use association::{Association, DtlsError, LATE_DATAGRAMS_PER_SECOND, MAX_DATAGRAMS};
pub use config::FLIGHT_INTERVAL;
pub use records::{
    MAX_DATAGRAM_BYTES, MAX_ENCRYPTED_HANDSHAKE_BYTES, MAX_FRAGMENTS, MAX_HANDSHAKE_MESSAGE_BYTES,
    MAX_MESSAGE_SEQUENCE, MIN_FRAGMENT_BYTES, RecordError,
};
