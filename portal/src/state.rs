//! What every handler can reach.

use std::net::SocketAddr;
use std::sync::Arc;

use base::clock::Clock;
use base::db::{Db, Group};
use signaling_server::Live;

use crate::accounts::wechat::FollowCode;
use crate::accounts::{AccessMetrics, AddressLimits, Hasher, Seen};
use crate::audit::metrics::AuditMetrics;
use crate::config::Config;
use crate::demo::Emulators;
use crate::files::Files;
use crate::interviews::joins::Join;
use crate::notifications::Outbox;
use crate::platform::flags::FlagCache;
use crate::privacy::PrivacyMetrics;
use crate::privacy::export::Turns;
use crate::reviews::ReviewMetrics;
use crate::students::StudentMetrics;
use crate::students::register::MatchLimits;
use crate::video_fairs::listing::Listings;
use crate::video_fairs::opening::FairsNotOpen;
use crate::web::body::Strangers;
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
    /// What one address may do in ten minutes.
    pub limits: Arc<AddressLimits>,
    /// When people were seen last, not written yet.
    pub seen: Seen,
    /// Commits those who join fairs, many at once.
    pub joins: Group<Join>,
    /// Figures of logins, captchas and codes.
    pub access: AccessMetrics,
    /// Signs links and references for ourselves.
    pub signer: Signer,
    /// Uploads.
    pub files: Files,
    /// Figures of consents, exports, complaints and retention.
    pub privacy: PrivacyMetrics,
    /// Turns of the exports of personal data.
    pub exporting: Arc<Turns>,
    /// The live fairs.
    pub live: Live,
    /// The companies of walls, as they were read last.
    pub listings: Arc<Listings>,
    /// Those that should be open and are not.
    pub fairs_not_open: Arc<FairsNotOpen>,
    /// What sends messages, and the channels that are set up.
    pub outbox: Outbox,
    /// Tries at matching a student's number with his name.
    pub matches: Arc<MatchLimits>,
    /// Figures of registrations and rosters.
    pub students: StudentMetrics,
    /// Figures of HTTP.
    pub http: HttpMetrics,
    /// Bodies of people who are not signed in.
    pub strangers: Strangers,
    /// Figures of reviews.
    pub reviews: ReviewMetrics,
    /// Figures of the audit log.
    pub audit: AuditMetrics,
    /// The code that leads to the official account.
    pub follow_code: Arc<FollowCode>,
    /// Feature flags as they were read last.
    pub flags: Arc<FlagCache>,
    /// Where metrics and health are served: the bound address, also when port 0 was configured.
    pub operator: SocketAddr,
    /// Port of the pages, also when port 0 was configured.
    pub port: u16,
    /// Demo mode: one-click links exist.
    pub demo: bool,
    /// The other side of the demo's channels; none outside the demo.
    pub emulators: Option<Arc<Emulators>>,
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
