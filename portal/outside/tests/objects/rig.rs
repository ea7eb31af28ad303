//! A store with what is behind it, and streams to fill it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base::clock::Clock;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, future, stream};
use outside::objects::emulator::{Emulator, Settings};
use outside::objects::{
    ObjectError, ObjectKey, ObjectMetrics, ObjectStore, ObjectsConfig, S3Config, StoreKind, Stored,
    Upload,
};
use prometheus::{Encoder as _, Registry, TextEncoder};
use tokio::sync::Notify;

pub const NOW_MS: i64 = 1_772_330_584_000;
pub const MIB: u64 = 1024 * 1024;

/// A folder that is gone at the end of its test.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Self {
        let name = format!("pinhui-objects-{}", uuid::Uuid::now_v7());
        Self(std::env::temp_dir().join(name))
    }

    /// All files below, temporary ones as well.
    pub fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                } else {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.0, &mut found);
        found
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A store with what is behind it.
pub struct Rig {
    name: &'static str,
    pub store: ObjectStore,
    pub scratch: Scratch,
    emulator: Option<Emulator>,
    registry: Registry,
    pub clock: Clock,
}

impl Rig {
    pub async fn folder() -> Self {
        Self::open("folder", None, |_| ()).await
    }

    pub async fn s3() -> Self {
        Self::s3_with(|_| ()).await
    }

    pub async fn s3_with(change: impl FnOnce(&mut S3Config)) -> Self {
        let settings = Settings {
            clock: Clock::simulated(NOW_MS),
            ..Settings::default()
        };
        let emulator = Emulator::start(settings).await.unwrap();
        Self::open("s3", Some(emulator), change).await
    }

    pub async fn both() -> [Self; 2] {
        [Self::folder().await, Self::s3().await]
    }

    async fn open(
        name: &'static str,
        emulator: Option<Emulator>,
        change: impl FnOnce(&mut S3Config),
    ) -> Self {
        let scratch = Scratch::new();
        let mut config = ObjectsConfig {
            folder: scratch.0.clone(),
            ..ObjectsConfig::default()
        };
        if let Some(emulator) = &emulator {
            config.store = StoreKind::S3;
            config.s3 = emulator.config();
            config.s3.backoff_ms = 1;
            change(&mut config.s3);
        }
        let (registry, clock) = (Registry::new(), Clock::simulated(NOW_MS));
        let metrics = ObjectMetrics::new(&registry).unwrap();
        let store = ObjectStore::open(&config, clock.clone(), metrics).await;
        Self {
            name,
            store: store.unwrap(),
            scratch,
            emulator,
            registry,
            clock,
        }
    }

    pub fn emulator(&self) -> &Emulator {
        self.emulator.as_ref().unwrap()
    }

    pub async fn put(&self, key: &ObjectKey, bytes: &'static [u8]) -> Stored {
        let upload = Upload::bytes(bytes, MIB);
        self.store.put(key, upload, "text/plain").await.unwrap()
    }

    pub async fn read(&self, key: &ObjectKey) -> Vec<u8> {
        read(&self.store, key).await.unwrap()
    }

    /// Nothing is stored, and nothing waits on the disk.
    pub fn assert_empty(&self) {
        assert_eq!(self.scratch.files(), Vec::<PathBuf>::new(), "{}", self.name);
        if let Some(emulator) = &self.emulator {
            assert_eq!(emulator.keys(), Vec::<String>::new());
        }
    }

    pub fn metric(&self, line: &str) -> bool {
        shows(&self.registry, line)
    }
}

pub fn shows(registry: &Registry, line: &str) -> bool {
    let mut text = Vec::new();
    TextEncoder::new()
        .encode(&registry.gather(), &mut text)
        .unwrap();
    String::from_utf8(text).unwrap().lines().any(|l| l == line)
}

pub async fn read(store: &ObjectStore, key: &ObjectKey) -> Result<Vec<u8>, ObjectError> {
    let download = store.get(key).await?;
    let chunks: Vec<Bytes> = download.stream.try_collect().await?;
    let bytes = chunks.concat();
    assert_eq!(bytes.len() as u64, download.length);
    Ok(bytes)
}

pub fn key() -> ObjectKey {
    ObjectKey::new("hnu", NOW_MS).unwrap()
}

/// `chunks` chunks of 64 KiB; `taken` counts those that were asked for.
pub fn chunks(
    chunks: usize,
    taken: Arc<AtomicUsize>,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
    stream::iter((0..chunks).map(move |_| {
        taken.fetch_add(1, Ordering::SeqCst);
        Ok(Bytes::from_static(&[7; 64 * 1024]))
    }))
}

/// 64 KiB and then nothing for ever; `reached` is told when there was nothing.
pub fn endless(reached: Arc<Notify>) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
    let wait = async move {
        reached.notify_one();
        future::pending().await
    };
    let first = stream::once(async { Ok(Bytes::from_static(&[7; 64 * 1024])) });
    first.chain(stream::once(wait))
}

pub fn key_name(key: &ObjectKey) -> &str {
    key.as_str().rsplit('/').next().unwrap()
}
