//! Accepting connections and finding the worker that each belongs to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sfu_core::{WorkerId, stun, worker_of_ufrag};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use super::frames::MAX_FRAME_BYTES;
use super::pending::{Evicted, Pending, Place, Source};

/// How long a new connection has for its first frame.
const FIRST_FRAME_TIMEOUT: Duration = Duration::from_secs(5);

/// Null packets (RFC 4571 §2) that a connection may send before its first frame.
const NULL_PACKETS: usize = 16;

/// Pause after a refused accept, such as for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections that the kernel holds until they are accepted.
const BACKLOG: i32 = 1_024;

/// A connection whose first frame named a worker.
#[derive(Debug)]
pub struct Accepted {
    /// The socket, not blocking.
    pub stream: std::net::TcpStream,
    /// The other end; an IPv4 one as IPv4.
    pub remote: SocketAddr,
    /// The frame that was read already.
    pub first: Vec<u8>,
}

/// What became of connections before they had a worker.
#[derive(Clone, Debug)]
pub struct ListenerCounters {
    /// Handed to a worker.
    pub accepted: prometheus::IntCounter,
    /// Closed since too many had not yet said for whom they are.
    pub over_limit: prometheus::IntCounter,
    /// Closed since too many of one source had not yet said for whom they are.
    pub over_share: prometheus::IntCounter,
    /// Closed since their worker had too many new ones, or is being replaced.
    pub not_taken: prometheus::IntCounter,
    /// Closed since no first frame came in time, or it named no peer of this node.
    pub strangers: prometheus::IntCounter,
}

/// The node's TCP listener.
pub struct Listener {
    listener: TcpListener,
    pending: Arc<Pending>,
    counters: ListenerCounters,
}

impl Listener {
    /// Listens on `address`; `pending` bounds the connections without a worker. Has to be called
    /// within a tokio runtime.
    ///
    /// # Errors
    /// The port is taken, or the address is not this host's.
    pub fn bind(
        address: SocketAddr,
        pending: usize,
        counters: ListenerCounters,
    ) -> std::io::Result<Self> {
        let domain = socket2::Domain::for_address(address);
        let socket =
            socket2::Socket::new(domain, socket2::Type::STREAM, Some(socket2::Protocol::TCP))?;
        if address.is_ipv6() {
            socket.set_only_v6(!address.ip().is_unspecified())?;
        }
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from_std(socket.into())?;
        Ok(Self {
            listener,
            pending: Arc::new(Pending::new(pending)),
            counters,
        })
    }

    /// The address and port that it listens on.
    ///
    /// # Errors
    /// The operating system does not tell.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts until the future is dropped; `hand_over` gets each connection with its worker.
    pub async fn run(self, hand_over: impl Fn(WorkerId, Accepted) + Send + Sync + 'static) {
        let hand_over = Arc::new(hand_over);
        loop {
            let (stream, remote) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "a TCP connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (place, evicted) = Pending::admit(&self.pending, Source::of(remote.ip()));
            match evicted {
                Some(Evicted::OwnShare) => self.counters.over_share.inc(),
                Some(Evicted::Greediest) => self.counters.over_limit.inc(),
                None => {}
            }
            let (counters, hand_over) = (self.counters.clone(), Arc::clone(&hand_over));
            tokio::spawn(async move {
                match first_frame(stream, remote, place).await {
                    Some((worker, accepted)) => hand_over(worker, accepted),
                    None => counters.strangers.inc(),
                }
            });
        }
    }
}

/// Waits for the first frame for as long as the connection has its place.
async fn first_frame(
    stream: TcpStream,
    remote: SocketAddr,
    mut place: Place,
) -> Option<(WorkerId, Accepted)> {
    let introduced = tokio::time::timeout(FIRST_FRAME_TIMEOUT, introduce(stream, remote));
    tokio::select! {
        introduced = introduced => introduced.ok()?,
        () = place.evicted() => None,
    }
}

/// Reads the first frame, which has to be a binding request that names a user fragment of ours.
async fn introduce(mut stream: TcpStream, remote: SocketAddr) -> Option<(WorkerId, Accepted)> {
    let mut length = 0;
    for _ in 0..=NULL_PACKETS {
        length = usize::from(stream.read_u16().await.ok()?);
        if length > 0 {
            break;
        }
    }
    if length == 0 || length > MAX_FRAME_BYTES {
        return None;
    }
    let mut first = vec![0; length];
    stream.read_exact(&mut first).await.ok()?;
    let worker = worker_of_ufrag(stun::peek_username(&first)?)?;
    let stream = stream.into_std().ok()?;
    stream.set_nodelay(true).ok()?;
    let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
    Some((
        worker,
        Accepted {
            stream,
            remote,
            first,
        },
    ))
}
