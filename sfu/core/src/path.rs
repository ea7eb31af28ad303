//! Where a datagram came from and which way it leaves.

use std::net::SocketAddr;

/// One accepted ICE-TCP connection, named by the shell that owns the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// One of the server's own addresses, numbered by the shell. On a socket that is bound to the
/// wildcard address an answer has to leave from the address that was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalAddress(pub u8);

impl LocalAddress {
    /// The socket has one address, or the operating system may choose.
    pub const ANY: Self = Self(0);
}

/// The server's end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalSocket {
    /// The worker's UDP socket, at one of its addresses.
    Udp(LocalAddress),
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
        Self::udp_at(remote, LocalAddress::ANY)
    }

    /// A path over the worker's UDP socket that the peer reaches at `local`.
    #[must_use]
    pub fn udp_at(remote: SocketAddr, local: LocalAddress) -> Self {
        Self {
            remote,
            local: LocalSocket::Udp(local),
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
