//! DTLS 1.2 in the passive role, for SRTP keys only (RFC 5764).

use std::time::Instant;

use crate::certificate::{Fingerprint, Identity};
use crate::srtp::SrtpKeys;

/// Why a handshake cannot go on, or a datagram was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DtlsError {
    /// The association has failed or was stopped.
    #[error("the association has ended")]
    Ended,
}

/// One DTLS association: the server side of one peer connection.
pub struct Association {}

impl Association {
    /// A new association that accepts only the certificate named by `expected`.
    ///
    /// # Errors
    /// [`DtlsError`] if the configuration is refused.
    pub fn new(
        identity: &Identity,
        expected: Fingerprint,
        now: Instant,
    ) -> Result<Self, DtlsError> {
        let _ = (identity, expected, now);
        Ok(Self {})
    }

    /// Takes in one datagram. Only datagrams from a path that passed a check may come here.
    ///
    /// # Errors
    /// [`DtlsError`]: counted by the caller; see [`Association::is_failed`] for the end.
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) -> Result<(), DtlsError> {
        let _ = (now, datagram);
        Err(DtlsError::Ended)
    }

    /// Repeats a flight whose time has come.
    ///
    /// # Errors
    /// [`DtlsError`] if the handshake has run out of attempts.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsError> {
        let _ = now;
        Ok(())
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// When [`Association::handle_timeout`] is wanted.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// The SRTP keys, once, after the handshake is complete.
    pub fn take_keys(&mut self) -> Option<SrtpKeys> {
        None
    }

    /// Whether the handshake failed or the other side closed.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        false
    }

    /// Ends the association; a close_notify may be left for [`Association::poll_transmit`].
    pub fn stop(&mut self, now: Instant) {
        let _ = now;
    }
}
