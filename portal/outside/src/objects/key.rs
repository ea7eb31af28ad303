//! Keys of objects: `tenant/yyyy/mm/uuid`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// Characters of a tenant's name, at most.
pub const TENANT_CHARS: usize = 64;

/// Where an object is kept. Only `tenant/yyyy/mm/uuid` exists: the tenant in a–z, 0–9 and hyphen
/// (it begins with a letter or digit), year and month of the upload in UTC, a UUID in lower case.
/// So no key leaves its folder, none differs from another by case only, and none needs escaping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectKey(String);

/// A text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an object key: tenant/yyyy/mm/uuid is one")]
pub struct InvalidKey;

impl ObjectKey {
    /// A fresh key for an upload of `tenant` (a school's or company's id or code) at `now_ms`.
    ///
    /// # Errors
    /// The tenant's name has other characters, or the year has not four digits.
    pub fn new(tenant: &str, now_ms: i64) -> Result<Self, InvalidKey> {
        let now = OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(1_000))
            .map_err(|_| InvalidKey)?;
        let month = u8::from(now.month());
        let uuid = Uuid::now_v7().as_hyphenated().to_string();
        format!("{tenant}/{:04}/{month:02}/{uuid}", now.year()).parse()
    }

    /// As it stands in a column, a path and an address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ObjectKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let parts: Vec<&str> = text.split('/').collect();
        let &[tenant, year, month, uuid] = parts.as_slice() else {
            return Err(InvalidKey);
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let month_number = month.parse::<u8>().map_err(|_| InvalidKey)?;
        let good = good_tenant(tenant)
            && year.len() == 4
            && digits(year)
            && month.len() == 2
            && digits(month)
            && (1..=12).contains(&month_number)
            && good_uuid(uuid);
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidKey)
        }
    }
}

impl TryFrom<String> for ObjectKey {
    type Error = InvalidKey;

    fn try_from(text: String) -> Result<Self, InvalidKey> {
        text.parse()
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.0
    }
}

base::sql_text!(ObjectKey);

fn good_tenant(tenant: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=TENANT_CHARS).contains(&tenant.len())
        && tenant.bytes().next().is_some_and(inside)
        && tenant.bytes().all(|byte| inside(byte) || byte == b'-')
}

/// Hyphenated and in lower case, the one form that is written.
fn good_uuid(text: &str) -> bool {
    text.len() == 36
        && Uuid::parse_str(text).is_ok_and(|uuid| uuid.as_hyphenated().to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "01941f29-7c00-7000-8000-000000000001";

    #[test]
    fn a_fresh_key_has_the_month_of_its_upload() {
        let key = ObjectKey::new("hnu", 1_772_330_584_000).unwrap();
        assert!(key.as_str().starts_with("hnu/2026/03/"), "{key}");
        assert_eq!(key.as_str().parse(), Ok(key.clone()));
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<ObjectKey>(&json).unwrap(), key);
        assert_eq!(ObjectKey::new("hnu", i64::MAX), Err(InvalidKey));
    }

    #[test]
    fn other_texts_are_no_keys() {
        for bad in [
            String::new(),
            "hnu".to_owned(),
            format!("../2026/03/{UUID}"),
            format!("hnu/../03/{UUID}"),
            format!("/2026/03/{UUID}"),
            format!("hnu/2026/03/{UUID}/x"),
            format!("hnu/2026/13/{UUID}"),
            format!("hnu/2026/00/{UUID}"),
            format!("hnu/2026/+1/{UUID}"),
            format!("hnu/２０２６/03/{UUID}"),
            format!("HNU/2026/03/{UUID}"),
            format!("湖大/2026/03/{UUID}"),
            format!("h.n/2026/03/{UUID}"),
            format!("-hn/2026/03/{UUID}"),
            format!("{}/2026/03/{UUID}", "a".repeat(TENANT_CHARS + 1)),
            format!("hnu/2026/03/{}", UUID.to_uppercase()),
            format!("hnu/2026/03/{}", UUID.replace('-', "")),
            "hnu/2026/03/.tmp-1".to_owned(),
            format!("hnu\\2026\\03\\{UUID}"),
            format!("hnu/2026/03/{UUID}\0"),
        ] {
            assert_eq!(bad.parse::<ObjectKey>(), Err(InvalidKey), "{bad:?}");
            assert!(ObjectKey::try_from(bad).is_err());
        }
    }
}
