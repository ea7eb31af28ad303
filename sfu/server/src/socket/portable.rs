//! The same interface on a plain `std` socket: one call per datagram.

use std::io;
use std::net::{IpAddr, SocketAddr};

use super::address::canonical;
use super::{Outgoing, RECEIVE_BATCH, Received, SocketCounters, SocketOptions};

/// A non-blocking UDP socket that receives and sends one datagram at a time.
pub struct UdpSocket {
    socket: std::net::UdpSocket,
    local: SocketAddr,
    counters: SocketCounters,
}

#[cfg_attr(
    target_os = "linux",
    allow(dead_code, reason = "elsewhere it is the only socket")
)]
impl UdpSocket {
    /// Opens a socket on `address`.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn bind(address: SocketAddr, _options: SocketOptions) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        Ok(Self {
            socket,
            local,
            counters: SocketCounters::default(),
        })
    }

    /// The same socket once more, with counters of its own.
    ///
    /// # Errors
    /// No descriptor is free.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self {
            socket: self.socket.try_clone()?,
            local: self.local,
            counters: SocketCounters::default(),
        })
    }

    /// The address and port that the socket is bound to.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// What was counted since the socket was opened.
    #[must_use]
    pub fn counters(&self) -> &SocketCounters {
        &self.counters
    }

    /// Never: each datagram leaves by itself.
    #[must_use]
    pub fn segmentation(&self) -> bool {
        false
    }

    /// Unknown here.
    #[must_use]
    pub fn buffer_sizes(&self) -> (usize, usize) {
        (0, 0)
    }

    /// Takes what has arrived; see the Linux socket.
    ///
    /// # Errors
    /// Anything but "nothing there", which is an empty answer.
    pub fn receive<'a>(
        &mut self,
        slots: impl Iterator<Item = &'a mut [u8]>,
        received: &mut Vec<Received>,
    ) -> io::Result<usize> {
        received.clear();
        for slot in slots.take(RECEIVE_BATCH) {
            match self.socket.recv_from(slot) {
                Ok((length, remote)) => {
                    self.counters.received += 1;
                    self.counters.received_bytes += length as u64;
                    received.push(Received {
                        remote: canonical(remote),
                        local: 0,
                        length,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // A port that answered "unreachable" to an earlier send reports it here.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
                Err(error) => return Err(error),
            }
        }
        self.counters.receive_calls += u64::from(!received.is_empty());
        Ok(received.len())
    }

    /// Sends all datagrams of all messages; what the system has no room for is dropped and
    /// counted.
    pub fn send<'a>(&mut self, messages: impl Iterator<Item = Outgoing<'a>>) {
        for message in messages {
            let size = message.segment_size.unwrap_or(message.bytes.len()).max(1);
            for datagram in message.bytes.chunks(size) {
                self.counters.send_calls += 1;
                match self
                    .socket
                    .send_to(datagram, self.reachable(message.remote))
                {
                    Ok(_) => {
                        self.counters.messages += 1;
                        self.counters.sent += 1;
                        self.counters.sent_bytes += datagram.len() as u64;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        self.counters.send_busy += 1;
                    }
                    Err(_) => self.counters.send_refused += 1,
                }
            }
        }
    }

    /// `remote` as this socket's family writes it.
    fn reachable(&self, remote: SocketAddr) -> SocketAddr {
        match remote {
            SocketAddr::V4(v4) if self.local.is_ipv6() => {
                (v4.ip().to_ipv6_mapped(), v4.port()).into()
            }
            other => other,
        }
    }

    /// Unknown here.
    #[must_use]
    pub fn overflow_drops(&self) -> u32 {
        0
    }

    /// Unknown here.
    #[must_use]
    pub fn local_address(&self, _number: u8) -> Option<IpAddr> {
        None
    }
}
