//! The browser's end of a DTLS association, for SRTP keys.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc_crypto::RTCCryptoProvider;
use rtc_dtls::config::{ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_srtp::config::LABEL_EXTRACTOR_DTLS_SRTP;
use sfu_core::certificate::Fingerprint;
use sfu_core::srtp::{Profile, SrtpKeys};

pub struct DtlsClient {
    endpoint: Endpoint,
    provider: Arc<dyn RTCCryptoProvider>,
    certificate: Certificate,
    started: bool,
    done: bool,
}

fn server() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 1))
}

impl DtlsClient {
    pub fn new() -> DtlsClient {
        let provider = rtc_crypto::default_provider().unwrap();
        let names = vec!["browser".to_owned()];
        let certificate = Certificate::generate_self_signed(names, provider.crypto()).unwrap();
        let endpoint = Endpoint::new(server(), TransportProtocol::UDP, None);
        DtlsClient {
            endpoint,
            provider,
            certificate,
            started: false,
            done: false,
        }
    }

    pub fn fingerprint(&self) -> String {
        Fingerprint::of_certificate(&self.certificate.certificate[0]).to_string()
    }

    pub fn start(&mut self, now: Instant) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let config = ConfigBuilder::default()
            .with_crypto_provider(Arc::clone(&self.provider))
            .with_certificates(vec![self.certificate.clone()])
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .with_flight_interval(Duration::from_millis(200))
            .with_insecure_skip_verify(true)
            .build(true, None)
            .unwrap();
        self.endpoint
            .connect(now, server(), Arc::new(config), None)
            .unwrap();
    }

    /// Takes a datagram in; the keys once they are there.
    pub fn handle(&mut self, now: Instant, datagram: &[u8]) -> Option<SrtpKeys> {
        let events = self
            .endpoint
            .read(now, server(), None, BytesMut::from(datagram));
        let complete = events
            .unwrap_or_default()
            .iter()
            .any(|event| matches!(event, EndpointEvent::HandshakeComplete));
        if !complete || std::mem::replace(&mut self.done, true) {
            return None;
        }
        let state = self.endpoint.get_connection_state(server()).unwrap();
        let profile = Profile::Aes128Gcm;
        let length = profile.keying_material_length();
        let material = state
            .export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], length)
            .unwrap();
        SrtpKeys::from_keying_material(profile, material.as_ref(), true)
    }

    /// Ends the association with a close_notify.
    pub fn close(&mut self, now: Instant) {
        drop(self.endpoint.stop(now, server()));
    }

    pub fn poll(&mut self, now: Instant) -> Option<Vec<u8>> {
        if self
            .endpoint
            .poll_timeout(&server())
            .is_some_and(|due| due <= now)
        {
            let _ = self.endpoint.handle_timeout(server(), now);
        }
        self.endpoint
            .poll_transmit()
            .map(|transmit| transmit.message.to_vec())
    }
}
