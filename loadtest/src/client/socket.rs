//! A client's UDP socket and the buffers that all clients of a thread share: batches in by
//! `recvmmsg` with the kernel's arrival stamps and drop counts, batches out by `sendmmsg`.

use std::mem::{size_of, zeroed};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::{io, ptr};

use anyhow::{Context, Result};
use libc::{c_int, c_void, iovec, mmsghdr};

use crate::clock::SECOND;

/// Datagrams read by one call.
pub const BATCH: usize = 64;
/// Room for one datagram, bytes.
const DATAGRAM: usize = 2048;
/// Receive buffer of a socket, bytes: the most that an unprivileged process gets.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Room for the control messages of one datagram, bytes.
const CONTROL: usize = 128;

/// A non-blocking UDP socket with arrival stamps and drop counting.
pub struct Socket {
    inner: UdpSocket,
    /// Datagrams that the kernel dropped because this socket's buffer was full.
    pub drops: u32,
}

impl Socket {
    /// Binds a free port of `address`.
    ///
    /// # Errors
    /// When the system refuses the socket or an option.
    pub fn bind(address: SocketAddr) -> Result<Self> {
        let inner = UdpSocket::bind(address).context("bind a UDP socket")?;
        inner.set_nonblocking(true)?;
        socket2::SockRef::from(&inner).set_recv_buffer_size(RECEIVE_BUFFER)?;
        for name in [libc::SO_RXQ_OVFL, libc::SO_TIMESTAMPNS] {
            set_option(inner.as_raw_fd(), libc::SOL_SOCKET, name, 1)?;
        }
        Ok(Self { inner, drops: 0 })
    }

    /// Fixes the other side.
    ///
    /// # Errors
    /// When the system refuses the address.
    pub fn connect(&self, server: SocketAddr) -> Result<()> {
        self.inner
            .connect(server)
            .with_context(|| format!("connect to {server}"))
    }

    /// The own address.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.inner.local_addr()?)
    }

    /// The file descriptor.
    #[must_use]
    pub fn fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }

    /// Sends one datagram; a full buffer or a refused port loses it, as a network may.
    pub fn send(&self, datagram: &[u8]) {
        let _ = self.inner.send(datagram);
    }
}

/// Sets an integer option of a socket.
///
/// # Errors
/// When the system refuses it.
pub fn set_option(fd: RawFd, level: c_int, name: c_int, value: c_int) -> io::Result<()> {
    // SAFETY: the pointer and the length describe `value`, which outlives the call.
    let result = unsafe {
        libc::setsockopt(
            fd,
            level,
            name,
            ptr::from_ref(&value).cast::<c_void>(),
            size_of::<c_int>() as libc::socklen_t,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// One received datagram.
pub struct Datagram<'a> {
    /// Its bytes, to be opened in place.
    pub bytes: &'a mut [u8],
    /// When the kernel took it in, nanoseconds since 1970.
    pub at_ns: i64,
}

/// Buffers for one batch of received datagrams.
pub struct Inbox {
    buffers: Box<[[u8; DATAGRAM]; BATCH]>,
    control: Box<[[u64; CONTROL / 8]; BATCH]>,
    lengths: [usize; BATCH],
    stamps: [i64; BATCH],
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            buffers: Box::new([[0; DATAGRAM]; BATCH]),
            control: Box::new([[0; CONTROL / 8]; BATCH]),
            lengths: [0; BATCH],
            stamps: [0; BATCH],
        }
    }
}

impl Inbox {
    /// Reads what waits in the socket, at most [`BATCH`] datagrams, and says how many.
    pub fn receive(&mut self, socket: &mut Socket) -> usize {
        // SAFETY: all-zero is a valid value of these C structures.
        let (mut iovecs, mut headers): ([iovec; BATCH], [mmsghdr; BATCH]) =
            unsafe { (zeroed(), zeroed()) };
        for index in 0..BATCH {
            iovecs[index].iov_base = self.buffers[index].as_mut_ptr().cast();
            iovecs[index].iov_len = DATAGRAM;
            let header = &mut headers[index].msg_hdr;
            header.msg_iov = &raw mut iovecs[index];
            header.msg_iovlen = 1;
            header.msg_control = self.control[index].as_mut_ptr().cast();
            header.msg_controllen = CONTROL as _;
        }
        // SAFETY: every header points to buffers of `self` and of this frame that outlive the call.
        let count = unsafe {
            libc::recvmmsg(
                socket.fd(),
                headers.as_mut_ptr(),
                BATCH as _,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).unwrap_or(0);
        for (index, header) in headers[..count].iter().enumerate() {
            self.lengths[index] = header.msg_len as usize;
            self.stamps[index] = read_control(&header.msg_hdr, &mut socket.drops);
        }
        count
    }

    /// The datagram `index` of the last batch.
    pub fn datagram(&mut self, index: usize) -> Datagram<'_> {
        let len = self.lengths[index];
        Datagram {
            bytes: &mut self.buffers[index][..len],
            at_ns: self.stamps[index],
        }
    }
}

