//! The company wall as a page takes it when it opens or has missed news: one body for all, made anew
//! at most once for each news, and compressed once.

use std::io::Write;
use std::sync::Arc;

use axum::body::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use signaling_protocol::{FairId, WallSnapshot};
use tokio::sync::Mutex;

use super::{FairHandle, Live};

/// A snapshot of the wall as JSON: a [`WallSnapshot`].
#[derive(Debug)]
pub struct WallBody {
    /// Number of the last news that are in it: the same number is the same body.
    pub n: u64,
    /// The body.
    pub json: Bytes,
    /// The same, compressed (RFC 1952).
    pub gzip: Bytes,
}

impl WallBody {
    fn new(snapshot: &WallSnapshot) -> std::io::Result<Self> {
        let json = serde_json::to_vec(snapshot)?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&json)?;
        Ok(Self {
            n: snapshot.n,
            json: json.into(),
            gzip: gzip.finish()?.into(),
        })
    }
}

/// The last body of a fair. Whoever asks while it is made waits for it.
pub(super) type WallCache = Mutex<Option<Arc<WallBody>>>;

impl Live {
    /// The company wall; `None` if the fair is not open here. It may hold news that are not out yet:
    /// their number tells a page to pass them over.
    pub async fn wall_body(&self, fair: FairId) -> Option<Arc<WallBody>> {
        self.fair(fair)?.wall_body(self).await
    }
}

impl FairHandle {
    async fn wall_body(&self, live: &Live) -> Option<Arc<WallBody>> {
        let mut last = self.wall.lock().await;
        let told = self.registry().watchers().wall_n();
        if let Some(body) = last.as_ref().filter(|body| body.n >= told && told > 0) {
            return Some(body.clone());
        }
        let snapshot = self.look(|fair| fair.wall_snapshot()).await?;
        live.metrics().news.wall_bodies.inc();
        let body = match WallBody::new(&snapshot) {
            Ok(body) => Arc::new(body),
            Err(error) => {
                tracing::error!(%error, "the wall has no body");
                return None;
            }
        };
        *last = Some(body.clone());
        Some(body)
    }
}
