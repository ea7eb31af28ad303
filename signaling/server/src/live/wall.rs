//! The company wall as a page takes it when it opens or has missed news: one body for all, made anew
//! at most once for each news, and compressed once.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

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

/// As long as nothing was told, a body is good for so long: the first news show what it lacks.
const FRESH: Duration = Duration::from_secs(1);

/// The last body of a fair. Whoever asks while it is made waits for it.
pub(super) type WallCache = Mutex<Last>;

/// What became of the last attempts.
#[derive(Debug, Default)]
pub(super) struct Last {
    body: Option<(Instant, Arc<WallBody>)>,
    failed: Option<Instant>,
}

impl Last {
    /// A body that shows all that was `told`.
    fn good(&self, told: u64) -> Option<Arc<WallBody>> {
        let (made, body) = self.body.as_ref()?;
        let is_good = match told {
            0 => made.elapsed() < FRESH,
            told => body.n >= told,
        };
        is_good.then(|| body.clone())
    }

    /// Any body: better than none, and its number tells the page what it lacks.
    fn any(&self) -> Option<Arc<WallBody>> {
        self.body.as_ref().map(|(_, body)| body.clone())
    }
}

impl Live {
    /// The company wall; `None` if the fair is not open here, or has not answered yet. It may hold news that are not out yet:
    /// their number tells a page to pass them over.
    pub async fn wall_body(&self, fair: FairId) -> Option<Arc<WallBody>> {
        self.fair(fair)?.wall_body(self).await
    }
}

impl FairHandle {
    async fn wall_body(&self, live: &Live) -> Option<Arc<WallBody>> {
        let asked = Instant::now();
        let mut last = self.wall.lock().await;
        let told = self.registry().watchers().wall_n();
        if let Some(body) = last.good(told) {
            return Some(body);
        }
        // Those who waited for an attempt that failed do not make as many more, one after the other.
        if last.failed.is_some_and(|failed| failed > asked) {
            return last.any();
        }
        let Some(snapshot) = self.look(|fair| fair.wall_snapshot()).await else {
            last.failed = Some(Instant::now());
            return last.any();
        };
        live.metrics().news.wall_bodies.inc();
        let body = match WallBody::new(&snapshot) {
            Ok(body) => Arc::new(body),
            Err(error) => {
                tracing::error!(%error, "the wall has no body");
                return None;
            }
        };
        last.body = Some((Instant::now(), body.clone()));
        Some(body)
    }
}
