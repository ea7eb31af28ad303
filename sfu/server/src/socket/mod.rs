//! UDP in batches: many datagrams per system call in both directions.
//!
//! The kernel's send path is most of what a forwarded packet costs, so runs of equal-size
//! packets to one receiver leave as a single message (generic segmentation offload) and all
//! messages of a round leave in one `sendmmsg`. Nothing here blocks and nothing is queued: what
//! the kernel does not take at once is dropped and counted, as a network would.
//!
//! On Linux this is plain `libc`; elsewhere a slow and simple `std` socket with the same
//! interface keeps the crate compiling.

mod address;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;
#[cfg(target_os = "linux")]
mod receive;
mod segments;
#[cfg(target_os = "linux")]
mod send;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};

pub use address::LocalAddresses;
#[cfg(target_os = "linux")]
pub use linux::UdpSocket;
#[cfg(not(target_os = "linux"))]
pub use portable::UdpSocket;

/// The most datagrams that one receive call returns.
pub const RECEIVE_BATCH: usize = 64;

/// Bytes asked for each socket buffer; the kernel gives as much of it as the host allows.
pub const SOCKET_BUFFER_BYTES: usize = 4 << 20;

/// One received datagram, described; its bytes are in the slot of the same position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Who sent it; an IPv4 sender is an IPv4 address on a dual-stack socket too.
    pub remote: SocketAddr,
    /// The own address that it was sent to; see [`LocalAddresses`].
    pub local: u8,
    /// Bytes of payload; 0 for one that did not fit its slot and has to be ignored.
    pub length: usize,
}

/// One message to send: one datagram, or a run of datagrams to one receiver.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The receiver.
    pub remote: SocketAddr,
    /// The own address to send from, as in [`Received::local`]; 0 leaves it to the kernel.
    pub local: u8,
    /// For a run: every datagram but the last has this many bytes.
    pub segment_size: Option<usize>,
    /// The payload, all datagrams of the run in a row.
    pub bytes: &'a [u8],
}

impl Outgoing<'_> {
    /// How many datagrams the message is.
    #[must_use]
    pub fn datagrams(&self) -> usize {
        match self.segment_size {
            Some(size) if size > 0 => self.bytes.len().div_ceil(size),
            _ => 1,
        }
    }
}

/// What a socket did since it was opened. Plain counters of the thread that owns the socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketCounters {
    /// Receive calls that returned at least one datagram.
    pub receive_calls: u64,
    /// Datagrams received.
    pub received: u64,
    /// Bytes of UDP payload received.
    pub received_bytes: u64,
    /// Received datagrams longer than a slot, dropped.
    pub truncated: u64,
    /// Send calls.
    pub send_calls: u64,
    /// Messages handed to the kernel; a run counts once.
    pub messages: u64,
    /// Messages of more than one datagram that the kernel segmented.
    pub segmented_messages: u64,
    /// Datagrams sent.
    pub sent: u64,
    /// Bytes of UDP payload sent.
    pub sent_bytes: u64,
    /// Datagrams dropped because the kernel's send buffer was full.
    pub send_busy: u64,
    /// Datagrams that the kernel refused for another reason, such as no route to the receiver.
    pub send_refused: u64,
}

/// How to open a socket.
#[derive(Clone, Copy, Debug)]
pub struct SocketOptions {
    /// Bytes to ask for each of the two socket buffers.
    pub buffer_bytes: usize,
    /// Whether to use segmentation offload where the kernel has it.
    pub segmentation: bool,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            buffer_bytes: SOCKET_BUFFER_BYTES,
            segmentation: true,
        }
    }
}

/// Whether a socket bound to `address` may be reached under several own addresses, so that each
/// answer has to leave from the address that was asked.
fn is_wildcard(address: IpAddr) -> bool {
    address.is_unspecified()
}
