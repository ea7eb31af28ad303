//! Password hashes: argon2id (RFC 9106), with a limit on how many are computed at once.

use std::sync::Arc;

use anyhow::Context;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::config::AccountsConfig;

/// A hash that no password has: accounts that came with an import.
pub const NO_PASSWORD: &str = "!";

/// Hashes and verifies at the configured cost. Clones share the limit.
#[derive(Clone)]
pub struct Hasher {
    argon2: Argon2<'static>,
    at_once: Arc<Semaphore>,
    /// Verified in the place of an account that does not exist, so that the answer takes as long.
    decoy: Arc<str>,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

impl Hasher {
    /// With the cost of `config`.
    ///
    /// # Errors
    /// argon2id does not know this cost.
    pub fn new(config: &AccountsConfig) -> anyhow::Result<Self> {
        let params = Params::new(
            config.argon2_memory_kib,
            config.argon2_passes,
            config.argon2_lanes,
            None,
        )
        .context("accounts.argon2_*")?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash_now(&argon2, "decoy")?.into();
        let at_once = Arc::new(Semaphore::new(config.hashes_at_once as usize));
        Ok(Self {
            argon2,
            at_once,
            decoy,
        })
    }

    /// The PHC string of a new password.
    ///
    /// # Errors
    /// The machine gives no memory or no randomness.
    pub async fn hash(&self, password: String) -> anyhow::Result<String> {
        let argon2 = self.argon2.clone();
        let _turn = self.at_once.acquire().await?;
        tokio::task::spawn_blocking(move || hash_now(&argon2, &password)).await?
    }

    /// Is this the password of `stored`? Without a stored hash the same work is done and the
    /// answer is no.
    ///
    /// # Errors
    /// The computation did not run.
    pub async fn verify(&self, password: String, stored: Option<String>) -> anyhow::Result<bool> {
        let stored = stored.filter(|hash| hash != NO_PASSWORD);
        let exists = stored.is_some();
        let hash = stored.unwrap_or_else(|| self.decoy.to_string());
        let argon2 = self.argon2.clone();
        let _turn = self.at_once.acquire().await?;
        let fits = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await?;
        Ok(fits && exists)
    }
}

fn hash_now(argon2: &Argon2<'_>, password: &str) -> anyhow::Result<String> {
    argon2
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| anyhow::anyhow!("argon2id: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn verifies_its_own_hashes_and_nothing_else() {
        let config = AccountsConfig {
            argon2_memory_kib: 8,
            argon2_passes: 1,
            ..AccountsConfig::default()
        };
        let hasher = Hasher::new(&config).unwrap();
        let hash = hasher.hash("right".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        let verify = |password: &str, stored: Option<&str>| {
            hasher.verify(password.to_owned(), stored.map(str::to_owned))
        };
        assert!(verify("right", Some(&hash)).await.unwrap());
        assert!(!verify("wrong", Some(&hash)).await.unwrap());
        assert!(!verify("decoy", None).await.unwrap());
        assert!(!verify("!", Some(NO_PASSWORD)).await.unwrap());
    }
}
