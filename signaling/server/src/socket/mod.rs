//! The WebSocket at `GET /live/ws` (RFC 6455): origin, hello, limits, pings.

mod hello;
mod origin;
mod rate;
mod reader;
mod strangers;
mod writer;

use std::net::IpAddr;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use signaling_protocol::limits;

use crate::live::Live;

pub(crate) use strangers::{Stranger, Strangers};

/// Bytes that one read from a socket may bring; small, for there are thousands of sockets.
const READ_BUFFER: usize = 4 * 1024;
/// Bytes that the library joins before it writes: our own outbox does the buffering.
const WRITE_BUFFER: usize = 8 * 1024;

/// The network address of a request's client, as an extension that whoever serves
/// [`Live::router`] puts in: only he knows which proxies are to be believed. Without it a socket
/// that has not said a good hello counts under no address.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// Upgrades the request, if its origin may open live sockets.
pub(crate) async fn upgrade(
    State(live): State<Live>,
    from: Option<Extension<ClientAddress>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if live.is_closed() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if !origin::is_allowed(live.config(), &headers) {
        live.metrics().drops.with_label_values(&["origin"]).inc();
        return (
            StatusCode::FORBIDDEN,
            "this origin may not open a live socket",
        )
            .into_response();
    }
    let from = from.map(|Extension(ClientAddress(address))| address);
    let Some(stranger) = live.strangers().take(from) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER + limits::SEND_BUFFER_BYTES)
        .max_message_size(limits::CLIENT_FRAME_BYTES)
        .max_frame_size(limits::CLIENT_FRAME_BYTES)
        .on_upgrade(move |socket| async move {
            Box::pin(serve(live, socket, stranger)).await;
        })
}

/// Runs one socket to its end.
async fn serve(live: Live, socket: WebSocket, stranger: Stranger) {
    let (mut sink, mut stream) = socket.split();
    let hello = tokio::select! {
        hello = hello::receive(&live, &mut stream) => hello,
        // Whoever took the place waits for nobody's goodbye.
        () = stranger.lost() => return,
    };
    drop(stranger);
    let (hello, _place) = match hello {
        Ok(hello) => hello,
        Err(bye) => {
            let result = crate::metrics::word(bye);
            live.metrics().hellos.with_label_values(&[&result]).inc();
            return writer::say_bye(&mut sink, bye).await;
        }
    };
    live.metrics().hellos.with_label_values(&["good"]).inc();
    let socket = hello.socket().clone();
    let Some(fair) = hello.enter().await else {
        return writer::say_bye(&mut sink, signaling_protocol::Bye::Restart).await;
    };
    // Whoever ends first ends the other: a closed stream needs no writer, and after a goodbye
    // nothing more is read.
    tokio::select! {
        () = reader::run(&live, &fair, &socket, &mut stream) => {
            if let Some(bye) = socket.outbox.closing() {
                writer::say_bye(&mut sink, bye).await;
            }
        }
        () = writer::run(live.metrics(), live.started(), &socket, &mut sink) => {}
    }
    if let Some(bye) = socket.outbox.closing() {
        live.metrics()
            .cuts
            .with_label_values(&[&crate::metrics::word(bye)])
            .inc();
    }
    live.note_buffer(socket.outbox.high());
    fair.depart(&live, &socket).await;
}
