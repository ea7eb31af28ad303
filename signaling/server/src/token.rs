//! Join tokens: JWT (RFC 7519) with HS256, one person, one fair, one connection. And resume secrets:
//! JWT with HS512, so that neither passes for the other; with one a tab comes back, as often as it
//! loses its socket, also after a restart of the server.

use std::path::Path;
use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use signaling_protocol::{FairId, JoinClaims, PersonId, Role};

/// The longest id of a token that is remembered, bytes.
const JTI_BYTES: usize = 64;

/// The key that signs and verifies join tokens. The portal and the load test share its file with
/// the live server.
#[derive(Clone)]
pub struct TokenKey(Arc<Keys>);

struct Keys {
    sign: EncodingKey,
    verify: DecodingKey,
    join: Validation,
    resume: Validation,
}

/// What a resume secret says: whose tab it is, as the join token said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResumeClaims {
    pub fair: FairId,
    pub sub: PersonId,
    pub role: Role,
    pub name: String,
    pub headline: String,
    /// When the join token was made, seconds since 1970.
    pub since_s: i64,
    /// When the secret was made, seconds since 1970.
    pub iat: i64,
    /// Names the tab.
    pub tab: u64,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not signed by this key, or not a join token at all.
    #[error("forged or unreadable")]
    Forged,
    /// Its time is over, or its life is longer than is allowed.
    #[error("expired")]
    Expired,
    /// Used before.
    #[error("spent")]
    Spent,
}

impl TokenKey {
    /// Reads the key from `path`, or makes one there that only its owner can read.
    ///
    /// # Errors
    /// The file cannot be read or made, is open to others, or is too short.
    pub fn load_or_create(path: &Path) -> anyhow::Result<Self> {
        let key = base::key_file::load_or_create(path)?;
        Ok(Self::from_bytes(&key))
    }

    /// A key of these bytes.
    pub fn from_bytes(key: &[u8]) -> Self {
        let rules = |algorithm| {
            let mut rules = Validation::new(algorithm);
            // Times are checked against the server's own clock.
            rules.validate_exp = false;
            rules.validate_aud = false;
            rules.required_spec_claims.clear();
            rules
        };
        Self(Arc::new(Keys {
            sign: EncodingKey::from_secret(key),
            verify: DecodingKey::from_secret(key),
            join: rules(Algorithm::HS256),
            resume: rules(Algorithm::HS512),
        }))
    }

