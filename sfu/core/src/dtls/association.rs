//! One association over its whole life.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc_dtls::config::HandshakeConfig;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_shared::TransportProtocol;
use rtc_shared::error::Error;
use rtc_srtp::config::LABEL_EXTRACTOR_DTLS_SRTP;

use super::config::{FLIGHT_INTERVAL, WRONG_CERTIFICATE, library_profile, server_config};
use super::records::{Progress, RecordError, RecordFilter, is_server_hello};
use crate::certificate::{Fingerprint, Identity};
use crate::srtp::{Profile, SrtpKeys};

/// Most datagrams that a handshake takes in. It needs 5 to 8; the rest is room for repeats. What
/// the record filter drops takes no room.
pub const MAX_DATAGRAMS: usize = 128;

/// Most datagrams per second that are taken in once the handshake is complete: the peer has its
/// goodbye to say, and repeats of the last flight.
pub const LATE_DATAGRAMS_PER_SECOND: usize = 16;

/// Longest wait before a flight is repeated. The library repeats at a fixed interval and gives up
/// after seven times; its timer is stretched so that a handshake survives an outage of seconds.
const MAX_FLIGHT_INTERVAL: Duration = Duration::from_secs(3);

/// The library tells associations apart by the peer's address. There is one per endpoint here, so
/// its key is a constant: a change of address never touches DTLS.
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

/// Why a handshake cannot go on, or a datagram was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DtlsError {
    /// The association has failed, was closed by the peer, or was stopped.
    #[error("the association has ended")]
    Ended,
    /// More than [`MAX_DATAGRAMS`] or [`LATE_DATAGRAMS_PER_SECOND`]; the datagram was dropped.
    #[error("too many datagrams for one association")]
    TooManyDatagrams,
    /// The datagram was dropped before the handshake saw it.
    #[error(transparent)]
    Records(#[from] RecordError),
    /// The peer's certificate does not have the fingerprint of its session description.
    #[error("the peer's certificate is not the one of its session description")]
    WrongCertificate,
    /// The client offers neither AES-128-GCM nor AES-CM-SHA1-80.
    #[error("no SRTP profile in common")]
    NoSrtpProfile,
    /// Anything else that ended the handshake.
    #[error("the handshake failed: {0}")]
    Handshake(String),
}

/// One DTLS association: the server side of one peer connection.
///
/// Drive it like every core: `handle_…` with datagrams and time, then `poll_…` until empty.
pub struct Association {
    stage: Stage,
    filter: RecordFilter,
    datagrams: usize,
    /// When the second began that `datagrams` counts, once the handshake is complete.
    late_second: Instant,
    /// The client's hello was answered.
    answered: bool,
    /// Flights repeated since the last datagram.
    repeats: u32,
    transmits: VecDeque<Vec<u8>>,
    keys: Option<SrtpKeys>,
    expected: Fingerprint,
}

enum Stage {
    /// AES-128-GCM is tried; nothing has been sent yet. Holds the datagrams so far, in case the
    /// client does not know it.
    Preferring {
        endpoint: Box<Endpoint>,
        fallback: Arc<HandshakeConfig>,
        held: Vec<BytesMut>,
    },
    /// The profile is settled.
    Settled {
        endpoint: Box<Endpoint>,
        profile: Profile,
        completed: bool,
    },
    /// Failed, closed or stopped. The endpoint is dropped: it would open a new association for a
    /// late datagram.
    Ended { failed: bool },
}

impl Association {
    /// A new association that accepts only the certificate named by `expected`.
    ///
    /// # Errors
    /// [`DtlsError::Handshake`] if the identity cannot be used.
    pub fn new(
        identity: &Identity,
        expected: Fingerprint,
        now: Instant,
    ) -> Result<Self, DtlsError> {
        let config = |profile| {
            server_config(identity, &expected, profile)
                .map_err(|error| DtlsError::Handshake(error.to_string()))
        };
        let stage = Stage::Preferring {
            endpoint: endpoint(config(Profile::Aes128Gcm)?),
            fallback: config(Profile::Aes128CmSha1)?,
            held: Vec::new(),
        };
        Ok(Self {
            stage,
            filter: RecordFilter::default(),
            datagrams: 0,
            late_second: now,
            answered: false,
            repeats: 0,
            transmits: VecDeque::new(),
            keys: None,
            expected,
        })
    }

