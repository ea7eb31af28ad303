//! One worker: a thread with its own UDP port, its share of the peers, and no lock.
//!
//! Each turn of its loop is a round: wait, take orders and what other workers hand over, receive a
//! batch, let the media server handle it, and send all that came of it in as few system calls as
//! possible. Everything that a packet touches belongs to this thread.

mod inbox;
mod outbox;
mod pace;
mod poller;
mod round;
mod waker;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sfu_core::certificate::Identity;
use sfu_core::{Batch, CrossingBatch, Sfu, WorkerId};

pub use inbox::{Handle, Inbox, Message, Unheard, inbox};
pub use outbox::{Death, Mouth, Outbox, Reports, Teller, Term, Told, reports};
pub use poller::Poller;
pub use waker::Waker;

use crate::config::Config;
use crate::crossing::Ends;
use crate::metrics::{Figures, NodeMetrics};
use crate::socket::{Received, SocketOptions, UdpSocket};
use crate::tcp::Streams;
use crate::trace::Trace;
use pace::Pace;
use poller::Ready;

/// A worker's socket and waker. They are made before any thread runs, so that faults are told at
/// the start and every worker knows how to wake the others, and they outlive the thread: the one
/// that takes its place has the same port.
pub struct Seat {
    socket: UdpSocket,
    waker: Waker,
}

impl Seat {
    /// Opens the socket of worker number `worker`.
    ///
    /// # Errors
    /// The port is taken, or the address is not this host's.
    pub fn open(config: &Config, worker: usize) -> io::Result<Self> {
        let port = match config.udp_port {
            0 => 0,
            first => u16::try_from(usize::from(first) + worker)
                .map_err(|_| io::Error::from(io::ErrorKind::AddrNotAvailable))?,
        };
        let options = SocketOptions {
            buffer_bytes: config.socket_buffer_bytes,
            segmentation: config.segmentation,
        };
        let socket = UdpSocket::bind((config.bind, port).into(), options)?;
        let waker = Waker::new()?;
        Ok(Self { socket, waker })
    }

    /// The address and port of the socket.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.socket.local_addr()
    }

    /// The receive and the send buffer in bytes.
    #[must_use]
    pub fn buffer_sizes(&self) -> (usize, usize) {
        self.socket.buffer_sizes()
    }

    /// What wakes the worker.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }
}

/// What a worker works with besides its socket.
pub struct Equipment {
    /// The worker's name.
    pub worker: WorkerId,
    /// The media server's settings of this worker.
    pub core: sfu_core::Config,
    /// The node's certificate.
    pub identity: Arc<Identity>,
    /// Feeds all the media server's random numbers.
    pub seed: [u8; 32],
    /// The ends of the rings to and from the other workers.
    pub ends: Ends<CrossingBatch>,
    /// What wakes each worker, by number.
    pub wakers: Vec<Waker>,
    /// What reaches the worker.
    pub inbox: Inbox,
    /// Where events go.
    pub outbox: Outbox,
    /// The node's start, from which a trace counts.
    pub started: Instant,
}

/// The state of one worker's thread.
pub struct Worker {
    sfu: Sfu,
    socket: UdpSocket,
    streams: Streams,
    poller: Poller,
    waker: Waker,
    inbox: Inbox,
    ends: Ends<CrossingBatch>,
    wakers: Vec<Waker>,
    outbox: Outbox,
    figures: Figures,
    trace: Option<Trace>,
    pace: Pace,
    batch: Batch,
    stream_batch: Batch,
    received: Vec<Received>,
    ready: Vec<Ready>,
    /// When the socket was last seen empty: nothing that waits in it arrived before.
    drained: Instant,
    swept: Instant,
    crossings_dropped: u64,
    stopping: bool,
}

impl Worker {
    /// Puts a worker together; [`Worker::run`] is its thread.
    ///
    /// # Errors
    /// No descriptor is free for waiting.
    pub fn new(
        config: &Config,
        metrics: &NodeMetrics,
        seat: &Seat,
        equipment: Equipment,
    ) -> io::Result<Self> {
        let now = Instant::now();
        let Equipment {
            worker,
            core,
            identity,
            seed,
            ends,
            wakers,
            inbox,
            outbox,
            started,
        } = equipment;
        let socket = seat.socket.try_clone()?;
        Ok(Self {
            sfu: Sfu::new(core, worker, identity, seed, now),
            poller: Poller::new(&socket, &seat.waker)?,
            streams: Streams::new(config.tcp_connections_per_worker, config.tcp_buffer_bytes),
            waker: seat.waker.clone(),
            inbox,
            ends,
            outbox,
            figures: Figures::new(metrics, usize::from(worker.0), now, socket.overflow_drops()),
            socket,
            trace: config.batch_trace.is_some().then(|| Trace::new(started)),
            pace: Pace::new(
                Duration::from_micros(u64::from(config.gather_us)),
                started,
                worker.0,
                u16::try_from(wakers.len()).unwrap_or(u16::MAX),
            ),
            wakers,
            batch: Batch::new(),
            stream_batch: Batch::new(),
            received: Vec::with_capacity(crate::socket::RECEIVE_BATCH),
            ready: Vec::new(),
            drained: now,
            swept: now,
            crossings_dropped: 0,
            stopping: false,
        })
    }
}
