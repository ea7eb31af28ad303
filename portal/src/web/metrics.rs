//! Figures of HTTP, by route template.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};

use crate::state::AppState;

/// Seconds: a page is a few milliseconds, a password hash some tens.
const BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
];

/// Counters of the web server.
#[derive(Debug, Clone)]
pub struct HttpMetrics {
    requests: IntCounterVec,
    seconds: HistogramVec,
    /// Join tokens signed, by role.
    pub join_tokens: IntCounterVec,
}

impl HttpMetrics {
    /// Makes them and registers them.
    ///
    /// # Errors
    /// A name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let requests = counter(
            "pinhui_http_requests_total",
            "HTTP requests by method, route template and status.",
            &["method", "route", "status"],
        )?;
        let join_tokens = counter(
            "pinhui_join_tokens_total",
            "Join tokens signed, by role.",
            &["role"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new("pinhui_http_seconds", "Time to answer, by route template.")
                .buckets(BUCKETS.to_vec()),
            &["route"],
        )?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self {
            requests,
            seconds,
            join_tokens,
        })
    }
}

/// The layer that counts. Paths without a route share one label, so the labels are bounded.
pub async fn count(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "PATCH") => {
            known.to_owned()
        }
        _ => "OTHER".to_owned(),
    };
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    state
        .http
        .requests
        .with_label_values(&[&method, &route, &status])
        .inc();
    state
        .http
        .seconds
        .with_label_values(&[&route])
        .observe(began.elapsed().as_secs_f64());
    response
}
