//! For those who run the servers: health, readiness, metrics. They have a listener of their own.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use base::db::Db;
use base::shutdown::Shutdown;
use prometheus::Registry;
use signaling_server::Live;

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

/// The process should be sent work: it is not ending, all its media workers run, and the database
/// answers.
async fn readyz(State(readiness): State<Readiness>) -> (StatusCode, &'static str) {
    if readiness.shutdown.is_triggered() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    if !readiness.live.media_ready() {
        return (StatusCode::SERVICE_UNAVAILABLE, "media\n");
    }
    match readiness.db.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "database\n")
        }
    }
}