/// The arrival stamp of a datagram; the socket's drop count goes up if it was told.
fn read_control(header: &libc::msghdr, drops: &mut u32) -> i64 {
    let mut stamp = None;
    // SAFETY: the kernel filled the control buffer; the macros walk within `msg_controllen`.
    unsafe {
        let mut message = libc::CMSG_FIRSTHDR(header);
        while !message.is_null() {
            let data = libc::CMSG_DATA(message);
            match ((*message).cmsg_level, (*message).cmsg_type) {
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                    let time = ptr::read_unaligned(data.cast::<libc::timespec>());
                    stamp = Some(time.tv_sec * SECOND + time.tv_nsec);
                }
                (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                    *drops = (*drops).max(ptr::read_unaligned(data.cast::<u32>()));
                }
                _ => {}
            }
            message = libc::CMSG_NXTHDR(header, message);
        }
    }
    stamp.unwrap_or_else(crate::clock::now_ns)
}

/// Datagrams to one server, sent by one call. The buffers are used again.
#[derive(Default)]
pub struct Outbox {
    datagrams: Vec<Vec<u8>>,
    used: usize,
}

impl Outbox {
    /// An empty buffer that [`Outbox::flush`] will send.
    pub fn add(&mut self) -> &mut Vec<u8> {
        if self.used == self.datagrams.len() {
            self.datagrams.push(Vec::with_capacity(DATAGRAM));
        }
        self.used += 1;
        let datagram = &mut self.datagrams[self.used - 1];
        datagram.clear();
        datagram
    }

    /// The buffer that [`Outbox::add`] gave last.
    ///
    /// # Panics
    /// When there was none since the last flush.
    pub fn last(&mut self) -> &mut Vec<u8> {
        &mut self.datagrams[self.used - 1]
    }

    /// Takes the last buffer back.
    pub fn cancel(&mut self) {
        self.used = self.used.saturating_sub(1);
    }

    /// Takes the datagrams out without sending them.
    pub fn take(&mut self) -> Vec<Vec<u8>> {
        let taken = self.datagrams[..self.used].to_vec();
        self.used = 0;
        taken
    }

    /// Sends all and says how many the system did not take.
    pub fn flush(&mut self, socket: &Socket) -> usize {
        let mut unsent = 0;
        for batch in self.datagrams[..self.used].chunks_mut(BATCH) {
            unsent += batch.len() - send_batch(socket.fd(), batch);
        }
        self.used = 0;
        unsent
    }
}

fn send_batch(fd: RawFd, batch: &mut [Vec<u8>]) -> usize {
    // SAFETY: all-zero is a valid value of these C structures.
    let (mut iovecs, mut headers): ([iovec; BATCH], [mmsghdr; BATCH]) =
        unsafe { (zeroed(), zeroed()) };
    for (index, datagram) in batch.iter_mut().enumerate() {
        iovecs[index].iov_base = datagram.as_mut_ptr().cast();
        iovecs[index].iov_len = datagram.len();
        headers[index].msg_hdr.msg_iov = &raw mut iovecs[index];
        headers[index].msg_hdr.msg_iovlen = 1;
    }
    // SAFETY: every header points to a datagram of `batch` that outlives the call.
    let sent = unsafe { libc::sendmmsg(fd, headers.as_mut_ptr(), batch.len() as _, 0) };
    usize::try_from(sent).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Socket, Socket) {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let (left, right) = (Socket::bind(any).unwrap(), Socket::bind(any).unwrap());
        left.connect(right.inner.local_addr().unwrap()).unwrap();
        right.connect(left.inner.local_addr().unwrap()).unwrap();
        (left, right)
    }

    #[test]
    fn a_batch_arrives_whole_and_stamped() {
        let (left, mut right) = pair();
        let before = crate::clock::now_ns();
        let mut outbox = Outbox::default();
        for number in 0..5u8 {
            outbox.add().extend_from_slice(&[number; 100]);
        }
        assert_eq!(outbox.flush(&left), 0);
        let mut inbox = Inbox::default();
        assert_eq!(inbox.receive(&mut right), 5);
        for number in 0..5 {
            let datagram = inbox.datagram(number);
            assert_eq!(datagram.bytes, &[number as u8; 100]);
            assert!(datagram.at_ns >= before && datagram.at_ns <= crate::clock::now_ns());
        }
        assert_eq!(right.drops, 0);
    }

    #[test]
    fn a_full_socket_tells_its_drops() {
        let (left, mut right) = pair();
        socket2::SockRef::from(&right.inner)
            .set_recv_buffer_size(4096)
            .unwrap();
        let mut outbox = Outbox::default();
        for _ in 0..60 {
            outbox.add().extend_from_slice(&[0; 1200]);
        }
        outbox.flush(&left);
        let mut inbox = Inbox::default();
        while inbox.receive(&mut right) > 0 {}
        outbox.add().extend_from_slice(&[0; 10]);
        outbox.flush(&left);
        inbox.receive(&mut right);
        assert!(right.drops > 0);
    }
}
