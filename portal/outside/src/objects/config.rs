//! Settings of the file store.

use std::path::PathBuf;

use base::config::{Secret, Validate};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::address::is_loopback;

/// Section `[objects]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectsConfig {
    /// `folder` or `s3`.
    pub store: StoreKind,
    /// With `store = "folder"`, where objects are kept; with `s3`, where uploads wait until they
    /// are sent on. It must be on a disk, not in memory.
    pub folder: PathBuf,
    /// The storage, for `store = "s3"`.
    pub s3: S3Config,
}

/// Where objects are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// A folder of this machine.
    #[default]
    Folder,
    /// An S3-compatible storage.
    S3,
}

/// How a bucket is addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressStyle {
    /// `https://host/bucket/key`: MinIO, the emulator.
    #[default]
    Path,
    /// `https://bucket.host/key`: OSS and COS know no other.
    VirtualHost,
}

/// Section `[objects.s3]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3Config {
    /// Scheme and host without the bucket, such as `https://s3.oss-cn-beijing.aliyuncs.com`.
    pub base_url: String,
    /// Region in the signature, such as `cn-beijing`.
    pub region: String,
    /// The private bucket.
    pub bucket: String,
    /// `path` or `virtual_host`.
    pub style: AddressStyle,
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: Secret,
    /// Time to connect, ms.
    pub connect_timeout_ms: u64,
    /// Time for one attempt until the answer begins, ms. An upload has besides a second for each
    /// 128 KiB.
    pub attempt_timeout_ms: u64,
    /// Time without a byte after which a download is given up, ms.
    pub idle_timeout_ms: u64,
    /// Attempts in all when the storage is busy or unreachable.
    pub attempts: u32,
    /// Pause before the second attempt, ms; each further one is twice as long.
    pub backoff_ms: u64,
}

/// The most attempts that can be configured.
pub const MAX_ATTEMPTS: u32 = 10;

impl Default for ObjectsConfig {
    fn default() -> Self {
        Self {
            store: StoreKind::Folder,
            folder: "data/objects".into(),
            s3: S3Config::default(),
        }
    }
}

impl Default for S3Config {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            region: "us-east-1".to_owned(),
            bucket: String::new(),
            style: AddressStyle::Path,
            access_key: String::new(),
            secret_key: Secret::default(),
            connect_timeout_ms: 5_000,
            attempt_timeout_ms: 30_000,
            idle_timeout_ms: 30_000,
            attempts: 4,
            backoff_ms: 200,
        }
    }
}

impl Validate for ObjectsConfig {
    fn faults(&self, faults: &mut Vec<String>) {
        if self.folder.as_os_str().is_empty() {
            faults.push("objects.folder must not be empty".to_owned());
        }
        if self.store == StoreKind::S3 {
            self.s3.faults(faults);
        }
    }
}

impl Validate for S3Config {
    fn faults(&self, faults: &mut Vec<String>) {
        let mut check = |good: bool, text: &str| {
            if !good {
                faults.push(format!("objects.s3.{text}"));
            }
        };
        check(
            self.base().is_some(),
            "base_url must be http(s)://host without a path",
        );
        check(!self.region.is_empty(), "region must not be empty");
        check(
            good_bucket(&self.bucket),
            "bucket must have 3 to 63 of a–z, 0–9, hyphen and dot",
        );
        check(
            !self.access_key.is_empty() && !self.secret_key.is_empty(),
            "access_key and secret_key must be set",
        );
        check(
            (1..=MAX_ATTEMPTS).contains(&self.attempts),
            "attempts must be 1 to 10",
        );
        check(
            self.connect_timeout_ms > 0 && self.attempt_timeout_ms > 0 && self.idle_timeout_ms > 0,
            "connect_timeout_ms, attempt_timeout_ms and idle_timeout_ms must be at least 1",
        );
    }
}

impl S3Config {
    /// The storage's host, as it stands in the configuration; empty if there is none.
    pub fn host(&self) -> String {
        let base = self.base();
        let host = base.as_ref().and_then(Url::host_str);
        host.unwrap_or_default().to_owned()
    }

    /// Is the storage on this machine?
    pub fn is_local(&self) -> bool {
        self.base().is_some_and(|base| is_loopback(&base))
    }

    /// The address of the service, if it is one.
    pub(super) fn base(&self) -> Option<Url> {
        let url = Url::parse(&self.base_url).ok()?;
        let good = matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some()
            && url.path() == "/"
            && url.query().is_none()
            && url.username().is_empty();
        good.then_some(url)
    }
}

fn good_bucket(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| inside(b) || b == b'-' || b == b'.')
        && !name.contains("..")
        && name.bytes().next().is_some_and(inside)
        && name.bytes().last().is_some_and(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(config: &ObjectsConfig) -> Vec<String> {
        let mut faults = Vec::new();
        config.faults(&mut faults);
        faults
    }

    #[test]
    fn the_defaults_work_and_an_empty_s3_does_not() {
        let mut config = ObjectsConfig::default();
        assert_eq!(faults(&config), Vec::<String>::new());
        config.store = StoreKind::S3;
        let told = faults(&config).join("\n");
        for key in ["base_url", "bucket", "access_key"] {
            assert!(told.contains(&format!("objects.s3.{key}")), "{told}");
        }
    }

    #[test]
    fn buckets_and_addresses_are_checked() {
        for good in ["pinhui", "a-b.c0"] {
            assert!(good_bucket(good), "{good}");
        }
        for bad in ["ab", "A-b", "a..b", "-ab", "ab-", "a/b", ""] {
            assert!(!good_bucket(bad), "{bad}");
        }
        let base = |text: &str| S3Config {
            base_url: text.to_owned(),
            ..S3Config::default()
        };
        assert!(base("http://127.0.0.1:9000").base().is_some());
        for bad in [
            "",
            "ftp://h",
            "https://h/path",
            "https://u:p@h",
            "https://h?x",
        ] {
            assert!(base(bad).base().is_none(), "{bad}");
        }
    }
}
