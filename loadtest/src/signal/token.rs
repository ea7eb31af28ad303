//! Join tokens signed with the server's own key file, as the portal signs them.

use std::path::Path;

use anyhow::{Context, Result};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use signaling_protocol::{FairId, JoinClaims, PersonId, Role};
use uuid::Uuid;

use crate::clock::now_ms;

/// A token is good for this long, seconds.
const GOOD_FOR_S: i64 = 120;

/// Signs join tokens for one fair.
#[derive(Clone)]
pub struct Signer {
    key: EncodingKey,
    fair: FairId,
}

/// Whom a token is for.
#[derive(Debug, Clone)]
pub struct Who {
    /// The person.
    pub person: PersonId,
    /// As what.
    pub role: Role,
    /// The name that the other side sees.
    pub name: String,
}

impl Signer {
    /// Reads the key file of the server.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn from_file(path: &Path, fair: FairId) -> Result<Self> {
        let secret = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
        Ok(Self {
            key: EncodingKey::from_secret(&secret),
            fair,
        })
    }

    /// A fresh token.
    ///
    /// # Errors
    /// Never with a good key.
    pub fn sign(&self, who: &Who) -> Result<String> {
        let now = now_ms() / 1_000;
        let claims = JoinClaims {
            sub: who.person,
            fair: self.fair,
            role: who.role,
            name: who.name.clone(),
            headline: "压力测试".to_owned(),
            jti: Uuid::now_v7().to_string(),
            iat: now,
            exp: now + GOOD_FOR_S,
        };
        Ok(jsonwebtoken::encode(
            &Header::new(Algorithm::HS256),
            &claims,
            &self.key,
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation};

    #[test]
    fn a_token_reads_back_with_the_same_key_only() {
        let path = std::env::temp_dir().join(format!("loadtest-key-{}", std::process::id()));
        std::fs::write(&path, b"a key of the server").unwrap();
        let fair = FairId(Uuid::from_u128(7));
        let signer = Signer::from_file(&path, fair).unwrap();
        std::fs::remove_file(&path).unwrap();
        let who = Who {
            person: PersonId(Uuid::from_u128(8)),
            role: Role::Staff,
            name: "甲".into(),
        };
        let token = signer.sign(&who).unwrap();
        let read = |key: &[u8]| {
            let key = DecodingKey::from_secret(key);
            jsonwebtoken::decode::<JoinClaims>(&token, &key, &Validation::default())
        };
        let claims = read(b"a key of the server").unwrap().claims;
        assert_eq!((claims.fair, claims.sub), (fair, who.person));
        assert!(read(b"another key").is_err());
    }
}
