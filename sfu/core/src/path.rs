//! Where a datagram came from and which way it leaves.

use std::net::SocketAddr;

/// One accepted ICE-TCP connection, named by the shell that owns the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// The server's end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalSocket {
    /// The worker's UDP socket.
    Udp,
    /// An accepted TCP connection that carries RFC 4571 frames.
    Tcp(ConnectionId),
}

/// A way between a peer and this worker: the peer's address as we see it, and our socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// The peer's address as seen from here (peer-reflexive, RFC 8445 §7.3.1.3).
    pub remote: SocketAddr,
    /// Our end.
    pub local: LocalSocket,
}

impl Path {
    /// A path over the worker's UDP socket.
    #[must_use]
    pub fn udp(remote: SocketAddr) -> Self {
        Self {
            remote,
            local: LocalSocket::Udp,
        }
    }

    /// A path over an accepted TCP connection.
    #[must_use]
    pub fn tcp(remote: SocketAddr, connection: ConnectionId) -> Self {
        Self {
            remote,
            local: LocalSocket::Tcp(connection),
        }
    }
}
