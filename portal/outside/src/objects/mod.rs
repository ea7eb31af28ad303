//! The one file store: uploads, letters, exports, recordings.

pub mod sigv4;
pub mod sniff;
