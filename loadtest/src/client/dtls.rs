//! The DTLS client of one peer: `rtc-dtls` in the active role, AES-128-GCM as the only SRTP
//! profile, the server's certificate held against the fingerprint of its answer (RFC 8122).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use bytes::BytesMut;
use ring::digest;
use rtc_crypto::RTCCryptoProvider;
use rtc_dtls::config::{ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::{TransportProtocol, error::Error};
use rtc_srtp::config::LABEL_EXTRACTOR_DTLS_SRTP;

use super::srtp::{KEYING_MATERIAL, Session};

/// Retransmission interval of a flight.
const FLIGHT: Duration = Duration::from_millis(200);

/// The certificate that all lean clients of a run share, and the cryptography behind it.
#[derive(Clone)]
pub struct Identity {
    provider: Arc<dyn RTCCryptoProvider>,
    certificate: Certificate,
    /// `AB:CD:…`, SHA-256 of the certificate, as the offer names it.
    pub fingerprint: String,
}

impl Identity {
    /// Makes a fresh self-signed certificate.
    ///
    /// # Errors
    /// When no cryptography provider is built in.
    pub fn generate() -> Result<Self> {
        let provider = rtc_crypto::default_provider().map_err(|error| anyhow!("{error}"))?;
        let certificate =
            Certificate::generate_self_signed(vec!["loadtest".to_owned()], provider.crypto())?;
        let fingerprint = fingerprint(&certificate.certificate[0]);
        Ok(Self {
            provider,
            certificate,
            fingerprint,
        })
    }
}

/// SHA-256 of a DER certificate in the notation of SDP.
fn fingerprint(certificate: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, certificate);
    let pairs: Vec<String> = hash
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    pairs.join(":")
}

/// Is this datagram DTLS, by its first byte (RFC 7983)?
#[must_use]
pub fn is_dtls(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|byte| (20..64).contains(byte))
}

/// One association.
pub struct Client {
    endpoint: Endpoint,
    provider: Arc<dyn RTCCryptoProvider>,
    session: Option<Session>,
    complete: bool,
}

impl Client {
    /// Starts the handshake; the first flight waits in [`Client::poll_transmit`]. `expected` is
    /// the server's fingerprint in the notation of SDP.
    ///
    /// # Errors
    /// When the configuration is refused.
    pub fn connect(identity: &Identity, expected: &str, now: Instant) -> Result<Self> {
        let expected = expected.to_ascii_uppercase();
        let config = ConfigBuilder::default()
            .with_crypto_provider(identity.provider.clone())
            .with_certificates(vec![identity.certificate.clone()])
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .with_flight_interval(FLIGHT)
            .with_insecure_skip_verify(true)
            .with_verify_peer_certificate(Some(Arc::new(move |chain, _| match chain.first() {
                Some(first) if fingerprint(first) == expected => Ok(()),
                _ => Err(Error::Other(
                    "another certificate than the answer names".into(),
                )),
            })))
            .build(true, None)?;
        let mut endpoint = Endpoint::new(remote(), TransportProtocol::UDP, None);
        endpoint.connect(now, remote(), Arc::new(config), None)?;
        Ok(Self {
            endpoint,
            provider: identity.provider.clone(),
            session: None,
            complete: false,
        })
    }

    /// Takes a datagram in. The session's keys appear in [`Client::take_session`] once.
    ///
    /// # Errors
    /// When the handshake failed or the server closed the association.
    pub fn handle_datagram(&mut self, datagram: &[u8], now: Instant) -> Result<()> {
        let events = self
            .endpoint
            .read(now, remote(), None, BytesMut::from(datagram))?;
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete if !self.complete => self.finish()?,
                EndpointEvent::PeerClosed => bail!("the server closed the association"),
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let state = self
            .endpoint
            .get_connection_state(remote())
            .context("no association")?;
        if state.srtp_protection_profile() != SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm {
            bail!("the server did not choose AES-128-GCM");
        }
        let material =
            state.export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], KEYING_MATERIAL)?;
        let session = Session::from_keying_material(material.as_ref(), self.provider.crypto())?;
        self.session = Some(session);
        self.complete = true;
        Ok(())
    }

    /// Repeats a flight when its time has come.
    ///
    /// # Errors
    /// When the handshake was given up.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<()> {
        Ok(self.endpoint.handle_timeout(remote(), now)?)
    }

    /// When [`Client::handle_timeout`] is next due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.complete {
            None
        } else {
            self.endpoint.poll_timeout(&remote())
        }
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<BytesMut> {
        self.endpoint
            .poll_transmit()
            .map(|transmit| transmit.message)
    }

    /// The SRTP session, once, after the handshake.
    pub fn take_session(&mut self) -> Option<Session> {
        self.session.take()
    }
}

/// The association's key in the endpoint: constant, so that addresses never touch DTLS.
pub(super) fn remote() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 1))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rtc_dtls::config::{ClientAuthType, HandshakeConfig};

    /// The keys of a server's association, once the handshake is complete.
    pub(crate) fn session(server: &Endpoint, identity: &Identity) -> Option<Session> {
        let state = server.get_connection_state(remote())?;
        let material = state
            .export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], KEYING_MATERIAL)
            .ok()?;
        Session::from_keying_material(material.as_ref(), identity.provider.crypto()).ok()
    }

    /// A DTLS server as an SFU runs it, with its identity.
    pub(crate) fn server(identity: &Identity) -> Endpoint {
        let config: HandshakeConfig = ConfigBuilder::default()
            .with_crypto_provider(identity.provider.clone())
            .with_certificates(vec![identity.certificate.clone()])
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .with_insecure_skip_verify(true)
            .with_verify_peer_certificate(Some(Arc::new(|_, _| Ok(()))))
            .build(false, None)
            .unwrap();
        Endpoint::new(remote(), TransportProtocol::UDP, Some(Arc::new(config)))
    }

    fn shake(client: &mut Client, server: &mut Endpoint) -> Result<()> {
        let now = Instant::now();
        for _ in 0..10 {
            while let Some(out) = client.poll_transmit() {
                let _ = server.read(now, remote(), None, out);
            }
            while let Some(out) = server.poll_transmit() {
                client.handle_datagram(&out.message, now)?;
            }
        }
        Ok(())
    }

    #[test]
    fn both_sides_get_the_same_keys() {
        let identity = Identity::generate().unwrap();
        let mut server = server(&identity);
        let mut client = Client::connect(&identity, &identity.fingerprint, Instant::now()).unwrap();
        shake(&mut client, &mut server).unwrap();
        let mut session = client.take_session().unwrap();
        let state = server.get_connection_state(remote()).unwrap();
        let material = state
            .export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], KEYING_MATERIAL)
            .unwrap();
        let crypto = identity.provider.crypto();
        let mut other = Session::from_keying_material(material.as_ref(), crypto).unwrap();
        let mut packet = vec![0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 42];
        session.outbound.seal_rtp(&mut packet, 12).unwrap();
        assert_eq!(other.outbound.open_rtp(&mut packet, 12).unwrap(), 13);
    }

    #[test]
    fn another_certificate_is_refused() {
        let identity = Identity::generate().unwrap();
        let mut server = server(&identity);
        let other = Identity::generate().unwrap().fingerprint;
        let mut client = Client::connect(&identity, &other, Instant::now()).unwrap();
        let result = shake(&mut client, &mut server);
        assert!(result.is_err() || client.take_session().is_none());
    }
}
