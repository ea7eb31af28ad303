//! What every server crate of Pinhui stands on: database, ids, clock, configuration, telemetry,
//! shutdown, bounded places. No domain word lives here.

pub mod clock;
pub mod config;
pub mod db;
pub mod id;
pub mod key_file;
pub mod places;
pub mod shutdown;
pub mod telemetry;
pub mod word;

/// Serialisation, for the macros of this crate.
#[doc(hidden)]
pub use serde;
/// The database library, for the macros of this crate.
#[doc(hidden)]
pub use sqlx;
/// Ids, for the macros of this crate.
#[doc(hidden)]
pub use uuid;
