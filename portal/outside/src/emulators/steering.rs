//! What shall go wrong next, and the routes below `/_ctl` that all emulators share.
//!
//! | route | body | does |
//! |---|---|---|
//! | `GET /_ctl/received` | | what came, oldest first |
//! | `POST /_ctl/fail` | `{"times":2,"code":"45009"}` or `{"status":503}` | refuses |
//! | `POST /_ctl/delay` | `{"times":1,"ms":500}` | answers later |
//! | `POST /_ctl/drop` | `{"times":1}` | does it, and breaks the connection instead of answering |
//! | `POST /_ctl/garble` | `{"times":1}` | does it, and answers something else |
//! | `POST /_ctl/flood` | `{"times":1}` | does it, and answers far too much |
//! | `POST /_ctl/clear` | | forgets what was planned |
//! | `POST /_ctl/clock` | `{"now_ms":1772330584000}` | sets a simulated clock |
//!
//! `times` is 1 when it is left out; `path` limits a fault to paths that begin with it.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base::clock::Clock;
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use serde_json::Value;

use super::lock;
use crate::http::MAX_ANSWER_BYTES;

/// Most faults that are planned at once.
const MAX_PLANNED: usize = 1_000;
/// Longest delay.
const MAX_DELAY: Duration = Duration::from_secs(600);

/// Something that goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Refused with the system's own code, before anything is done.
    Code(String),
    /// Refused with an HTTP status and a page in the place of the protocol.
    Status(u16),
    /// Done and answered, but later.
    Delay(Duration),
    /// Done, but the connection breaks before the answer is complete.
    Drop,
    /// Done, but the answer is not what the protocol says.
    Garble,
    /// Done, but the answer is larger than anyone would read.
    Flood,
}

/// A code that the handler of this request answers.
#[derive(Debug, Clone)]
pub(crate) struct Forced(pub String);

/// The faults of one emulator, first planned, first met.
#[derive(Debug, Default)]
pub struct Steering(Mutex<VecDeque<(String, Fault)>>);

impl Steering {
    /// The next `times` requests whose path begins with `path` meet `fault`. What is over the
    /// limit of 1,000 is not planned.
    pub fn plan(&self, times: usize, path: &str, fault: &Fault) {
        let mut planned = lock(&self.0);
        let room = MAX_PLANNED.saturating_sub(planned.len());
        planned.extend((0..times.min(room)).map(|_| (path.to_owned(), fault.clone())));
    }

    /// Forgets what was planned.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }

    /// The fault that a request to `path` meets.
    pub(crate) fn take(&self, path: &str) -> Option<Fault> {
        let mut planned = lock(&self.0);
        let at = planned
            .iter()
            .position(|(prefix, _)| path.starts_with(prefix.as_str()))?;
        planned.remove(at).map(|(_, fault)| fault)
    }
}

/// What the shared routes need of an emulator.
pub(crate) trait Emulated: Clone + Send + Sync + 'static {
    /// Its faults.
    fn steering(&self) -> &Steering;
    /// Its clock.
    fn clock(&self) -> &Clock;
    /// What came, as JSON.
    fn received(&self) -> Value;
}

/// The emulator's own routes, disturbed, and the shared ones, never disturbed.
pub(crate) fn steered<E: Emulated>(emulator: E, routes: Router<E>, own: Router<E>) -> Router {
    let disturbed = routes.layer(from_fn_with_state(emulator.clone(), disturb::<E>));
    disturbed
        .merge(control::<E>())
        .merge(own)
        .with_state(emulator)
}

