//! The measured side of the floor.

use std::mem::{size_of, zeroed};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::ptr;

use anyhow::{Result, anyhow, bail};
use libc::{c_void, iovec, mmsghdr};
use ring::aead::{Aad, LessSafeKey, Nonce};
use socket2::SockAddr;

use super::trace::Batch;
use crate::client::srtp::{TAG, gcm};
use crate::cpu;

/// Bytes that stand for the RTP header: authenticated, not encrypted.
pub const HEADER: usize = 24;
/// Datagrams below this size are passed without cryptography, as STUN is.
pub const SMALLEST: usize = HEADER + TAG + 1;
/// The one key of the replay; its cost does not depend on its value.
pub const KEY: [u8; 16] = [0x42; 16];
/// Most messages of one system call.
const CALL: usize = 64;
/// Most datagrams that the kernel cuts out of one message.
const SEGMENTS: usize = 64;
/// Most bytes of one message.
const MESSAGE: usize = 65_000;
/// Room for one received datagram, bytes.
const DATAGRAM: usize = 2048;
/// Room for the segment size of a message, 64-bit words.
const CONTROL: usize = 4;
/// Receive and send buffer, bytes.
const BUFFER: usize = 4 << 20;

/// A nonce that no other datagram of the replay has.
#[must_use]
pub fn nonce(count: u64) -> Nonce {
    let mut bytes = [0u8; 12];
    bytes[4..].copy_from_slice(&count.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// A message of the send arena.
struct Message {
    receiver: usize,
    from: usize,
    len: usize,
    size: usize,
}

// SAFETY: every pointer in it is written anew before each system call and read by no other.
unsafe impl Send for Call {}

/// Does the least of a media server.
pub struct Replayer {
    socket: std::net::UdpSocket,
    receivers: Vec<SockAddr>,
    key: LessSafeKey,
    opened: u64,
    sealed: u64,
    buffers: Vec<[u8; DATAGRAM]>,
    arena: Vec<u8>,
    messages: Vec<Message>,
    call: Box<Call>,
}

/// The C structures of one system call, used again and again: clearing them is not part of the
/// least.
struct Call {
    iovecs: [iovec; CALL],
    headers: [mmsghdr; CALL],
    control: [[u64; CONTROL]; CALL],
}

impl Replayer {
    /// A replayer that sends to these sinks.
    ///
    /// # Errors
    /// When the system refuses the socket.
    pub fn new(receivers: Vec<SocketAddr>) -> Result<Self> {
        let socket = std::net::UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let options = socket2::SockRef::from(&socket);
        options.set_recv_buffer_size(BUFFER)?;
        options.set_send_buffer_size(BUFFER)?;
        Ok(Self {
            socket,
            receivers: receivers.into_iter().map(SockAddr::from).collect(),
            key: gcm(&KEY)?,
            opened: 0,
            // Nonces of sealing lie apart from those of opening.
            sealed: 1 << 63,
            buffers: vec![[0; DATAGRAM]; CALL],
            arena: Vec::with_capacity(1 << 20),
            messages: Vec::with_capacity(1024),
            // SAFETY: all-zero is a valid value of these C structures.
            call: Box::new(unsafe { zeroed() }),
        })
    }

    /// Where it receives.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }

    /// Works off the batches, whose datagrams must be queued already, and gives the CPU time of
    /// the calling thread for it, nanoseconds.
    ///
    /// # Errors
    /// When a datagram is missing or does not authenticate, or a message is not taken.
    pub fn replay(&mut self, batches: &[Batch]) -> Result<i64> {
        let before = cpu::thread_ns();
        for batch in batches {
            self.replay_batch(batch)?;
        }
        Ok(cpu::thread_ns() - before)
    }

    fn replay_batch(&mut self, batch: &Batch) -> Result<()> {
        for part in batch.received.chunks(CALL) {
            self.receive(part.len())?;
        }
        self.arena.clear();
        self.messages.clear();
        for (receiver, size, count) in &batch.sent {
            self.seal(*receiver as usize, usize::from(*size), usize::from(*count))?;
        }
        self.send()
    }

    /// Reads `count` datagrams by one call and opens them in place.
    fn receive(&mut self, count: usize) -> Result<()> {
        let Call {
            iovecs, headers, ..
        } = &mut *self.call;
        for index in 0..count {
            iovecs[index].iov_base = self.buffers[index].as_mut_ptr().cast();
            iovecs[index].iov_len = DATAGRAM;
            let header = &mut headers[index].msg_hdr;
            header.msg_name = ptr::null_mut();
            header.msg_namelen = 0;
            header.msg_iov = &raw mut iovecs[index];
            header.msg_iovlen = 1;
            header.msg_control = ptr::null_mut();
            header.msg_controllen = 0;
        }
        // SAFETY: every header points to a buffer of `self` that outlives the call.
        let got = unsafe {
            libc::recvmmsg(
                self.socket.as_raw_fd(),
                headers.as_mut_ptr(),
                count as _,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        if usize::try_from(got) != Ok(count) {
            bail!("{got} of {count} datagrams were there");
        }
        for (index, header) in headers[..count].iter().enumerate() {
            let len = header.msg_len as usize;
            if len >= SMALLEST {
                self.opened += 1;
                let (aad, body) = self.buffers[index][..len].split_at_mut(HEADER);
                self.key
                    .open_in_place(nonce(self.opened), Aad::from(&*aad), body)
                    .map_err(|_| anyhow!("a datagram does not authenticate"))?;
            }
        }
        Ok(())
    }

    /// Copies and seals `count` datagrams of `size` bytes for a receiver.
    fn seal(&mut self, receiver: usize, size: usize, count: usize) -> Result<()> {
        let most = (MESSAGE / size.max(1)).clamp(1, SEGMENTS);
        let mut left = count;
        while left > 0 {
            let now = left.min(most);
            let from = self.arena.len();
            for index in 0..now {
                let at = self.arena.len();
                let source = &self.buffers[index % CALL];
                self.arena.extend_from_slice(&source[..size.min(DATAGRAM)]);
                if size < SMALLEST {
                    continue;
                }
                self.sealed += 1;
                let packet = &mut self.arena[at..at + size.min(DATAGRAM)];
                let plain = packet.len() - TAG;
                let (header, rest) = packet.split_at_mut(HEADER);
                let (body, tail) = rest.split_at_mut(plain - HEADER);
                let tag = self
                    .key
                    .seal_in_place_separate_tag(nonce(self.sealed), Aad::from(&*header), body)
                    .map_err(|_| anyhow!("seal"))?;
                tail.copy_from_slice(tag.as_ref());
            }
            let len = self.arena.len() - from;
            self.messages.push(Message {
                receiver,
                from,
                len,
                size,
            });
            left -= now;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<()> {
        let messages = std::mem::take(&mut self.messages);
        let result = messages
            .chunks(CALL)
            .try_for_each(|part| self.send_call(part));
        self.messages = messages;
        result
    }

    /// Up to [`CALL`] messages by one call, each cut by the kernel.
    fn send_call(&mut self, messages: &[Message]) -> Result<()> {
        let Call {
            iovecs,
            headers,
            control,
        } = &mut *self.call;
        for (index, message) in messages.iter().enumerate() {
            let bytes = &self.arena[message.from..message.from + message.len];
            iovecs[index].iov_base = bytes.as_ptr().cast_mut().cast::<c_void>();
            iovecs[index].iov_len = bytes.len();
            let name = &self.receivers[message.receiver];
            let header = &mut headers[index].msg_hdr;
            header.msg_name = name.as_ptr().cast_mut().cast::<c_void>();
            header.msg_namelen = name.len();
            header.msg_iov = &raw mut iovecs[index];
            header.msg_iovlen = 1;
            header.msg_control = ptr::null_mut();
            header.msg_controllen = 0;
            if message.len > message.size {
                write_segment_size(header, &mut control[index], message.size as u16);
            }
        }
        // SAFETY: every header points to memory of `self` or of this frame that outlives the call.
        let sent = unsafe {
            libc::sendmmsg(
                self.socket.as_raw_fd(),
                headers.as_mut_ptr(),
                messages.len() as _,
                0,
            )
        };
        if usize::try_from(sent) != Ok(messages.len()) {
            bail!("{sent} of {} messages taken", messages.len());
        }
        Ok(())
    }
}

/// Tells the kernel to cut the message into datagrams of `size` bytes.
fn write_segment_size(header: &mut libc::msghdr, control: &mut [u64; CONTROL], size: u16) {
    header.msg_control = control.as_mut_ptr().cast();
    // SAFETY: computes a constant from a constant.
    header.msg_controllen = unsafe { libc::CMSG_SPACE(size_of::<u16>() as u32) } as _;
    // SAFETY: the control buffer has room for one header and two bytes, aligned for both.
    unsafe {
        let message = libc::CMSG_FIRSTHDR(header);
        (*message).cmsg_level = libc::SOL_UDP;
        (*message).cmsg_type = libc::UDP_SEGMENT;
        (*message).cmsg_len = libc::CMSG_LEN(size_of::<u16>() as u32) as _;
        ptr::write_unaligned(libc::CMSG_DATA(message).cast::<u16>(), size);
    }
}
