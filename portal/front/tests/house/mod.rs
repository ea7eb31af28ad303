//! A server on a free port with pages that a test can hold, and clients that do what none should.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::WebSocketUpgrade;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use front::{Limits, Listener, Metrics, Stalled, Stop, Tls};
use futures_util::StreamExt;
use prometheus::Registry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// Longest wait for anything that must happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than any system buffers.
pub const LARGE_BYTES: usize = 32 * 1024 * 1024;

/// Limits that no test hits unless it sets them.
pub fn far() -> Limits {
    Limits {
        handshake_s: 3_600,
        header_s: 3_600,
        idle_s: 3_600,
        stall_s: 3_600,
        ..Limits::default()
    }
}

/// A running server.
pub struct House {
    pub address: SocketAddr,
    pub stop: Stop,
    /// Lets one `/held` after the other end.
    pub leave: Arc<Semaphore>,
    pub served: JoinHandle<std::io::Result<()>>,
    registry: Registry,
}

impl House {
    pub fn open(limits: Limits) -> Self {
        Self::open_with(limits, Vec::new(), None)
    }

    pub fn open_with(limits: Limits, proxies: Vec<IpAddr>, tls: Option<Tls>) -> Self {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let address = socket.local_addr().unwrap();
        let (registry, stop) = (Registry::new(), Stop::default());
        let leave = Arc::new(Semaphore::new(0));
        let metrics = Metrics::new(&registry).unwrap();
        let listener = Listener {
            name: "pages",
            socket,
            tls,
            router: pages(leave.clone()),
            proxies,
            limits,
        };
        Self {
            address,
            served: tokio::spawn(front::serve(listener, metrics, stop.clone())),
            stop,
            leave,
            registry,
        }
    }

    /// A client's connection.
    pub async fn connect(&self) -> TcpStream {
        self.connect_from([127, 0, 0, 1]).await
    }

    /// One from another address.
    pub async fn connect_from(&self, from: [u8; 4]) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((from, 0))).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// A client that said something.
    pub async fn say(&self, text: &str) -> TcpStream {
        let mut client = self.connect().await;
        client.write_all(text.as_bytes()).await.unwrap();
        client
    }

    /// The sum of a figure over the lines that have this label.
    pub fn figure(&self, name: &str, label: &str) -> f64 {
        let families = self.registry.gather();
        let lines = families.iter().filter(|family| family.name() == name);
        lines
            .flat_map(|family| family.get_metric())
            .filter(|line| line.get_label().iter().any(|it| it.value() == label))
            .map(|line| line.get_counter().get_value() + line.get_gauge().get_value())
            .sum()
    }

    /// Connections that a limit closed.
    pub fn closed(&self, reason: &str) -> f64 {
        self.figure("pinhui_http_connections_closed_total", reason)
    }

    /// Open connections in a state.
    pub fn open_in(&self, state: &str) -> f64 {
        self.figure("pinhui_http_connections", state)
    }

    /// Waits until so many connections are in a state.
    pub async fn until_open(&self, state: &str, number: f64) {
        let what = format!("{number} connections in {state}");
        eventually(&what, || self.open_in(state) == number).await;
    }

    /// Waits until so many connections were closed for a reason.
    pub async fn until_closed(&self, reason: &str, number: f64) {
        let what = format!("{number} connections closed: {reason}");
        eventually(&what, || self.closed(reason) == number).await;
    }
}

/// Waits for a condition.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// All that comes until the connection ends; a reset is an end as well.
pub async fn rest(client: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, client.read_to_end(&mut bytes));
    let _ = read.await.expect("the connection ends");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer, as far as it came with one read.
pub async fn answer(client: &mut TcpStream) -> String {
    let mut bytes = [0; 4_096];
    let read = tokio::time::timeout(PATIENCE, client.read(&mut bytes));
    let length = read.await.expect("an answer comes").unwrap_or(0);
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

fn pages(leave: Arc<Semaphore>) -> Router {
    let held = move || {
        let leave = leave.clone();
        async move {
            leave.acquire().await.unwrap().forget();
            "held"
        }
    };
    Router::new()
        .route("/", get(|| async { "page" }))
        .route("/large", get(|| async { vec![0_u8; LARGE_BYTES] }))
        .route("/held", get(held))
        .route("/read", post(read))
        .route("/ws", get(echo))
}

async fn read(body: Body) -> Response {
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes.len().to_string().into_response(),
        Err(error) if Stalled::is_cause_of(&error) => StatusCode::REQUEST_TIMEOUT.into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|mut socket| async move {
        while let Some(Ok(message)) = socket.next().await {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    })
}
