//! The media server's shell: worker threads, UDP and TCP sockets, timers, metrics.

pub mod config;
mod crossing;
pub mod socket;
mod tcp;
pub mod trace;
mod worker;
