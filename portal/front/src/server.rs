//! Takes connections and serves them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use base::places::{self, Place, Places, network};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ask::Pages;
use crate::guard::Guarded;
use crate::limits::Times;
use crate::line::Line;
use crate::metrics::Figures;
use crate::stream::Stream;
use crate::{Limits, Metrics, Stop, Tls};

/// Bytes of a request's header, and of an answer that waits for the client: there are thousands.
const BUFFER_BYTES: usize = 64 * 1024;
/// The same for HTTP/2, whose headers are in a list.
const HEADER_LIST_BYTES: u32 = 32 * 1024;
/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 64;
/// Bytes of bodies that a client of HTTP/2 may send before they are read, in one request …
const STREAM_WINDOW_BYTES: u32 = 128 * 1024;
/// … and in all of a connection.
const CONNECTION_WINDOW_BYTES: u32 = 256 * 1024;
/// Pause after a connection could not be taken.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The log tells of such pauses this often.
const ACCEPT_WARN_EVERY: Duration = Duration::from_secs(60);

/// What is served where.
pub struct Listener {
    /// Its name in figures.
    pub name: &'static str,
    /// Where connections come from; it does not block.
    pub socket: std::net::TcpListener,
    /// TLS; `None`: plain HTTP.
    pub tls: Option<Tls>,
    /// The pages.
    pub router: Router,
    /// Reverse proxies, which have no share of their own.
    pub proxies: Vec<IpAddr>,
    /// What clients may take.
    pub limits: Limits,
}

/// Serves until `stop`, and until the connections have ended in the time that it gives them.
///
/// # Errors
/// The socket cannot be used.
pub async fn serve(listener: Listener, metrics: Metrics, stop: Stop) -> io::Result<()> {
    let socket = TcpListener::from_std(listener.socket)?;
    let server = Arc::new(Server {
        tls: listener.tls,
        router: listener.router,
        proxies: listener.proxies,
        places: Places::new(places::Limits {
            most: listener.limits.connections,
            share: listener.limits.connections_per_address,
        }),
        times: listener.limits.times(),
        figures: metrics.of(listener.name),
        http: http(),
        tasks: TaskTracker::new(),
        stop,
    });
    server.accept(socket).await;
    server.tasks.close();
    server.tasks.wait().await;
    Ok(())
}

fn http() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    // How long a header may take is the guard's, which knows rest from haste.
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(BUFFER_BYTES);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_LIST_BYTES)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(BUFFER_BYTES);
    http
}

struct Server {
    tls: Option<Tls>,
    router: Router,
    proxies: Vec<IpAddr>,
    places: Places,
    times: Times,
    figures: Figures,
    http: Builder<TokioExecutor>,
    tasks: TaskTracker,
    stop: Stop,
}

impl Server {
    /// Takes connections until the end begins.
    async fn accept(self: &Arc<Self>, socket: TcpListener) {
        let mut warned: Option<Instant> = None;
        loop {
            let accepted = tokio::select! {
                biased;
                () = self.stop.orderly.cancelled() => return,
                accepted = socket.accept() => accepted,
            };
            match accepted {
                Ok((tcp, peer)) => self.admit(tcp, peer),
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    self.figures.accepts_failed().inc();
                    // What most often is missing is a descriptor, and a client that waits has one.
                    let displaced = self.places.displace();
                    if displaced {
                        self.figures.closes("displaced_accept");
                    }
                    if warned.is_none_or(|at| at.elapsed() >= ACCEPT_WARN_EVERY) {
                        warned = Some(Instant::now());
                        tracing::warn!(%error, displaced, "a connection could not be taken");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn admit(self: &Arc<Self>, tcp: TcpStream, peer: SocketAddr) {
        let address = peer.ip().to_canonical();
        let source = (!self.proxies.contains(&address)).then(|| network(address));
        let now = Instant::now();
        let place = match self.places.take(source, now) {
            Ok(taken) => {
                if let Some(limit) = taken.displaced {
                    self.figures
                        .closes(&format!("displaced_{}", limit.as_str()));
                }
                taken.place
            }
            Err(limit) => {
                return self.figures.closes(&format!("refused_{}", limit.as_str()));
            }
        };
        let connection = Connection {
            line: Arc::new(Line::new(self.times, now)),
            close: self.stop.orderly.child_token(),
            peer,
            server: self.clone(),
        };
        self.tasks.spawn(connection.run(tcp, place));
    }
}

/// Did the client go away before it was taken?
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

struct Connection {
    line: Arc<Line>,
    close: CancellationToken,
    peer: SocketAddr,
    server: Arc<Server>,
}

impl Connection {
    async fn run(self, tcp: TcpStream, place: Place) {
        let server = self.server.clone();
        let line = self.line.clone();
        let ends = (self.close.clone(), server.figures.clone());
        let guarded = Guarded::new(self.work(tcp), line, place, ends);
        tokio::select! {
            biased;
            () = server.stop.now.cancelled() => {}
            () = guarded => {}
        }
    }

    async fn work(self, tcp: TcpStream) {
        // A queue event must not wait for Nagle's algorithm.
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%error, "a connection broke at its begin");
            return;
        }
        let stream = Stream::new(tcp, self.line.clone());
        match &self.server.tls {
            None => self.speak(stream).await,
            Some(tls) => match tls.0.accept(stream).await {
                Ok(stream) => self.speak(stream).await,
                Err(error) => tracing::debug!(%error, "no TLS handshake"),
            },
        }
    }

    async fn speak<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.line.speak(Instant::now());
        let pages = Pages {
            router: self.server.router.clone(),
            peer: self.peer,
            line: self.line.clone(),
            figures: self.server.figures.clone(),
        };
        let http = &self.server.http;
        let serving = http.serve_connection_with_upgrades(TokioIo::new(stream), pages);
        let mut serving = std::pin::pin!(serving);
        let ended = tokio::select! {
            biased;
            () = self.close.cancelled() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
            ended = serving.as_mut() => ended,
        };
        if let Err(error) = ended {
            tracing::debug!(error, "a connection broke");
        }
    }
}
