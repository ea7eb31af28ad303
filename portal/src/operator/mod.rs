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
