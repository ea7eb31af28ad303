//! How the emulator is steered from outside, in JSON.
//!
//! | request | effect |
//! |---|---|
//! | `POST /_ctl/fail {"next":2,"status":503,"code":"SlowDown"}` | the next requests fail so |
//! | `POST /_ctl/drop {"next":1}` | the next answers break off |
//! | `POST /_ctl/delay {"ms":100}` | each answer waits |
//! | `POST /_ctl/clock {"offset_ms":1000}` | its clock goes ahead (or behind) by so much |
//! | `GET /_ctl/objects` | keys, lengths and types of all objects |
//! | `GET /_ctl/requests` | how many requests came |

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::Shared;

/// The longest delay that can be ordered, ms.
const MAX_DELAY_MS: u64 = 600_000;

/// Failures to come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// How many requests fail.
    pub next: u32,
    /// HTTP status, 400 to 599.
    pub status: u16,
    /// S3's code.
    pub code: String,
}

/// Answers that break off.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Break {
    /// How many.
    pub next: u32,
}

/// A wait before each answer.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// Ms, at most ten minutes.
    pub ms: u64,
}

/// A clock that goes wrong.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offset {
    /// Ms ahead.
    pub offset_ms: i64,
}

/// An object of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its key, without the bucket.
    pub key: String,
    /// Bytes.
    pub length: usize,
    /// As it was uploaded.
    pub content_type: String,
}

/// The count of requests.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Requests {
    /// How many came so far, without those to `/_ctl`.
    pub requests: u64,
}

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/fail", post(fail))
        .route("/drop", post(break_off))
        .route("/delay", post(delay))
        .route("/clock", post(clock))
        .route("/objects", get(objects))
        .route("/requests", get(requests))
}

async fn fail(State(shared): State<Arc<Shared>>, Json(fail): Json<Fail>) -> StatusCode {
    if !(400..=599).contains(&fail.status) {
        return StatusCode::BAD_REQUEST;
    }
    shared.memory().failing = Some(fail);
    StatusCode::NO_CONTENT
}

async fn break_off(State(shared): State<Arc<Shared>>, Json(order): Json<Break>) -> StatusCode {
    shared.memory().dropping = order.next;
    StatusCode::NO_CONTENT
}

async fn delay(State(shared): State<Arc<Shared>>, Json(delay): Json<Delay>) -> StatusCode {
    shared.memory().delay = Duration::from_millis(delay.ms.min(MAX_DELAY_MS));
    StatusCode::NO_CONTENT
}

async fn clock(State(shared): State<Arc<Shared>>, Json(offset): Json<Offset>) -> StatusCode {
    shared.memory().clock_offset_ms = offset.offset_ms;
    StatusCode::NO_CONTENT
}

async fn objects(State(shared): State<Arc<Shared>>) -> Json<Vec<Listed>> {
    let listed = shared
        .memory()
        .objects
        .iter()
        .map(|(key, object)| Listed {
            key: key.clone(),
            length: object.bytes.len(),
            content_type: object.content_type.clone(),
        })
        .collect();
    Json(listed)
}

async fn requests(State(shared): State<Arc<Shared>>) -> Json<Requests> {
    let requests = shared.memory().requests;
    Json(Requests { requests })
}
