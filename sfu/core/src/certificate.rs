//! Who we are and whom we expect: the node's DTLS certificate and certificate fingerprints.
//!
//! A peer connection is authenticated by comparing the certificate that the other side shows in
//! the DTLS handshake with the fingerprint that came in its session description (RFC 8122, 8842).
//! One [`Identity`] is made per run of a node and shared by all its workers.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ring::digest;
use rtc_crypto::RTCCryptoProvider;
use rtc_dtls::crypto::Certificate;

/// What can be wrong with a certificate or a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No cryptography provider, or it could not make a key.
    #[error("no certificate could be made: {0}")]
    Certificate(String),
    /// The fingerprint attribute is not `<hash> <hex>:<hex>…`.
    #[error("the fingerprint cannot be read")]
    MalformedFingerprint,
    /// A hash function other than SHA-256, SHA-384 or SHA-512.
    #[error("the fingerprint uses a hash that is not accepted")]
    UnsupportedHash,
}

/// Hash of a certificate as it stands in `a=fingerprint` (RFC 8122 §5).
///
/// ```
/// use sfu_core::certificate::Fingerprint;
/// let text = format!("sha-256 {}", vec!["0A"; 32].join(":"));
/// let fingerprint: Fingerprint = text.parse().unwrap();
/// assert_eq!(fingerprint.to_string(), text);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint {
    hash: FingerprintHash,
    digest: Vec<u8>,
}

/// Hash functions that we accept for fingerprints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum FingerprintHash {
    Sha256,
    Sha384,
    Sha512,
}

impl FingerprintHash {
    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    fn digest_length(self) -> usize {
        self.algorithm().output_len()
    }
}

impl Fingerprint {
    /// SHA-256 fingerprint of a certificate in DER.
    #[must_use]
    pub fn of_certificate(der: &[u8]) -> Self {
        Self::hash_with(FingerprintHash::Sha256, der)
    }

    /// Whether this is the fingerprint of the certificate `der`.
    #[must_use]
    pub fn matches(&self, der: &[u8]) -> bool {
        Self::hash_with(self.hash, der) == *self
    }

    fn hash_with(hash: FingerprintHash, der: &[u8]) -> Self {
        Self {
            hash,
            digest: digest::digest(hash.algorithm(), der).as_ref().to_vec(),
        }
    }
}

impl FromStr for Fingerprint {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let (name, hex) = text
            .trim()
            .split_once(' ')
            .ok_or(IdentityError::MalformedFingerprint)?;
        let hash = [
            FingerprintHash::Sha256,
            FingerprintHash::Sha384,
            FingerprintHash::Sha512,
        ]
        .into_iter()
        .find(|hash| hash.name().eq_ignore_ascii_case(name))
        .ok_or(IdentityError::UnsupportedHash)?;
        let digest = hex
            .trim()
            .split(':')
            .take(hash.digest_length() + 1)
            .map(|pair| match pair.len() {
                2 => u8::from_str_radix(pair, 16).map_err(|_| IdentityError::MalformedFingerprint),
                _ => Err(IdentityError::MalformedFingerprint),
            })
            .collect::<Result<Vec<u8>, _>>()?;
        if digest.len() != hash.digest_length() {
            return Err(IdentityError::MalformedFingerprint);
        }
        Ok(Self { hash, digest })
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ", self.hash.name())?;
        for (position, byte) in self.digest.iter().enumerate() {
            let separator = if position == 0 { "" } else { ":" };
            write!(formatter, "{separator}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({self})")
    }
}

/// The node's self-signed certificate with its key: one per run, shared by all workers.
pub struct Identity {
    pub(crate) provider: Arc<dyn RTCCryptoProvider>,
    pub(crate) certificate: Certificate,
    fingerprint: Fingerprint,
}

impl Identity {
    /// Makes a new key (ECDSA P-256) and a self-signed certificate for it.
    ///
    /// # Errors
    /// [`IdentityError::Certificate`] if the key or the certificate cannot be made.
    pub fn generate() -> Result<Self, IdentityError> {
        let fault = |error: String| IdentityError::Certificate(error);
        let provider = rtc_crypto::default_provider().map_err(|error| fault(error.to_string()))?;
        let certificate =
            Certificate::generate_self_signed(vec!["pinhui".to_owned()], provider.crypto())
                .map_err(|error| fault(error.to_string()))?;
        let fingerprint = Fingerprint::of_certificate(&certificate.certificate[0]);
        Ok(Self {
            provider,
            certificate,
            fingerprint,
        })
    }

    /// The fingerprint that stands in our answers.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The cryptography provider that the key belongs to.
    #[must_use]
    pub fn provider(&self) -> &Arc<dyn RTCCryptoProvider> {
        &self.provider
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("fingerprint", &self.fingerprint)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_identities_have_different_fingerprints() {
        let (first, second) = (Identity::generate().unwrap(), Identity::generate().unwrap());
        assert_ne!(first.fingerprint(), second.fingerprint());
        let der = &first.certificate.certificate[0];
        assert!(first.fingerprint().matches(der));
        assert!(!second.fingerprint().matches(der));
    }

    #[test]
    fn fingerprint_survives_a_round_trip_through_text() {
        let identity = Identity::generate().unwrap();
        let text = identity.fingerprint().to_string();
        assert_eq!(
            text.parse::<Fingerprint>().unwrap(),
            *identity.fingerprint()
        );
        assert_eq!(
            text.to_lowercase().parse::<Fingerprint>().unwrap(),
            *identity.fingerprint()
        );
    }

    #[test]
    fn bad_fingerprints_are_refused() {
        let short = format!("sha-256 {}", vec!["AA"; 31].join(":"));
        let long = format!("sha-256 {}", vec!["AA"; 33].join(":"));
        for text in ["", "sha-256", "sha-256 AA", &short, &long, "sha-256 +A:BB"] {
            let result = text.parse::<Fingerprint>();
            assert_eq!(result, Err(IdentityError::MalformedFingerprint), "{text}");
        }
        let weak = format!("sha-1 {}", vec!["AA"; 20].join(":"));
        assert_eq!(
            weak.parse::<Fingerprint>(),
            Err(IdentityError::UnsupportedHash)
        );
    }
}
