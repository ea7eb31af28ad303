//! `sendmmsg`: all messages of a round in one call, runs segmented by the kernel.

use std::io;
use std::net::IpAddr;
use std::os::fd::RawFd;

use super::address::{LocalAddresses, RawAddress};
use super::{Outgoing, SocketCounters, segments};

/// Messages in one call; a longer round takes several.
const SEND_BATCH: usize = 256;

/// Room for the segment size and the own address, as words for their alignment.
type Control = [u64; 8];

/// The arrays that `sendmmsg` reads, kept between calls.
pub(super) struct SendBuffers {
    headers: Box<[libc::mmsghdr]>,
    vectors: Box<[libc::iovec]>,
    names: Box<[RawAddress]>,
    controls: Box<[Control]>,
    /// Bytes of each datagram but the last of a message; 0 for a single datagram.
    segments: Box<[usize]>,
}

// SAFETY: the raw pointers inside point to the boxes of the same structure, which move with it,
// or to payloads of a call that has ended and are not followed before they are written anew.
unsafe impl Send for SendBuffers {}

impl SendBuffers {
    pub(super) fn new() -> Self {
        // SAFETY: message headers and vectors are integers and pointers; zero and null are values.
        let (header, vector) = unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        let mut buffers = Self {
            headers: vec![header; SEND_BATCH].into_boxed_slice(),
            vectors: vec![vector; SEND_BATCH].into_boxed_slice(),
            names: vec![RawAddress::empty(); SEND_BATCH].into_boxed_slice(),
            controls: vec![[0; 8]; SEND_BATCH].into_boxed_slice(),
            segments: vec![0; SEND_BATCH].into_boxed_slice(),
        };
        for at in 0..SEND_BATCH {
            let header: &mut libc::mmsghdr = &mut buffers.headers[at];
            header.msg_hdr.msg_name = (&raw mut buffers.names[at]).cast();
            header.msg_hdr.msg_iov = &raw mut buffers.vectors[at];
            header.msg_hdr.msg_iovlen = 1;
        }
        buffers
    }
}

/// One call of [`super::UdpSocket::send`]: gathers messages and hands them over.
pub(super) struct Sender<'s, 'p> {
    pub(super) fd: RawFd,
    pub(super) ipv6: bool,
    pub(super) segmentation: &'s mut bool,
    pub(super) addresses: &'s LocalAddresses,
    pub(super) buffers: &'s mut SendBuffers,
    pub(super) counters: &'s mut SocketCounters,
    pub(super) gathered: usize,
    /// The payloads that the vectors point to live at least this long.
    pub(super) payloads: std::marker::PhantomData<&'p [u8]>,
}

impl<'p> Sender<'_, 'p> {
    /// Gathers one message, as several where the kernel would not take it as one.
    pub(super) fn push(&mut self, message: Outgoing<'p>) {
        let Some(size) = message
            .segment_size
            .filter(|size| *size < message.bytes.len())
        else {
            return self.gather(&message, message.bytes, 0);
        };
        if *self.segmentation {
            for piece in segments::pieces(message.bytes, size) {
                self.gather(&message, piece, if piece.len() > size { size } else { 0 });
            }
        } else {
            for piece in message.bytes.chunks(size.max(1)) {
                self.gather(&message, piece, 0);
            }
        }
    }

    fn gather(&mut self, message: &Outgoing<'p>, bytes: &'p [u8], segment: usize) {
        if self.gathered == SEND_BATCH {
            self.flush();
        }
        let at = self.gathered;
        let (name, name_length) = RawAddress::new(message.remote, self.ipv6);
        self.buffers.names[at] = name;
        // The kernel only reads payloads; the interface has no constant pointer for it.
        self.buffers.vectors[at].iov_base = bytes.as_ptr().cast_mut().cast();
        self.buffers.vectors[at].iov_len = bytes.len();
        self.buffers.segments[at] = segment;
        let own = self.addresses.address(message.local);
        let header = &mut self.buffers.headers[at].msg_hdr;
        header.msg_namelen = name_length;
        write_control(header, &mut self.buffers.controls[at], segment, own);
        self.gathered += 1;
    }

    /// Hands over what is gathered.
    pub(super) fn flush(&mut self) {
        let mut at = 0;
        while at < self.gathered {
            self.counters.send_calls += 1;
            // SAFETY: headers `at..gathered` were written by `gather` and point to names,
            // vectors and controls of the boxes, and to payloads borrowed for `'p`, each with
            // its true length.
            let result = unsafe {
                libc::sendmmsg(
                    self.fd,
                    self.buffers.headers.as_mut_ptr().add(at),
                    (self.gathered - at) as libc::c_uint,
                    libc::MSG_DONTWAIT,
                )
            };
            match usize::try_from(result) {
                Ok(sent) => {
                    (at..at + sent).for_each(|message| self.count_sent(message));
                    at += sent.max(1);
                }
                Err(_) => at = self.after_refusal(at, &io::Error::last_os_error()),
            }
        }
        self.gathered = 0;
    }

    /// Decides about message `at`, which the kernel refused; the next one to try.
    fn after_refusal(&mut self, at: usize, error: &io::Error) -> usize {
        let code = error.raw_os_error().unwrap_or(0);
        match code {
            libc::EINTR => at,
            libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM => {
                // The buffer is full for everyone: the rest of the round is lost, as on a wire.
                self.counters.send_busy += (at..self.gathered)
                    .map(|message| self.datagrams(message))
                    .sum::<u64>();
                self.gathered
            }
            libc::EIO | libc::EINVAL | libc::EMSGSIZE if self.buffers.segments[at] > 0 => {
                // The device cannot sum checksums (EIO), or this path's packets are smaller.
                if code == libc::EIO {
                    *self.segmentation = false;
                    tracing::warn!("the network device refuses segmentation; sending without it");
                }
                self.send_one_by_one(at);
                at + 1
            }
            _ => {
                self.counters.send_refused += self.datagrams(at);
                at + 1
            }
        }
    }

    /// Sends the datagrams of a run one after the other.
    fn send_one_by_one(&mut self, at: usize) {
        let vector = self.buffers.vectors[at];
        let segment = self.buffers.segments[at];
        let header = self.buffers.headers[at].msg_hdr;
        let mut offset = 0;
        while offset < vector.iov_len {
            let length = segment.min(vector.iov_len - offset);
            // SAFETY: the payload of message `at` is borrowed for `'p`, the piece lies within it,
            // and the name is the box's.
            let result = unsafe {
                libc::sendto(
                    self.fd,
                    vector.iov_base.cast::<u8>().add(offset).cast(),
                    length,
                    libc::MSG_DONTWAIT,
                    header.msg_name.cast(),
                    header.msg_namelen,
                )
            };
            if result < 0 {
                self.counters.send_refused += 1;
            } else {
                self.counters.messages += 1;
                self.counters.sent += 1;
                self.counters.sent_bytes += length as u64;
            }
            offset += length;
        }
    }

    fn datagrams(&self, at: usize) -> u64 {
        let length = self.buffers.vectors[at].iov_len;
        match self.buffers.segments[at] {
            0 => 1,
            segment => length.div_ceil(segment) as u64,
        }
    }

    fn count_sent(&mut self, at: usize) {
        self.counters.messages += 1;
        self.counters.segmented_messages += u64::from(self.buffers.segments[at] > 0);
        self.counters.sent += self.datagrams(at);
        self.counters.sent_bytes += self.buffers.vectors[at].iov_len as u64;
    }
}

