//! From the outbox to the socket, with pings; a reader that is too slow is let go.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use signaling_protocol::{Bye, ServerBody, limits};
use tokio::time::{Instant, MissedTickBehavior};

use crate::metrics::Metrics;
use crate::session::{Body, Socket, Taken};

/// Sockets that become ready within this time of each other are pinged together.
const PINGS_TOGETHER: Duration = Duration::from_millis(250);
/// How long a goodbye may take to leave.
const BYE: Duration = Duration::from_secs(1);
/// Frames that are handed to the library before it must write them out.
const FLUSH_FRAMES: usize = 32;

/// The first ping of a socket that is ready at `now`: at one of the moments that all sockets of
/// this process share, so that a thread which wakes for one serves many.
fn first_ping(origin: Instant, now: Instant) -> Instant {
    let every = Duration::from_millis(limits::PING_EVERY_MS);
    let together = PINGS_TOGETHER.as_nanos();
    let into = now.saturating_duration_since(origin).as_nanos() % together;
    now + every - Duration::from_nanos(u64::try_from(into).unwrap_or(0))
}

/// Sends until the socket is to be closed, then says why. Pings count from `origin`.
pub(super) async fn run(
    metrics: &Metrics,
    origin: Instant,
    socket: &Socket,
    sink: &mut SplitSink<WebSocket, Message>,
) {
    let every = Duration::from_millis(limits::PING_EVERY_MS);
    let mut pings = tokio::time::interval_at(first_ping(origin, Instant::now()), every);
    pings.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let taken = tokio::select! {
            taken = socket.outbox.take() => Some(taken),
            _ = pings.tick() => None,
        };
        let sent = tokio::select! {
            sent = async {
                match taken {
                    Some(Taken::Frame(text, cause)) => {
                        send_frames(metrics, socket, sink, (text, cause)).await
                    }
                    Some(Taken::Bye(bye)) => Ok(Some(bye)),
                    None => sink.send(Message::Ping(Bytes::new())).await.map(|()| None),
                }
            } => sent,
            () = socket.outbox.cut_off() => Ok(socket.outbox.closing()),
        };
        match sent {
            Ok(None) => {}
            Ok(Some(bye)) => return say_bye(sink, bye).await,
            Err(_) => return,
        }
    }
}

type Frame = (axum::extract::ws::Utf8Bytes, Option<std::time::Instant>);

/// Sends a frame and those right behind it, in one write if they fit.
async fn send_frames(
    metrics: &Metrics,
    socket: &Socket,
    sink: &mut SplitSink<WebSocket, Message>,
    first: Frame,
) -> Result<Option<Bye>, axum::Error> {
    let mut next = Some(Taken::Frame(first.0, first.1));
    let mut causes = Vec::new();
    let mut bytes = 0;
    let mut frames = 0;
    let mut bye = None;
    while let Some(taken) = next.take() {
        match taken {
            Taken::Frame(text, cause) => {
                bytes += text.len();
                frames += 1;
                causes.extend(cause);
                sink.feed(Message::Text(text)).await?;
                if frames < FLUSH_FRAMES {
                    next = socket.outbox.try_take();
                }
            }
            Taken::Bye(reason) => bye = Some(reason),
        }
    }
    sink.flush().await?;
    socket.outbox.sent(bytes);
    metrics.frames_out.inc_by(frames as u64);
    metrics.bytes_out.inc_by(bytes as u64);
    for cause in causes {
        metrics
            .informed_seconds
            .observe(cause.elapsed().as_secs_f64());
    }
    Ok(bye)
}

/// Says why and closes; a client that does not take it in time does without.
pub(super) async fn say_bye(sink: &mut SplitSink<WebSocket, Message>, reason: Bye) {
    let text = Body::new(&ServerBody::Bye { reason }, None).frame(None, None);
    let code = match reason {
        Bye::Restart => close_code::RESTART,
        _ => close_code::POLICY,
    };
    let close = CloseFrame {
        code,
        reason: crate::metrics::word(reason).into(),
    };
    drop(
        tokio::time::timeout(BYE, async {
            sink.send(Message::Text(text.into())).await?;
            sink.send(Message::Close(Some(close))).await
        })
        .await,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_of_the_same_moment_are_pinged_together_and_never_late() {
        let origin = Instant::now();
        let every = Duration::from_millis(limits::PING_EVERY_MS);
        let ping = |at_ms| {
            let now = origin + Duration::from_millis(at_ms);
            let first = first_ping(origin, now);
            assert!(first <= now + every && first > now + every - PINGS_TOGETHER);
            first
        };
        assert_eq!(ping(1_000), ping(1_249));
        assert_ne!(ping(1_249), ping(1_250));
        assert_eq!(ping(0), origin + every);
    }
}
