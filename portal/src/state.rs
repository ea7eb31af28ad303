//! What every handler can reach.

use std::net::SocketAddr;
use std::sync::Arc;

use base::clock::Clock;
use base::db::Db;
use signaling_server::Live;

use crate::accounts::{Hasher, LoginLimits};
use crate::config::Config;
use crate::files::Files;
use crate::privacy::PrivacyMetrics;
use crate::web::metrics::HttpMetrics;
use crate::web::secret::Signer;

/// Shared by all handlers; cloning is cheap.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The configuration, as it was read at start.
    pub config: Arc<Config>,
    /// Password hashing with its cost and its limit.
    pub hasher: Hasher,
    /// Failed logins by address.
    pub login_limits: Arc<LoginLimits>,
    /// Signs links and references for ourselves.
    pub signer: Signer,
    /// Uploads.
    pub files: Files,
    /// Figures of consents, exports, complaints and retention.
    pub privacy: PrivacyMetrics,
    /// The live fairs.
    pub live: Live,
    /// Figures of HTTP.
    pub http: HttpMetrics,
    /// Where metrics and health are served: the bound address, also when port 0 was configured.
    pub operator: SocketAddr,
    /// Demo mode: one-click links exist.
    pub demo: bool,
}

impl AppState {
    /// Do browsers reach this server over TLS, so that cookies can be `Secure`?
    pub fn secure(&self) -> bool {
        self.config.http.secure()
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
}
