//! ICE-lite (RFC 8445 §2.5): answers the browser's connectivity checks and follows its choice.
//!
//! A lite agent sends no checks of its own and needs none of the peer's candidates: it learns
//! addresses from authenticated requests, so a peer that changes network is followed as soon as
//! it nominates from its new address, without a restart.

mod agent;
mod checks;
mod credentials;
mod liveness;
mod request;

pub use agent::{IceEvent, IceLite, MAX_PATHS, RESTART_OVERLAP};
pub use checks::{CHECK_MEMORY, CHECKS_PER_SECOND, REPEATS_PER_SECOND};
pub use credentials::Credentials;
pub use liveness::{DISCONNECTED_AFTER, GONE_AFTER, IceState};
pub use request::IceError;
