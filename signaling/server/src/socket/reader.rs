//! From the socket to the fair: one frame at a time, each within its limits.

use std::time::{Duration, Instant};

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use signaling_protocol::{Bye, ClientBody, ClientFrame, EchoMode, Refusal, limits};

use super::rate::{Costly, Rate};
use crate::live::{FairHandle, Live, NotTaken};
use crate::media::refuse;
use crate::metrics::word;
use crate::session::SocketRef;

/// Bad frames of one socket, by what is wrong with them. A request that is refused is none: a
/// person may press what cannot be had as often as the rate allows.
#[derive(Default)]
struct Faults {
    fast: u32,
    bad: u32,
}

/// Reads until the socket is closed, silent, or cut off for its faults.
pub(super) async fn run(
    live: &Live,
    fair: &FairHandle,
    socket: &SocketRef,
    stream: &mut SplitStream<WebSocket>,
) {
    let silent = Duration::from_millis(limits::SOCKET_GONE_MS);
    let mut rate = Rate::new(Instant::now());
    let mut costly = Costly::new(Instant::now());
    let mut faults = Faults::default();
    loop {
        let message = match tokio::time::timeout(silent, stream.next()).await {
            Err(_) => return socket.outbox.cut(Bye::Silent),
            Ok(None) => return,
            Ok(Some(Err(error))) => return broken(live, socket, &error),
            Ok(Some(Ok(message))) => message,
        };
        match message {
            Message::Text(text) => {
                live.metrics().frames_in.inc();
                if rate.take(Instant::now()) {
                    take(live, fair, socket, &text, (&mut faults, &mut costly));
                } else {
                    too_fast(live, socket, &text, &mut faults);
                }
            }
            Message::Binary(_) => {
                faults.bad += 1;
                drop_frame(live, "binary");
            }
            Message::Ping(_) | Message::Pong(_) => {
                if !rate.take(Instant::now()) {
                    faults.fast += 1;
                    drop_frame(live, "ping");
                }
            }
            Message::Close(_) => return,
        }
        if faults.bad >= limits::CLIENT_FAULTS {
            return socket.outbox.cut(Bye::Faults);
        }
        if faults.fast >= limits::CLIENT_FAULTS {
            return socket.outbox.cut(Bye::Flood);
        }
    }
}

/// A frame that the library refused: above all one that is too large. The socket cannot go on.
fn broken(live: &Live, socket: &SocketRef, error: &axum::Error) {
    let text = error.to_string();
    if text.contains("too long") || text.contains("too large") || text.contains("UTF-8") {
        drop_frame(live, "oversize_or_garbage");
        socket.outbox.cut(Bye::Faults);
    } else {
        tracing::debug!(socket = socket.id.0, %text, "socket broke");
    }
}

fn drop_frame(live: &Live, reason: &str) {
    live.metrics().drops.with_label_values(&[reason]).inc();
}

fn too_fast(live: &Live, socket: &SocketRef, text: &str, faults: &mut Faults) {
    faults.fast += 1;
    drop_frame(live, "rate");
    // A frame that was dropped counts as that, not as a refused request as well.
    if let Ok(frame) = ClientFrame::parse(text) {
        refuse(socket, frame.id, Refusal::TooFast);
    }
}

/// Refuses a request that was legal to make.
fn decline(live: &Live, socket: &SocketRef, re: u32, code: Refusal) {
    live.metrics()
        .refusals
        .with_label_values(&[&word(code)])
        .inc();
    refuse(socket, re, code);
}

fn take(
    live: &Live,
    fair: &FairHandle,
    socket: &SocketRef,
    text: &str,
    (faults, costly): (&mut Faults, &mut Costly),
) {
    let frame = match ClientFrame::parse(text) {
        Ok(frame) => frame,
        Err(error) => {
            faults.bad += 1;
            drop_frame(live, "unreadable");
            if let Some(id) = error.id() {
                refuse(socket, id, Refusal::Invalid);
            }
            return;
        }
    };
    let id = frame.id;
    if !costly.allows(&frame.body, Instant::now()) {
        decline(live, socket, id, Refusal::TooFast);
        return;
    }
    let desk = live.desk();
    match frame.body {
        ClientBody::Hello { .. } => {
            faults.bad += 1;
            drop_frame(live, "second_hello");
            refuse(socket, id, Refusal::NotAllowed);
        }
        // An answer waits for the media node: not in this task, which reads on.
        ClientBody::MediaOffer { sdp } => {
            let (desk, socket) = (desk.clone(), socket.clone());
            tokio::spawn(async move { desk.offer(socket, id, sdp).await });
        }
        ClientBody::MediaRestart { sdp } => {
            let (desk, socket) = (desk.clone(), socket.clone());
            tokio::spawn(async move { desk.restart(socket, id, sdp).await });
        }
        ClientBody::MediaClose => desk.close(socket, id),
        ClientBody::MediaEcho { mode } => desk.echo(socket, id, mode == EchoMode::On),
        body => {
            if let ClientBody::MediaMute { source, muted } = body {
                desk.note_mute(socket.id, source, muted);
            }
            match fair.act(socket, id, body) {
                Ok(()) => {}
                Err(NotTaken::Full) => decline(live, socket, id, Refusal::TooFast),
                // Whoever decides next does not know this socket.
                Err(NotTaken::Closed) => socket.outbox.cut(Bye::Restart),
            }
        }
    }
}
