//! The wall's figures over HTTP, where the server has them there, as `wall-feed.js` asks for them:
//! when the page opens, and when numbered news from the socket show that some are missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use rand::RngExt;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::ground::{Ground, count};
use super::check;
use crate::signal::http::{Ask, Http, SignIn};
use crate::signal::scan;

/// A page that missed news waits up to this long before it asks; `JITTER_MS` of the pages.
const JITTER: Duration = Duration::from_secs(2);
/// After a request that failed the pause doubles up to this, as in the pages.
const PAUSE_MOST: Duration = Duration::from_secs(30);

/// What a page knows of its wall.
pub struct Feed {
    ground: Arc<Ground>,
    sign_in: SignIn,
    known: Arc<Known>,
}

#[derive(Default)]
struct Known {
    /// Number of the last news that are shown, from 1; 0: none.
    n: AtomicI64,
    /// A request is on its way, or waits for its time.
    asking: AtomicBool,
}

/// Numbered news; their lines are not read.
#[derive(Deserialize)]
struct News {
    n: i64,
    lines: Vec<IgnoredAny>,
}

impl Feed {
    /// A wall that shows nothing yet.
    pub fn new(ground: Arc<Ground>, sign_in: SignIn) -> Self {
        Self {
            ground,
            sign_in,
            known: Arc::default(),
        }
    }

    /// The page opens.
    pub fn start(&self) {
        self.ask(Duration::ZERO);
    }

    /// News came.
    pub fn hear(&self, text: &str) {
        let Some(News { n, lines }) = scan::body(text) else {
            return;
        };
        let known = self.known.n.load(Ordering::Relaxed);
        if is_behind(known, n, lines.is_empty()) {
            self.ask(JITTER.mul_f64(rand::rng().random()));
        } else if n > known {
            self.known.n.store(n, Ordering::Relaxed);
        }
    }

    fn ask(&self, after: Duration) {
        let Some(path) = self.ground.wall_over_http.clone() else {
            return;
        };
        if self.known.asking.swap(true, Ordering::Relaxed) {
            return;
        }
        let http = Http::new(self.ground.address, self.sign_in.clone());
        tokio::spawn(take(
            self.ground.clone(),
            self.known.clone(),
            http,
            path,
            after,
        ));
    }
}

/// Do these news show that others are missing? News without a line only say where the series is.
fn is_behind(known: i64, n: i64, is_mark: bool) -> bool {
    if is_mark {
        known > 0 && n != known
    } else {
        n > known + 1
    }
}

async fn take(
    ground: Arc<Ground>,
    known: Arc<Known>,
    mut http: Http,
    path: String,
    after: Duration,
) {
    tokio::time::sleep(after).await;
    let mut pause = Duration::from_secs(1);
    while !ground.is_over.load(Ordering::Relaxed) {
        let reply = http.ask(Ask::Read(&path)).await;
        if let Some(reply) = check(&ground, "wall", reply) {
            count(&ground.counts.walls);
            let bytes = &ground.counts.wall_bytes;
            bytes.fetch_add(reply.wire_bytes, Ordering::Relaxed);
            ground.note(|took| &mut took.wall, reply.took_ns);
            let n = reply.tag.and_then(|tag| tag.trim_matches('"').parse().ok());
            known.n.store(n.unwrap_or(0), Ordering::Relaxed);
            break;
        }
        let share = rand::rng().random_range(0.5..1.0);
        tokio::time::sleep(pause.mul_f64(share)).await;
        pause = (pause * 2).min(PAUSE_MOST);
    }
    known.asking.store(false, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_number_is_seen() {
        assert!(!is_behind(4, 5, false) && !is_behind(4, 3, false));
        assert!(is_behind(4, 6, false));
        assert!(is_behind(4, 5, true) && !is_behind(4, 4, true));
        assert!(!is_behind(0, 9, true), "the first snapshot is on its way");
        let news = r#"{"body":{"type":"wall_news","n":7,"lines":[[0,1],[2,3]]}}"#;
        let read: News = scan::body(news).unwrap();
        assert_eq!((read.n, read.lines.len()), (7, 2));
    }
}
