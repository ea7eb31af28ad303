//! What every page and every API route passes through: errors, forgery checks, headers, the
//! client's address, metrics.

pub mod address;
pub mod assets;
pub mod cookie;
pub mod csrf;
pub mod errors;
pub mod headers;
pub mod metrics;

pub use errors::{FormErrors, PageError};

/// Result of a page or API handler.
pub type PageResult<T> = Result<T, PageError>;