/// The shared routes alone.
pub(crate) fn control<E: Emulated>() -> Router<E> {
    Router::new()
        .route("/_ctl/received", get(received::<E>))
        .route("/_ctl/fail", post(fail::<E>))
        .route("/_ctl/delay", post(delay::<E>))
        .route("/_ctl/drop", post(break_off::<E>))
        .route("/_ctl/garble", post(garble::<E>))
        .route("/_ctl/flood", post(flood::<E>))
        .route("/_ctl/clear", post(clear::<E>))
        .route("/_ctl/clock", post(set_clock::<E>))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Plan {
    times: usize,
    path: String,
    code: Option<String>,
    status: Option<u16>,
    ms: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            times: 1,
            path: "/".to_owned(),
            code: None,
            status: None,
            ms: 0,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    now_ms: i64,
}

async fn received<E: Emulated>(State(emulator): State<E>) -> Json<Value> {
    Json(emulator.received())
}

async fn fail<E: Emulated>(State(emulator): State<E>, Json(plan): Json<Plan>) -> StatusCode {
    let fault = match (plan.code, plan.status) {
        (Some(code), None) => Fault::Code(code),
        (None, Some(status @ 400..600)) => Fault::Status(status),
        _ => return StatusCode::UNPROCESSABLE_ENTITY,
    };
    emulator.steering().plan(plan.times, &plan.path, &fault);
    StatusCode::NO_CONTENT
}

async fn delay<E: Emulated>(State(emulator): State<E>, Json(plan): Json<Plan>) -> StatusCode {
    let fault = Fault::Delay(Duration::from_millis(plan.ms).min(MAX_DELAY));
    emulator.steering().plan(plan.times, &plan.path, &fault);
    StatusCode::NO_CONTENT
}

async fn break_off<E: Emulated>(State(emulator): State<E>, Json(plan): Json<Plan>) -> StatusCode {
    emulator
        .steering()
        .plan(plan.times, &plan.path, &Fault::Drop);
    StatusCode::NO_CONTENT
}

async fn garble<E: Emulated>(State(emulator): State<E>, Json(plan): Json<Plan>) -> StatusCode {
    emulator
        .steering()
        .plan(plan.times, &plan.path, &Fault::Garble);
    StatusCode::NO_CONTENT
}

async fn flood<E: Emulated>(State(emulator): State<E>, Json(plan): Json<Plan>) -> StatusCode {
    emulator
        .steering()
        .plan(plan.times, &plan.path, &Fault::Flood);
    StatusCode::NO_CONTENT
}

async fn clear<E: Emulated>(State(emulator): State<E>) -> StatusCode {
    emulator.steering().clear();
    StatusCode::NO_CONTENT
}

/// The system's clock cannot be set: 409.
async fn set_clock<E: Emulated>(
    State(emulator): State<E>,
    Json(set): Json<SetClock>,
) -> StatusCode {
    match emulator.clock() {
        Clock::System => StatusCode::CONFLICT,
        clock @ Clock::Simulated(_) => {
            clock.set(set.now_ms);
            StatusCode::NO_CONTENT
        }
    }
}

/// Lets the next planned fault happen to a request.
async fn disturb<E: Emulated>(
    State(emulator): State<E>,
    mut request: Request,
    next: Next,
) -> Response {
    match emulator.steering().take(request.uri().path()) {
        None => next.run(request).await,
        Some(Fault::Code(code)) => {
            request.extensions_mut().insert(Forced(code));
            next.run(request).await
        }
        Some(Fault::Status(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, "<html>a gateway's page</html>").into_response()
        }
        Some(Fault::Delay(delay)) => {
            tokio::time::sleep(delay).await;
            next.run(request).await
        }
        Some(Fault::Drop) => {
            drop(next.run(request).await);
            let broken = std::io::Error::other("broken on purpose");
            Body::from_stream(stream::iter([Err::<Bytes, _>(broken)])).into_response()
        }
        Some(Fault::Garble) => {
            drop(next.run(request).await);
            "<html>not the protocol</html>".into_response()
        }
        Some(Fault::Flood) => {
            drop(next.run(request).await);
            vec![b' '; 2 * MAX_ANSWER_BYTES].into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_met_in_order_and_by_path() {
        let steering = Steering::default();
        steering.plan(1, "/b", &Fault::Drop);
        steering.plan(2, "/", &Fault::Status(503));
        assert_eq!(steering.take("/a"), Some(Fault::Status(503)));
        assert_eq!(steering.take("/b/c"), Some(Fault::Drop));
        assert_eq!(steering.take("/b"), Some(Fault::Status(503)));
        assert_eq!(steering.take("/b"), None);
    }

    #[test]
    fn plans_are_limited_and_can_be_cleared() {
        let steering = Steering::default();
        steering.plan(usize::MAX, "/", &Fault::Garble);
        assert_eq!(lock(&steering.0).len(), MAX_PLANNED);
        steering.clear();
        assert_eq!(steering.take("/"), None);
    }
}
