//! The Linux socket: options, and the two batch calls on top of it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, RawFd};

use super::address::LocalAddresses;
use super::receive::ReceiveBuffers;
use super::send::SendBuffers;
use super::{Outgoing, Received, SocketCounters, SocketOptions, is_wildcard};

/// A non-blocking UDP socket that receives and sends in batches.
pub struct UdpSocket {
    socket: socket2::Socket,
    local: SocketAddr,
    ipv6: bool,
    segmentation: bool,
    addresses: LocalAddresses,
    receive: ReceiveBuffers,
    send: SendBuffers,
    counters: SocketCounters,
}

impl UdpSocket {
    /// Opens a socket on `address`; `[::]` takes IPv4 as well.
    ///
    /// # Errors
    /// What the operating system says: the port is taken, or the address is not this host's.
    pub fn bind(address: SocketAddr, options: SocketOptions) -> io::Result<Self> {
        let domain = socket2::Domain::for_address(address);
        let socket =
            socket2::Socket::new(domain, socket2::Type::DGRAM, Some(socket2::Protocol::UDP))?;
        let ipv6 = address.is_ipv6();
        if ipv6 {
            socket.set_only_v6(!is_wildcard(address.ip()))?;
        }
        socket.set_nonblocking(true)?;
        // Less than asked for is no fault: `buffer_sizes` tells what the host allowed.
        let _ = socket.set_recv_buffer_size(options.buffer_bytes);
        let _ = socket.set_send_buffer_size(options.buffer_bytes);
        socket.bind(&address.into())?;
        let fd = socket.as_raw_fd();
        if is_wildcard(address.ip()) {
            request_packet_info(fd, ipv6)?;
        }
        let local = socket
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::Error::other("a UDP socket has an IP address"))?;
        Ok(Self {
            segmentation: options.segmentation && supports_segmentation(fd),
            socket,
            local,
            ipv6,
            addresses: LocalAddresses::default(),
            receive: ReceiveBuffers::new(),
            send: SendBuffers::new(),
            counters: SocketCounters::default(),
        })
    }

    /// The same socket once more, with counters and buffers of its own.
    ///
    /// # Errors
    /// No descriptor is free.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self {
            socket: self.socket.try_clone()?,
            local: self.local,
            ipv6: self.ipv6,
            segmentation: self.segmentation,
            addresses: LocalAddresses::default(),
            receive: ReceiveBuffers::new(),
            send: SendBuffers::new(),
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

    /// Whether runs leave as one message for the kernel to segment.
    #[must_use]
    pub fn segmentation(&self) -> bool {
        self.segmentation
    }

    /// The receive and the send buffer in bytes, as the kernel accounts them.
    #[must_use]
    pub fn buffer_sizes(&self) -> (usize, usize) {
        (
            self.socket.recv_buffer_size().unwrap_or(0),
            self.socket.send_buffer_size().unwrap_or(0),
        )
    }

    /// Takes what has arrived, at most as many datagrams as there are slots and
    /// [`super::RECEIVE_BATCH`]: slot `i` holds the bytes of `received[i]`. `received` is emptied
    /// first.
    ///
    /// # Errors
    /// Anything but "nothing there", which is an empty answer.
    pub fn receive<'a>(
        &mut self,
        slots: impl Iterator<Item = &'a mut [u8]>,
        received: &mut Vec<Received>,
    ) -> io::Result<usize> {
        received.clear();
        let fd = self.socket.as_raw_fd();
        self.receive
            .receive(fd, slots, &mut self.addresses, received)?;
        if !received.is_empty() {
            self.counters.receive_calls += 1;
            self.counters.received += received.len() as u64;
            for datagram in received.iter() {
                self.counters.received_bytes += datagram.length as u64;
                self.counters.truncated += u64::from(datagram.length == 0);
            }
        }
        Ok(received.len())
    }

    /// Sends all messages with as few calls as possible. What the kernel has no room for is
    /// dropped and counted, and so is what it refuses.
    pub fn send<'a>(&mut self, messages: impl Iterator<Item = Outgoing<'a>>) {
        let mut sender = super::send::Sender {
            fd: self.socket.as_raw_fd(),
            ipv6: self.ipv6,
            segmentation: &mut self.segmentation,
            addresses: &self.addresses,
            buffers: &mut self.send,
            counters: &mut self.counters,
            gathered: 0,
            payloads: std::marker::PhantomData,
        };
        for message in messages {
            sender.push(message);
        }
        sender.flush();
    }

    /// Datagrams that the kernel dropped because the receive buffer was full, since the socket
    /// was opened (a wrapping 32-bit count). 0 where the kernel does not tell.
    #[must_use]
    pub fn overflow_drops(&self) -> u32 {
        const DROPS: usize = 8;
        let mut memory = [0_u32; 9];
        let mut length = size_of_val(&memory) as libc::socklen_t;
        // SAFETY: the kernel writes at most `length` bytes to `memory`, which is that long, and
        // both pointers are to locals that outlive the call.
        let result = unsafe {
            libc::getsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_MEMINFO,
                memory.as_mut_ptr().cast(),
                &raw mut length,
            )
        };
        if result == 0 && length as usize == size_of_val(&memory) {
            memory[DROPS]
        } else {
            0
        }
    }

    /// The own address behind a number in [`Received::local`].
    #[must_use]
    pub fn local_address(&self, number: u8) -> Option<IpAddr> {
        self.addresses.address(number)
    }
}

impl AsRawFd for UdpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// Asks for the own address of each received datagram (RFC 3542, 6.1 for IPv6).
fn request_packet_info(fd: RawFd, ipv6: bool) -> io::Result<()> {
    let (level, name) = if ipv6 {
        (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO)
    } else {
        (libc::IPPROTO_IP, libc::IP_PKTINFO)
    };
    set_option(fd, level, name, 1)
}

/// Whether this kernel can segment (Linux 4.18 and later): setting the size to "none" is refused
/// by one that does not know the option.
fn supports_segmentation(fd: RawFd) -> bool {
    set_option(fd, libc::SOL_UDP, libc::UDP_SEGMENT, 0).is_ok()
}

fn set_option(
    fd: RawFd,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: the value is a local integer whose size is passed along with its address.
    let result = unsafe {
        libc::setsockopt(
            fd,
            level,
            name,
            (&raw const value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
