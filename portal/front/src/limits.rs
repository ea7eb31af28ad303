//! Section `[http.limits]`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What connections may take of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections in all, without WebSockets, which `live` counts. Who comes when all are held
    /// gets the place of whoever makes the server wait longest.
    pub connections: usize,
    /// Connections of one IPv4 address or IPv6 /64, beyond which its own waiting ones give way. A
    /// campus of 5,000 people may share one address. Configured proxies have no share.
    pub connections_per_address: usize,
    /// Seconds for a TLS handshake.
    pub handshake_s: u64,
    /// Seconds for a request's header, from its first byte, and on a new connection from its begin.
    pub header_s: u64,
    /// Seconds that a connection may rest between two requests.
    pub idle_s: u64,
    /// Seconds in which a body that is read, or an answer that is sent, has to go on by
    /// `slowest_bytes_s` for each; the server's own waiting does not count.
    pub stall_s: u64,
    /// Bytes a second below which a client is held for stalled.
    pub slowest_bytes_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 12_000,
            connections_per_address: 6_000,
            handshake_s: 10,
            header_s: 10,
            idle_s: 75,
            stall_s: 20,
            slowest_bytes_s: 1_024,
        }
    }
}

impl Limits {
    /// Adds what is wrong with it.
    pub fn faults(&self, faults: &mut Vec<String>) {
        for (value, name) in [
            (
                self.connections_per_address as u64,
                "connections_per_address",
            ),
            (self.handshake_s, "handshake_s"),
            (self.header_s, "header_s"),
            (self.idle_s, "idle_s"),
            (self.stall_s, "stall_s"),
        ] {
            if value == 0 {
                faults.push(format!("http.limits.{name} must be at least 1"));
            }
        }
        if self.connections < self.connections_per_address {
            faults.push(
                "http.limits.connections must not be below http.limits.connections_per_address"
                    .to_owned(),
            );
        }
    }

    pub(crate) fn times(&self) -> Times {
        Times {
            handshake: Duration::from_secs(self.handshake_s),
            header: Duration::from_secs(self.header_s),
            idle: Duration::from_secs(self.idle_s),
            stall: Duration::from_secs(self.stall_s),
            stall_bytes: self.stall_s.saturating_mul(self.slowest_bytes_s),
        }
    }
}

/// The limits of time, as a connection needs them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub handshake: Duration,
    pub header: Duration,
    pub idle: Duration,
    /// Of waiting in which …
    pub stall: Duration,
    /// … so many bytes have to pass.
    pub stall_bytes: u64,
}