    /// Signs a token.
    pub fn sign(&self, claims: &JoinClaims) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.0.sign)
            .expect("invariant: plain claims serialise and an HMAC key signs")
    }

    /// Makes a resume secret.
    pub(crate) fn seal(&self, claims: &ResumeClaims) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::HS512), claims, &self.0.sign)
            .expect("invariant: plain claims serialise and an HMAC key signs")
    }

    /// Reads a resume secret that is at most `life_s` old; `now_ms` is ms since 1970.
    ///
    /// # Errors
    /// It is forged or too old.
    pub(crate) fn open(
        &self,
        secret: &str,
        now_ms: i64,
        life_s: i64,
    ) -> Result<ResumeClaims, TokenError> {
        let claims = jsonwebtoken::decode::<ResumeClaims>(secret, &self.0.verify, &self.0.resume)
            .map_err(|_| TokenError::Forged)?
            .claims;
        if claims.iat.saturating_add(life_s).saturating_mul(1_000) <= now_ms {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }

    /// Reads a token and checks its signature and time; `now_ms` is ms since 1970.
    ///
    /// # Errors
    /// See [`TokenError`]; spent tokens are [`SpentTokens`]'s to know.
    pub fn verify(&self, token: &str, now_ms: i64, life_s: i64) -> Result<JoinClaims, TokenError> {
        let claims = jsonwebtoken::decode::<JoinClaims>(token, &self.0.verify, &self.0.join)
            .map_err(|_| TokenError::Forged)?
            .claims;
        if claims.jti.is_empty() || claims.jti.len() > JTI_BYTES {
            return Err(TokenError::Forged);
        }
        let too_long = claims.exp.saturating_sub(claims.iat) > life_s;
        if too_long || claims.exp.saturating_mul(1_000) <= now_ms {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

/// Tokens that were used and have not expired. They are also in the database, so that a restart
/// does not make them good again.
#[derive(Debug, Default)]
pub(crate) struct SpentTokens {
    until_ms: DashMap<String, i64>,
}

impl SpentTokens {
    /// Those that an earlier run spent.
    pub(crate) fn restore(tokens: Vec<(String, i64)>) -> Self {
        Self {
            until_ms: tokens.into_iter().collect(),
        }
    }

    /// Spends a token.
    ///
    /// # Errors
    /// It was spent before.
    pub(crate) fn spend(&self, claims: &JoinClaims) -> Result<(), TokenError> {
        match self.until_ms.entry(claims.jti.clone()) {
            Entry::Occupied(_) => Err(TokenError::Spent),
            Entry::Vacant(free) => {
                free.insert(claims.exp.saturating_mul(1_000));
                Ok(())
            }
        }
    }

    /// Forgets those that have expired: their time refuses them.
    pub(crate) fn forget(&self, now_ms: i64) {
        self.until_ms.retain(|_, until_ms| *until_ms > now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    use signaling_protocol::{FairId, PersonId, Role};

    fn claims() -> JoinClaims {
        JoinClaims {
            sub: PersonId(uuid::Uuid::nil()),
            fair: FairId(uuid::Uuid::nil()),
            role: Role::Staff,
            name: "老师".to_owned(),
            headline: String::new(),
            jti: "one".to_owned(),
            iat: 1_000,
            exp: 1_060,
        }
    }

    #[test]
    fn a_token_is_good_until_its_time_is_over() {
        let key = TokenKey::from_bytes(&[7; 32]);
        let token = key.sign(&claims());
        assert_eq!(key.verify(&token, 1_059_999, 300), Ok(claims()));
        assert_eq!(key.verify(&token, 1_060_000, 300), Err(TokenError::Expired));
        assert_eq!(key.verify(&token, 1_000_000, 59), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_of_another_key_or_without_one_is_forged() {
        let key = TokenKey::from_bytes(&[7; 32]);
        let other = TokenKey::from_bytes(&[8; 32]).sign(&claims());
        assert_eq!(key.verify(&other, 1_000_000, 300), Err(TokenError::Forged));
        let token = key.sign(&claims());
        let body = token.split('.').nth(1).unwrap();
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{body}.");
        assert_eq!(
            key.verify(&unsigned, 1_000_000, 300),
            Err(TokenError::Forged)
        );
        assert_eq!(key.verify("", 1_000_000, 300), Err(TokenError::Forged));
    }

    #[test]
    fn a_secret_is_no_token_and_a_token_no_secret() {
        let key = TokenKey::from_bytes(&[7; 32]);
        let secret = ResumeClaims {
            fair: claims().fair,
            sub: claims().sub,
            role: Role::Staff,
            name: "老师".to_owned(),
            headline: String::new(),
            since_s: 1_000,
            iat: 1_000,
            tab: u64::MAX,
        };
        let sealed = key.seal(&secret);
        assert_eq!(key.open(&sealed, 1_059_999, 60), Ok(secret));
        assert_eq!(key.open(&sealed, 1_060_000, 60), Err(TokenError::Expired));
        assert_eq!(key.verify(&sealed, 1_000_000, 60), Err(TokenError::Forged));
        let token = key.sign(&claims());
        assert_eq!(key.open(&token, 1_000_000, 60), Err(TokenError::Forged));
        let other = TokenKey::from_bytes(&[8; 32]);
        assert_eq!(other.open(&sealed, 1_000_000, 60), Err(TokenError::Forged));
    }

    #[test]
    fn a_token_is_spent_once_and_forgotten_when_expired() {
        let spent = SpentTokens::default();
        assert_eq!(spent.spend(&claims()), Ok(()));
        assert_eq!(spent.spend(&claims()), Err(TokenError::Spent));
        spent.forget(1_059_999);
        assert_eq!(spent.spend(&claims()), Err(TokenError::Spent));
        spent.forget(1_060_000);
        assert!(spent.until_ms.is_empty());
    }

    #[test]
    fn the_key_file_is_made_once_and_kept_from_others() {
        let folder = base::db::testing::TestFolder::new();
        let path = folder.path().join("keys/join.key");
        let token = TokenKey::load_or_create(&path).unwrap().sign(&claims());
        let again = TokenKey::load_or_create(&path).unwrap();
        assert!(again.verify(&token, 1_000_000, 300).is_ok());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(TokenKey::load_or_create(&path).is_err());
    }
}
