//! An S3 storage on loopback, for tests and the demo: one bucket, in memory.
//!
//! It knows PUT, GET (with a range), HEAD and DELETE of an object, in path style and by virtual
//! host, signed by header or by query, and answers errors as S3 does. Signatures are computed anew
//! from the request as it came in, without the client's code. Below `/_ctl` it is steered: see
//! [`control`].

pub mod control;

mod answer;
mod verify;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use base::clock::Clock;
use base::config::Secret;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::config::S3Config;
use answer::Fault;

/// The largest object, bytes.
pub const MAX_OBJECT_BYTES: usize = 64 * 1024 * 1024;

/// All objects together, bytes.
pub const MAX_TOTAL_BYTES: usize = 256 * 1024 * 1024;

/// What the storage is set up with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its one bucket.
    pub bucket: String,
    /// Region in signatures.
    pub region: String,
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: Secret,
    /// Its time.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bucket: "pinhui".to_owned(),
            region: "us-east-1".to_owned(),
            access_key: "emulator".to_owned(),
            secret_key: Secret::new("emulator-secret"),
            clock: Clock::System,
        }
    }
}

/// A running storage; dropped, it ends.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What requests share.
#[derive(Debug)]
struct Shared {
    settings: Settings,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    objects: BTreeMap<String, Object>,
    /// Requests so far, without those to `/_ctl`; also the request ids.
    requests: u64,
    /// The next requests that fail, and how.
    failing: Option<control::Fail>,
    /// The next answers that break off.
    dropping: u32,
    delay: Duration,
    clock_offset_ms: i64,
}

#[derive(Debug, Clone)]
struct Object {
    bytes: Bytes,
    content_type: String,
    modified_ms: i64,
}

impl Emulator {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            settings,
            memory: Mutex::default(),
        });
        let router = Router::new()
            .nest("/_ctl", control::router())
            .fallback(serve)
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(%error, "the storage's emulator ended");
            }
        });
        Ok(Self {
            address,
            shared,
            task,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client needs to speak with it.
    pub fn config(&self) -> S3Config {
        let settings = &self.shared.settings;
        S3Config {
            base_url: format!("http://{}", self.address),
            region: settings.region.clone(),
            bucket: settings.bucket.clone(),
            access_key: settings.access_key.clone(),
            secret_key: settings.secret_key.clone(),
            ..S3Config::default()
        }
    }

    /// Lets the next `next` requests fail with `status` and `code`, such as 503 and `SlowDown`.
    pub fn fail(&self, next: u32, status: u16, code: &str) {
        let code = code.to_owned();
        self.shared.memory().failing = Some(control::Fail { next, status, code });
    }

    /// Breaks the next `next` answers off in the middle of their body.
    pub fn drop_answers(&self, next: u32) {
        self.shared.memory().dropping = next;
    }

    /// Lets each answer wait.
    pub fn delay(&self, delay: Duration) {
        self.shared.memory().delay = delay;
    }

    /// Keys of all objects.
    pub fn keys(&self) -> Vec<String> {
        self.shared.memory().objects.keys().cloned().collect()
    }

    /// Requests so far, without those to `/_ctl`.
    pub fn requests(&self) -> u64 {
        self.shared.memory().requests
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        let offset_ms = self.memory().clock_offset_ms;
        self.settings.clock.now_ms().saturating_add(offset_ms)
    }
}

/// What was ordered for one request.
struct Order {
    id: u64,
    delay: Duration,
    fault: Option<Fault>,
    drop: bool,
}

impl Memory {
    fn begin(&mut self) -> Order {
        self.requests += 1;
        let fault = self.failing.as_mut().filter(|fail| fail.next > 0);
        let fault = fault.map(|fail| {
            fail.next -= 1;
            Fault::ordered(fail.status, &fail.code)
        });
        let drop = fault.is_none() && self.dropping > 0;
        self.dropping -= u32::from(drop);
        Order {
            id: self.requests,
            delay: self.delay,
            fault,
            drop,
        }
    }
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let order = shared.memory().begin();
    if !order.delay.is_zero() {
        tokio::time::sleep(order.delay).await;
    }
    let path = request.uri().path().to_owned();
    let answer = match order.fault {
        Some(fault) => Err(fault),
        None => handle(&shared, request).await,
    };
    let mut response = answer.unwrap_or_else(|fault| fault.answer(&path, order.id));
    let id = header::HeaderValue::from(order.id);
    response.headers_mut().insert("x-amz-request-id", id);
    if order.drop {
        broken_off(response).await
    } else {
        response
    }
}

async fn handle(shared: &Shared, request: Request) -> Result<Response, Fault> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_OBJECT_BYTES)
        .await
        .map_err(|_| Fault::new(StatusCode::BAD_REQUEST, "EntityTooLarge"))?;
    let seen = verify::Seen {
        parts: &parts,
        body: &body,
    };
    verify::check(&seen, &shared.settings, shared.now_ms())?;
    answer::answer(shared, &parts, body)
}

/// The same answer, promising a byte that never comes.
async fn broken_off(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_OBJECT_BYTES).await.unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    parts.headers.insert(
        header::CONTENT_LENGTH,
        header::HeaderValue::from(bytes.len() + 1),
    );
    // The pause lets the server send the first half; without it the error would overtake it.
    let end = async {
        tokio::task::yield_now().await;
        Err(io::Error::other("ordered to break off"))
    };
    let body = stream::once(async { Ok(half) }).chain(stream::once(end));
    Response::from_parts(parts, Body::from_stream(body))
}