    /// Takes in one datagram. Only datagrams from a path that passed an authenticated
    /// connectivity check may come here.
    ///
    /// # Errors
    /// [`DtlsError`], for the caller to count. The association goes on after `TooManyDatagrams`
    /// and `Records`; any other error has ended it ([`Association::is_failed`]).
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) -> Result<(), DtlsError> {
        let progress = match &self.stage {
            Stage::Ended { .. } => return Err(DtlsError::Ended),
            Stage::Settled {
                completed: true, ..
            } => Progress::Complete,
            _ if self.answered => Progress::Answered,
            _ => Progress::Greeting,
        };
        let mut passed = BytesMut::with_capacity(datagram.len());
        self.filter.filter(datagram, progress, &mut passed)?;
        if passed.is_empty() {
            return Ok(());
        }
        self.take_place(now)?;
        self.repeats = 0;
        let result = self.read(now, passed);
        self.answered |= self
            .transmits
            .iter()
            .any(|datagram| is_server_hello(datagram));
        if let Err(error) = &result {
            tracing::debug!(%error, "DTLS association failed");
            self.end(true);
        }
        result
    }

    /// Takes a place among the datagrams that the library may see.
    fn take_place(&mut self, now: Instant) -> Result<(), DtlsError> {
        let most = if self.is_complete() {
            if now.saturating_duration_since(self.late_second) >= Duration::from_secs(1) {
                self.late_second = now;
                self.datagrams = 0;
            }
            LATE_DATAGRAMS_PER_SECOND
        } else {
            MAX_DATAGRAMS
        };
        if self.datagrams >= most {
            return Err(DtlsError::TooManyDatagrams);
        }
        self.datagrams += 1;
        Ok(())
    }

    /// Repeats a flight whose time has come.
    ///
    /// # Errors
    /// [`DtlsError::Handshake`] if the handshake has run out of attempts; it has failed then.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsError> {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return Ok(());
        }
        let endpoint = match &mut self.stage {
            Stage::Preferring { endpoint, .. } | Stage::Settled { endpoint, .. } => endpoint,
            Stage::Ended { .. } => return Ok(()),
        };
        self.repeats += 1;
        let result = endpoint.handle_timeout(PEER, now);
        drain(endpoint, &mut self.transmits);
        result.map_err(|error| {
            self.end(true);
            DtlsError::Handshake(error.to_string())
        })
    }

    /// The next datagram to send, over the path that the last datagram or the nomination gives.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmits.pop_front()
    }

    /// When [`Association::handle_timeout`] is wanted; `None` while nothing waits for an answer.
    /// The wait doubles with each repeat (RFC 6347 §4.2.4.1), from [`FLIGHT_INTERVAL`] to 3 s.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let endpoint = match &self.stage {
            // Once complete, only the client repeats its last flight, and that is an input.
            Stage::Settled {
                completed: true, ..
            }
            | Stage::Ended { .. } => return None,
            Stage::Preferring { endpoint, .. } | Stage::Settled { endpoint, .. } => endpoint,
        };
        let wait = FLIGHT_INTERVAL * 2_u32.saturating_pow(self.repeats.min(8));
        let stretch = wait.min(MAX_FLIGHT_INTERVAL) - FLIGHT_INTERVAL;
        endpoint.poll_timeout(&PEER).map(|due| due + stretch)
    }

    /// The SRTP keys, once, after the handshake is complete.
    pub fn take_keys(&mut self) -> Option<SrtpKeys> {
        self.keys.take()
    }

    /// Whether the handshake has completed (and the association has not ended since).
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(
            self.stage,
            Stage::Settled {
                completed: true,
                ..
            }
        )
    }

    /// Whether the handshake failed, or the peer closed the association.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        matches!(self.stage, Stage::Ended { failed: true })
    }

    /// Ends the association; a close_notify is left for [`Association::poll_transmit`].
    pub fn stop(&mut self, now: Instant) {
        if let Stage::Preferring { endpoint, .. } | Stage::Settled { endpoint, .. } =
            &mut self.stage
        {
            // What it returns is the connection, which ends here.
            drop(endpoint.stop(now, PEER));
            drain(endpoint, &mut self.transmits);
            self.end(false);
        }
    }

    fn end(&mut self, failed: bool) {
        self.stage = Stage::Ended { failed };
        self.keys = None;
    }

    fn read(&mut self, now: Instant, datagram: BytesMut) -> Result<(), DtlsError> {
        if let Stage::Preferring { endpoint, held, .. } = &mut self.stage {
            held.push(datagram.clone());
            match endpoint.read(now, PEER, None, datagram) {
                Err(Error::ErrServerNoMatchingSrtpProfile) => return self.fall_back(now),
                result => {
                    let sent = drain(endpoint, &mut self.transmits);
                    if sent {
                        self.settle();
                    }
                    return self.take_events(result);
                }
            }
        }
        let Stage::Settled { endpoint, .. } = &mut self.stage else {
            return Err(DtlsError::Ended);
        };
        let result = endpoint.read(now, PEER, None, datagram);
        drain(endpoint, &mut self.transmits);
        self.take_events(result)
    }

    /// The first answer has been written: the client knows AES-128-GCM.
    fn settle(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Ended { failed: false });
        self.stage = match stage {
            Stage::Preferring { endpoint, .. } => Stage::Settled {
                endpoint,
                profile: Profile::Aes128Gcm,
                completed: false,
            },
            other => other,
        };
    }

    /// The client does not know AES-128-GCM: begins anew with AES-CM-SHA1 and feeds it what was
    /// held. The first endpoint goes without its alert being sent.
    fn fall_back(&mut self, now: Instant) -> Result<(), DtlsError> {
        let stage = std::mem::replace(&mut self.stage, Stage::Ended { failed: false });
        let Stage::Preferring { fallback, held, .. } = stage else {
            return Err(DtlsError::Ended);
        };
        let profile = Profile::Aes128CmSha1;
        self.stage = Stage::Settled {
            endpoint: endpoint(fallback),
            profile,
            completed: false,
        };
        held.into_iter()
            .try_for_each(|datagram| self.read(now, datagram))
    }

    fn take_events(
        &mut self,
        result: rtc_shared::error::Result<Vec<EndpointEvent>>,
    ) -> Result<(), DtlsError> {
        for event in result.map_err(handshake_error)? {
            match event {
                EndpointEvent::HandshakeComplete => self.complete()?,
                EndpointEvent::PeerClosed => return Err(DtlsError::Ended),
                // No data channel is ever agreed on: what comes is dropped.
                _ => {}
            }
        }
        Ok(())
    }

    /// Exports the keys (RFC 5764 §4.2).
    fn complete(&mut self) -> Result<(), DtlsError> {
        let Stage::Settled {
            endpoint,
            profile,
            completed,
        } = &mut self.stage
        else {
            return Err(DtlsError::Ended);
        };
        let state = endpoint
            .get_connection_state(PEER)
            .ok_or(DtlsError::Ended)?;
        if !state
            .peer_certificates
            .first()
            .is_some_and(|shown| self.expected.matches(shown))
        {
            return Err(DtlsError::WrongCertificate);
        }
        // A client that sends no use_srtp at all completes with no profile chosen.
        if state.srtp_protection_profile() != library_profile(*profile) {
            return Err(DtlsError::NoSrtpProfile);
        }
        let length = profile.keying_material_length();
        let material = state
            .export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], length)
            .map_err(|error| DtlsError::Handshake(error.to_string()))?;
        let keys = SrtpKeys::from_keying_material(*profile, material.as_ref(), false);
        self.keys = Some(keys.ok_or(DtlsError::NoSrtpProfile)?);
        *completed = true;
        Ok(())
    }
}

