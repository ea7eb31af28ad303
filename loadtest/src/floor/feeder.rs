//! The other side of the floor: queues sealed datagrams in the replayer's socket, and empties
//! the sinks that stand for the receivers. Its time is not counted.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use anyhow::{Result, bail};
use ring::aead::{Aad, LessSafeKey};

use super::replay::{HEADER, KEY, Replayer, SMALLEST, nonce};
use super::trace::Batch;
use crate::client::socket::{Inbox, Outbox, Socket};
use crate::client::srtp::gcm;

/// Feeds a [`Replayer`] and empties its sinks.
pub struct Feeder {
    socket: Socket,
    sinks: Vec<Socket>,
    /// Sinks stand in an epoll set, as the sockets of real clients do: waking it is part of what
    /// a send costs.
    _epoll: OwnedFd,
    key: LessSafeKey,
    count: u64,
    out: Outbox,
    inbox: Inbox,
}

/// A feeder and the replayer that it feeds, with `receivers` sinks.
///
/// # Errors
/// When the system refuses sockets.
pub fn pair(receivers: u32) -> Result<(Feeder, Replayer)> {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    // SAFETY: a plain system call; the descriptor is checked and owned at once.
    let epoll = unsafe { libc::epoll_create1(0) };
    if epoll < 0 {
        bail!("epoll: {}", std::io::Error::last_os_error());
    }
    // SAFETY: the descriptor is fresh and owned by nobody else.
    let epoll = unsafe { OwnedFd::from_raw_fd(epoll) };
    let mut sinks = Vec::new();
    let mut addresses = Vec::new();
    for _ in 0..receivers {
        let sink = Socket::bind(any)?;
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN as u32,
            u64: 0,
        };
        // SAFETY: `event` outlives the call.
        let result = unsafe {
            libc::epoll_ctl(
                epoll.as_raw_fd(),
                libc::EPOLL_CTL_ADD,
                sink.fd(),
                &raw mut event,
            )
        };
        if result != 0 {
            bail!("epoll_ctl: {}", std::io::Error::last_os_error());
        }
        addresses.push(sink.address()?);
        sinks.push(sink);
    }
    let replayer = Replayer::new(addresses)?;
    let socket = Socket::bind(any)?;
    socket.connect(replayer.address()?)?;
    let (out, inbox) = (Outbox::default(), Inbox::default());
    Ok((
        Feeder {
            socket,
            sinks,
            _epoll: epoll,
            key: gcm(&KEY)?,
            count: 0,
            out,
            inbox,
        },
        replayer,
    ))
}

impl Feeder {
    /// Queues all datagrams of the batches in the replayer's socket.
    ///
    /// # Errors
    /// When the system did not take one.
    pub fn feed(&mut self, batches: &[Batch]) -> Result<()> {
        for size in batches.iter().flat_map(|batch| &batch.received) {
            let size = usize::from(*size);
            let packet = self.out.add();
            packet.resize(size, 0x5a);
            if size < SMALLEST {
                continue;
            }
            self.count += 1;
            packet[..8].copy_from_slice(&self.count.to_be_bytes());
            let plain = size - 16;
            let (header, rest) = packet.split_at_mut(HEADER);
            let (body, tail) = rest.split_at_mut(plain - HEADER);
            let Ok(tag) =
                self.key
                    .seal_in_place_separate_tag(nonce(self.count), Aad::from(&*header), body)
            else {
                bail!("seal");
            };
            tail.copy_from_slice(tag.as_ref());
        }
        match self.out.flush(&self.socket) {
            0 => Ok(()),
            unsent => bail!("{unsent} datagrams not taken"),
        }
    }

    /// Empties the sinks and says how many datagrams each held.
    pub fn drain(&mut self) -> Vec<usize> {
        let mut counts = Vec::with_capacity(self.sinks.len());
        for sink in &mut self.sinks {
            let mut total = 0;
            loop {
                let count = self.inbox.receive(sink);
                total += count;
                if count == 0 {
                    break;
                }
            }
            counts.push(total);
        }
        counts
    }
}
