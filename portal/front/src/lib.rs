//! The HTTP server: connections with their limits, TLS, an orderly end.
//!
//! A client is worth a place here while it is being worked for. While it makes the server wait (for
//! a header, the rest of a body, for its reading of an answer, or for a next request) it has a
//! limited time, and whoever comes when all places are held gets the one of a client that waits
//! longest. A connection that became a WebSocket is counted no longer: whoever serves it has
//! limits of its own.

mod ask;
mod asked;
mod guard;
mod limits;
mod line;
mod metrics;
mod pace;
mod server;
mod stop;
mod stream;
mod tls;

pub use asked::Stalled;
pub use limits::Limits;
pub use metrics::Metrics;
pub use server::{Listener, serve};
pub use stop::Stop;
pub use tls::Tls;
