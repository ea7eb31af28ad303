//! Master keys from the DTLS handshake.

use std::fmt;

/// The protection profiles that are accepted (RFC 5764 §4.1.2, RFC 7714 §14.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// `SRTP_AEAD_AES_128_GCM`.
    Aes128Gcm,
    /// `SRTP_AES128_CM_HMAC_SHA1_80`.
    Aes128CmSha1,
}

impl Profile {
    /// Length of a master salt in bytes.
    #[must_use]
    pub fn salt_length(self) -> usize {
        match self {
            Self::Aes128Gcm => 12,
            Self::Aes128CmSha1 => 14,
        }
    }

    /// Bytes of keying material that both directions take together.
    #[must_use]
    pub fn keying_material_length(self) -> usize {
        2 * (MASTER_KEY_LENGTH + self.salt_length())
    }
}

/// Length of a master key in bytes, for both profiles.
pub const MASTER_KEY_LENGTH: usize = 16;

/// Master key and salt of one direction.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    /// Master key.
    pub key: [u8; MASTER_KEY_LENGTH],
    /// Master salt: 12 bytes for GCM, 14 for AES-CM.
    pub salt: Vec<u8>,
}

/// What the DTLS handshake exports for SRTP (RFC 5764 §4.2). Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SrtpKeys {
    /// The negotiated profile.
    pub profile: Profile,
    /// Our direction.
    pub local: MasterKey,
    /// The peer's direction.
    pub remote: MasterKey,
}

impl SrtpKeys {
    /// Splits exported keying material: client key, server key, client salt, server salt.
    /// `is_client` says which of them is ours. `None` if the length is not the profile's.
    #[must_use]
    pub fn from_keying_material(
        profile: Profile,
        material: &[u8],
        is_client: bool,
    ) -> Option<Self> {
        if material.len() != profile.keying_material_length() {
            return None;
        }
        let (keys, salts) = material.split_at(2 * MASTER_KEY_LENGTH);
        let side = |position: usize| -> Option<MasterKey> {
            let key = keys
                .chunks_exact(MASTER_KEY_LENGTH)
                .nth(position)?
                .try_into()
                .ok()?;
            let salt = salts
                .chunks_exact(profile.salt_length())
                .nth(position)?
                .to_vec();
            Some(MasterKey { key, salt })
        };
        let (client, server) = (side(0)?, side(1)?);
        let (local, remote) = if is_client {
            (client, server)
        } else {
            (server, client)
        };
        Some(Self {
            profile,
            local,
            remote,
        })
    }

    /// The same keys seen from the other side.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            profile: self.profile,
            local: self.remote.clone(),
            remote: self.local.clone(),
        }
    }
}

impl fmt::Debug for SrtpKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SrtpKeys")
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}
