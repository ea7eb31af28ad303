//! For those who run the servers: health, readiness, metrics.
