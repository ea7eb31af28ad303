//! Password hashes: argon2id (RFC 9106), with a limit on how many are computed at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use prometheus::IntCounter;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::AccountsConfig;

/// A hash that no password has: accounts that came with an import.
pub const NO_PASSWORD: &str = "!";

/// Too many hashes wait for their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords wait to be looked at")]
pub struct Busy;

/// Hashes and verifies at the configured cost. Clones share the limit.
#[derive(Clone)]
pub struct Hasher {
    argon2: Argon2<'static>,
    at_once: Arc<Semaphore>,
    waiting: Arc<AtomicU32>,
    most_waiting: u32,
    refused: IntCounter,
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
            waiting: Arc::default(),
            most_waiting: config.hashes_waiting,
            refused: IntCounter::new(
                "pinhui_password_hashes_refused_total",
                "Passwords that were not looked at since too many waited.",
            )?,
            decoy,
        })
    }

    /// How many were refused with [`Busy`].
    pub fn refused(&self) -> &IntCounter {
        &self.refused
    }

    /// Waits for a turn, unless too many wait already: a burst of guesses must not keep those
    /// who know their password waiting for minutes.
    async fn turn(&self) -> anyhow::Result<SemaphorePermit<'_>> {
        if let Ok(turn) = self.at_once.try_acquire() {
            return Ok(turn);
        }
        let place = Place::take(&self.waiting, self.most_waiting);
        let Some(_place) = place else {
            self.refused.inc();
            return Err(Busy.into());
        };
        Ok(self.at_once.acquire().await?)
    }

    /// The PHC string of a new password.
    ///
    /// # Errors
    /// The machine gives no memory or no randomness.
    pub async fn hash(&self, password: String) -> anyhow::Result<String> {
        let argon2 = self.argon2.clone();
        let _turn = self.turn().await?;
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
        let _turn = self.turn().await?;
        let fits = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await?;
        Ok(fits && exists)
    }
}

/// A place among those who wait; whoever goes away leaves it.
struct Place<'a>(&'a AtomicU32);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicU32, most: u32) -> Option<Self> {
        let one_more = |now: u32| (now < most).then_some(now + 1);
        let taken = waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.ok().map(|_| Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
    async fn beyond_those_who_wait_nobody_is_looked_at() {
        let config = AccountsConfig {
            argon2_memory_kib: 8,
            argon2_passes: 1,
            hashes_at_once: 1,
            hashes_waiting: 3,
            ..AccountsConfig::default()
        };
        let hasher = Hasher::new(&config).unwrap();
        // Someone else's turn lasts until all ten have come.
        let turn = hasher.at_once.acquire().await.unwrap();
        let all = (0..10).map(|_| hasher.hash("right".to_owned()));
        let all = futures_util::future::join_all(all);
        let (done, ()) = tokio::join!(all, async { drop(turn) });
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 3);
        let busy = done.into_iter().filter_map(Result::err);
        assert_eq!(busy.filter(|error| error.is::<Busy>()).count(), 7);
        assert_eq!(hasher.refused().get(), 7);
        assert!(
            hasher.hash("right".to_owned()).await.is_ok(),
            "places are left"
        );
    }

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
