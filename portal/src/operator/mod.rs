//! For those who run the servers: health, readiness, metrics. They have a listener of their own.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use base::db::Db;
use base::shutdown::Shutdown;
use prometheus::Registry;
use signaling_server::{Live, LiveTrouble};

/// What readiness depends on.
#[derive(Clone)]
struct Readiness {
    db: Db,
    live: Live,
    shutdown: Shutdown,
}

/// `/metrics`, `/healthz` and `/readyz`.
pub fn router(registry: Registry, db: Db, live: Live, shutdown: Shutdown) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route(
            "/readyz",
            get(readyz).with_state(Readiness { db, live, shutdown }),
        )
        .merge(base::telemetry::metrics_router(registry))
}

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// How often the database is asked by itself, for the figure that the alert watches.
const LOOK: Duration = Duration::from_secs(10);

/// The process should be sent work: it is not ending, all its media workers and fairs run, and the
/// database stores.
async fn readyz(State(readiness): State<Readiness>) -> (StatusCode, &'static str) {
    if readiness.shutdown.is_triggered() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match readiness.live.trouble() {
        Some(LiveTrouble::Draining) => return (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        Some(LiveTrouble::Media) => return (StatusCode::SERVICE_UNAVAILABLE, "media\n"),
        Some(LiveTrouble::OwnerDown(_)) => return (StatusCode::SERVICE_UNAVAILABLE, "fair\n"),
        // The database's own answer says more.
        Some(LiveTrouble::Stalled) | None => {}
    }
    match readiness.db.check_writable().await {
        Ok(()) if readiness.live.trouble().is_none() => (StatusCode::OK, "ready\n"),
        Ok(()) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database\n"),
    }
}

/// Asks the database again and again whether it stores; says when that changes.
pub async fn keep_asking(db: Db, shutdown: Shutdown) {
    let mut stores = true;
    loop {
        let answer = db.check_writable().await;
        match &answer {
            Ok(()) if !stores => tracing::info!("the database stores again"),
            Err(error) if stores => {
                let trouble = error.trouble.label();
                tracing::error!(%error, trouble, "the database does not store");
            }
            Ok(()) | Err(_) => {}
        }
        stores = answer.is_ok();
        tokio::select! {
            () = shutdown.triggered() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use base::clock::Clock;
    use signaling_protocol::SourceKind;
    use signaling_server::{
        LiveParts, MediaFuture, MediaNode, MediaRefused, PeerId, RoomId, TokenKey,
    };

    use super::*;

    /// A media node of which nothing is wanted but whether its workers run.
    struct Workers {
        run: AtomicBool,
    }

    impl MediaNode for Workers {
        fn connect(&self, _: PeerId, _: String, _: Option<PeerId>) -> MediaFuture<'_> {
            Box::pin(async { Err(MediaRefused::Full) })
        }
        fn restart_ice(&self, _: PeerId, _: String) -> MediaFuture<'_> {
            Box::pin(async { Err(MediaRefused::Unknown) })
        }
        fn enter(&self, _: RoomId, _: PeerId) {}
        fn leave(&self, _: RoomId, _: PeerId) {}
        fn echo(&self, _: PeerId, _: bool) {}
        fn mute(&self, _: PeerId, _: SourceKind, _: bool) {}
        fn remove(&self, _: PeerId) {}
        fn is_whole(&self) -> bool {
            self.run.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn a_media_worker_that_is_down_makes_the_process_unready() {
        let database = base::db::testing::sqlite().await;
        let node = Arc::new(Workers {
            run: AtomicBool::new(true),
        });
        let (_sender, node_events) = tokio::sync::mpsc::channel(1);
        let shutdown = Shutdown::new(std::time::Duration::from_secs(1));
        let live = Live::start(LiveParts {
            config: signaling_server::Config::default(),
            db: database.db.clone(),
            node: node.clone(),
            node_events,
            key: TokenKey::from_bytes(&[7; 32]),
            clock: Clock::System,
            registry: Registry::new(),
            shutdown: shutdown.clone(),
        })
        .await
        .unwrap();
        let readiness = Readiness {
            db: database.db.clone(),
            live,
            shutdown,
        };
        let ask = async || readyz(State(readiness.clone())).await;
        assert_eq!(ask().await, (StatusCode::OK, "ready\n"));
        node.run.store(false, Ordering::Relaxed);
        let down = (StatusCode::SERVICE_UNAVAILABLE, "media\n");
        assert_eq!(ask().await, down);
        node.run.store(true, Ordering::Relaxed);
        assert_eq!(ask().await, (StatusCode::OK, "ready\n"));
    }
}
