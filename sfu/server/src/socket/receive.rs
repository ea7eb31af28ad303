//! `recvmmsg`: up to 64 datagrams in one call, straight into the caller's slots.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::RawFd;

use super::address::{LocalAddresses, RawAddress};
use super::{RECEIVE_BATCH, Received};

/// Room for the one control message asked for: the own address of a datagram. As 64-bit words,
/// because control messages need their alignment.
type Control = [u64; 8];

/// The arrays that `recvmmsg` reads and writes, kept between calls.
///
/// They are boxed, so that the pointers from header to name, vector and control message stay
/// right when the socket moves.
pub(super) struct ReceiveBuffers {
    headers: Box<[libc::mmsghdr]>,
    vectors: Box<[libc::iovec]>,
    names: Box<[RawAddress]>,
    controls: Box<[Control]>,
}

// SAFETY: the raw pointers inside point to the boxes of the same structure, which move with it,
// or to slots of a call that has ended and are not followed before they are written anew.
unsafe impl Send for ReceiveBuffers {}

impl ReceiveBuffers {
    pub(super) fn new() -> Self {
        // SAFETY: message headers and vectors are integers and pointers; zero and null are values.
        let (header, vector) = unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        let mut buffers = Self {
            headers: vec![header; RECEIVE_BATCH].into_boxed_slice(),
            vectors: vec![vector; RECEIVE_BATCH].into_boxed_slice(),
            names: vec![RawAddress::empty(); RECEIVE_BATCH].into_boxed_slice(),
            controls: vec![[0; 8]; RECEIVE_BATCH].into_boxed_slice(),
        };
        for at in 0..RECEIVE_BATCH {
            let header: &mut libc::mmsghdr = &mut buffers.headers[at];
            header.msg_hdr.msg_name = (&raw mut buffers.names[at]).cast();
            header.msg_hdr.msg_iov = &raw mut buffers.vectors[at];
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = (&raw mut buffers.controls[at]).cast();
        }
        buffers
    }

    /// One `recvmmsg` that does not wait; appends what came to `received`.
    pub(super) fn receive<'a>(
        &mut self,
        fd: RawFd,
        slots: impl Iterator<Item = &'a mut [u8]>,
        addresses: &mut LocalAddresses,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        let mut count = 0;
        for slot in slots.take(RECEIVE_BATCH) {
            self.vectors[count].iov_base = slot.as_mut_ptr().cast();
            self.vectors[count].iov_len = slot.len();
            let header = &mut self.headers[count].msg_hdr;
            // The kernel shortens both to what it wrote.
            header.msg_namelen = RawAddress::CAPACITY;
            header.msg_controllen = size_of::<Control>();
            count += 1;
        }
        // SAFETY: the first `count` headers point to live, exclusive memory: names, vectors and
        // controls of this structure, and slots that the caller lent for longer than this call,
        // each with its true length. No timeout is given.
        let result = unsafe {
            libc::recvmmsg(
                fd,
                self.headers.as_mut_ptr(),
                count as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let Ok(arrived) = usize::try_from(result) else {
            let error = io::Error::last_os_error();
            return match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(()),
                _ => Err(error),
            };
        };
        for at in 0..arrived {
            received.push(self.describe(at, addresses));
        }
        Ok(())
    }

    fn describe(&self, at: usize, addresses: &mut LocalAddresses) -> Received {
        let header = &self.headers[at];
        let remote = self.names[at].read();
        let cut = header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
        let local = own_address(&header.msg_hdr).map_or(0, |address| addresses.number(address));
        match remote {
            Some(remote) if !cut => Received {
                remote,
                local,
                length: header.msg_len as usize,
            },
            _ => Received {
                remote: (Ipv4Addr::UNSPECIFIED, 0).into(),
                local,
                length: 0,
            },
        }
    }
}

/// The own address that a datagram was sent to, if the kernel told it.
fn own_address(header: &libc::msghdr) -> Option<IpAddr> {
    if header.msg_controllen == 0 {
        return None;
    }
    // SAFETY: the kernel has written `msg_controllen` bytes of well-formed control messages to
    // the aligned buffer behind `msg_control`; the macros walk them within that length, and the
    // data of each kind that is read has the type that its level and kind say.
    unsafe {
        let mut control = libc::CMSG_FIRSTHDR(header);
        while let Some(message) = control.as_ref() {
            match (message.cmsg_level, message.cmsg_type) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    let info: libc::in_pktinfo = libc::CMSG_DATA(control)
                        .cast::<libc::in_pktinfo>()
                        .read_unaligned();
                    let address = Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr));
                    return Some(IpAddr::V4(address));
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let info: libc::in6_pktinfo = libc::CMSG_DATA(control)
                        .cast::<libc::in6_pktinfo>()
                        .read_unaligned();
                    let address = Ipv6Addr::from(info.ipi6_addr.s6_addr);
                    return Some(IpAddr::V6(address).to_canonical());
                }
                _ => control = libc::CMSG_NXTHDR(header, control),
            }
        }
    }
    None
}
