//! What every page and every API route passes through: errors, forgery checks, headers, the
//! client's address, bodies, metrics, limits by window, the list of routes.

pub mod address;
pub mod assets;
pub mod body;
pub mod cookie;
pub mod csrf;
pub mod errors;
pub mod headers;
pub mod metrics;
pub mod routes;
pub mod secret;
pub mod windows;

pub use errors::{FormErrors, PageError};
pub use routes::Routes;

/// Result of a page or API handler.
pub type PageResult<T> = Result<T, PageError>;
