//! The media server's shell: worker threads, UDP and TCP sockets, timers, metrics.

pub mod socket;