/// Writes the control messages of one message: the segment size and the own address.
///
/// The length ends with the last message's data, not with its padding: Linux keeps up to 36 bytes
/// on its stack, and asks for memory for more. An IPv4 address is told as such on an IPv6 socket
/// too, which takes it for IPv4-mapped receivers.
fn write_control(
    header: &mut libc::msghdr,
    control: &mut Control,
    segment: usize,
    own: Option<IpAddr>,
) {
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = size_of::<Control>();
    let mut used = 0;
    // SAFETY: the buffer is aligned for control messages and has room for two of them (at most
    // 24 and 40 bytes of its 64); the first header lies at its start and the second one after
    // the space of the first, and each data part is written unaligned within its space.
    unsafe {
        let mut at = libc::CMSG_FIRSTHDR(header);
        if let Ok(size) = u16::try_from(segment)
            && size > 0
        {
            used = put(at, libc::SOL_UDP, libc::UDP_SEGMENT, size);
            if own.is_some() {
                used = libc::CMSG_SPACE(size_of::<u16>() as libc::c_uint) as usize;
                at = at.cast::<u8>().add(used).cast();
            }
        }
        used += match own {
            Some(IpAddr::V4(own)) => {
                let own = libc::in_addr {
                    s_addr: u32::from(own).to_be(),
                };
                let any = libc::in_addr { s_addr: 0 };
                let info = libc::in_pktinfo {
                    ipi_ifindex: 0,
                    ipi_spec_dst: own,
                    ipi_addr: any,
                };
                put(at, libc::IPPROTO_IP, libc::IP_PKTINFO, info)
            }
            Some(IpAddr::V6(own)) => {
                let own = libc::in6_addr {
                    s6_addr: own.octets(),
                };
                let info = libc::in6_pktinfo {
                    ipi6_addr: own,
                    ipi6_ifindex: 0,
                };
                put(at, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info)
            }
            None => 0,
        };
    }
    header.msg_controllen = used;
    if used == 0 {
        header.msg_control = std::ptr::null_mut();
    }
}

/// Writes one control message and gives its bytes without padding.
///
/// # Safety
/// `at` points to enough aligned, writable memory for a header and `T`.
unsafe fn put<T>(at: *mut libc::cmsghdr, level: libc::c_int, kind: libc::c_int, data: T) -> usize {
    let length = size_of::<T>() as libc::c_uint;
    // SAFETY: as the caller promises; the lengths come from the kernel's own macros.
    unsafe {
        (*at).cmsg_level = level;
        (*at).cmsg_type = kind;
        (*at).cmsg_len = libc::CMSG_LEN(length) as usize;
        libc::CMSG_DATA(at).cast::<T>().write_unaligned(data);
        libc::CMSG_LEN(length) as usize
    }
}
