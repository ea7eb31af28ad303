//! The handshake's configuration.

use std::sync::Arc;
use std::time::Duration;

use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::error::{Error, Result};

use crate::certificate::{Fingerprint, Identity};
use crate::srtp::Profile;

/// How long an unanswered flight waits before it is sent again.
pub const FLIGHT_INTERVAL: Duration = Duration::from_millis(200);

/// Text of the error that a wrong certificate ends in.
pub(super) const WRONG_CERTIFICATE: &str = "the certificate is not the announced one";

/// A server configuration that accepts one SRTP profile and one certificate.
///
/// The extended master secret is required (RFC 7627): the library does not compare the client's
/// Finished, and only the extended secret binds the keys to the whole handshake.
pub(super) fn server_config(
    identity: &Identity,
    expected: &Fingerprint,
    profile: Profile,
) -> Result<Arc<HandshakeConfig>> {
    let expected = expected.clone();
    let config = ConfigBuilder::default()
        .with_crypto_provider(identity.provider.clone())
        .with_certificates(vec![identity.certificate.clone()])
        .with_srtp_protection_profiles(vec![library_profile(profile)])
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        .with_insecure_skip_verify(true)
        .with_verify_peer_certificate(Some(Arc::new(move |shown: &[Vec<u8>], _| {
            match shown.first() {
                Some(certificate) if expected.matches(certificate) => Ok(()),
                _ => Err(Error::Other(WRONG_CERTIFICATE.to_owned())),
            }
        })))
        .with_flight_interval(FLIGHT_INTERVAL)
        .build(false, None)?;
    Ok(Arc::new(config))
}

/// The library's name for a profile.
pub(super) fn library_profile(profile: Profile) -> SrtpProtectionProfile {
    match profile {
        Profile::Aes128Gcm => SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
        Profile::Aes128CmSha1 => SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
    }
}
