//! Logs and figures of a process.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::{Encoder, Registry, TextEncoder};
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For a person at a terminal.
    #[default]
    Pretty,
    /// One JSON object a line, for machines.
    Json,
}

/// Section `[log]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// `pretty` or `json`.
    pub format: LogFormat,
    /// Which lines: a level, and levels of single crates, such as `info,signaling_server=debug`.
    pub filter: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Pretty,
            // `rtc-dtls` warns of each extension of a browser's hello that it does not know. Those
            // are legal (RFC 5246 §7.4.1.4) and come with every browser.
            filter: "info,sqlx=warn,rtc_dtls::handshake::handshake_message_client_hello=error"
                .to_owned(),
        }
    }
}

/// Begins to write logs to standard error. A second call in one process changes nothing.
///
/// # Errors
/// `log.filter` cannot be read.
pub fn init(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter)
        .map_err(|error| anyhow::anyhow!("log.filter: {error}"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A process that hosts several servers (a test) has a subscriber already.
    drop(match config.format {
        LogFormat::Pretty => lines.with_target(true).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    });
    Ok(())
}

/// `GET /metrics`: the figures of `registry` in Prometheus's text format.
pub fn metrics_router(registry: Registry) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(registry)
}

async fn metrics(State(registry): State<Registry>) -> Response {
    let mut text = Vec::new();
    match TextEncoder::new().encode(&registry.gather(), &mut text) {
        Ok(()) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be encoded");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn metrics_are_served_as_text() {
        let registry = Registry::new();
        let counter = prometheus::IntCounter::new("pinhui_test_total", "A test.").unwrap();
        registry.register(Box::new(counter.clone())).unwrap();
        counter.inc();
        let response = metrics(State(registry)).await;
        assert_eq!(response.status(), StatusCode::OK);
        let body = axum::body::to_bytes(response.into_body(), 10_000)
            .await
            .unwrap();
        assert!(String::from_utf8_lossy(&body).contains("pinhui_test_total 1"));
    }

    /// Collects what a subscriber writes.
    #[derive(Clone, Default)]
    struct Written(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_browsers_hello_is_no_warning_and_a_failing_handshake_is() {
        let written = Written::default();
        let writer = written.clone();
        let lines = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(LogConfig::default().filter))
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(lines, || {
            tracing::warn!(
                target: "rtc_dtls::handshake::handshake_message_client_hello",
                "Unsupported Extension Type 0 5"
            );
            tracing::error!(
                target: "rtc_dtls::handshake::handshake_message_client_hello",
                "broken"
            );
            tracing::warn!(target: "rtc_dtls::handshaker", "gave up");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert!(!text.contains("Unsupported"), "{text}");
        assert!(
            text.contains("broken") && text.contains("gave up"),
            "{text}"
        );
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_refused() {
        let config = LogConfig {
            filter: "a=b=c".to_owned(),
            ..LogConfig::default()
        };
        assert!(
            init(&config)
                .unwrap_err()
                .to_string()
                .starts_with("log.filter")
        );
    }
}