impl std::fmt::Debug for Association {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stage = match &self.stage {
            Stage::Preferring { .. } => "preferring",
            Stage::Settled {
                completed: false, ..
            } => "settled",
            Stage::Settled {
                completed: true, ..
            } => "completed",
            Stage::Ended { .. } => "ended",
        };
        formatter
            .debug_struct("Association")
            .field("stage", &stage)
            .finish_non_exhaustive()
    }
}

fn endpoint(config: Arc<HandshakeConfig>) -> Box<Endpoint> {
    Box::new(Endpoint::new(PEER, TransportProtocol::UDP, Some(config)))
}

/// Moves what the endpoint wants to send; says whether there was anything.
fn drain(endpoint: &mut Endpoint, transmits: &mut VecDeque<Vec<u8>>) -> bool {
    let before = transmits.len();
    while let Some(transmit) = endpoint.poll_transmit() {
        transmits.push_back(transmit.message.to_vec());
    }
    transmits.len() > before
}

fn handshake_error(error: Error) -> DtlsError {
    match error {
        Error::ErrServerNoMatchingSrtpProfile => DtlsError::NoSrtpProfile,
        Error::Other(text) if text == WRONG_CERTIFICATE => DtlsError::WrongCertificate,
        error => DtlsError::Handshake(error.to_string()),
    }
}
