//! The body of a request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep_until};

use crate::line::Line;
use crate::metrics::Figures;
use crate::pace::Pace;

/// The client stopped in the middle of a body.
#[derive(Debug, thiserror::Error)]
#[error("the rest of the body did not come in time")]
pub struct Stalled;

impl Stalled {
    /// Is this why a body could not be read?
    pub fn is_cause_of(error: &(dyn std::error::Error + 'static)) -> bool {
        let mut next = Some(error);
        while let Some(error) = next {
            if error.is::<Self>() {
                return true;
            }
            next = error.source();
        }
        false
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A request's body that fails when its client stalls. Only the time in which a handler waits for
/// it counts.
pub(crate) struct Asked {
    incoming: Incoming,
    line: Arc<Line>,
    figures: Figures,
    pace: Pace,
    waits: bool,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Asked {
    pub(crate) fn new(incoming: Incoming, line: Arc<Line>, figures: Figures) -> Self {
        let times = line.times();
        Self {
            incoming,
            line,
            figures,
            pace: Pace::new(times.stall, times.stall_bytes),
            waits: false,
            alarm: None,
        }
    }

    fn set_waits(&mut self, waits: bool) {
        if self.waits != waits {
            self.waits = waits;
            let began = self.pace.began();
            self.line.hears(began.filter(|_| waits));
        }
    }

    /// Nothing has come; ready once it took too long.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.pace.wait(Instant::now());
        self.set_waits(true);
        let Some(deadline) = self.pace.deadline() else {
            return Poll::Pending;
        };
        let deadline = tokio::time::Instant::from_std(deadline);
        let alarm = self
            .alarm
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if alarm.deadline() != deadline {
            alarm.as_mut().reset(deadline);
        }
        alarm.as_mut().poll(cx)
    }
}

impl Body for Asked {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Poll::Ready(came) = Pin::new(&mut self.incoming).poll_frame(cx) else {
            if self.poll_stalled(cx).is_pending() {
                return Poll::Pending;
            }
            self.set_waits(false);
            self.figures.closes("body");
            return Poll::Ready(Some(Err(Stalled.into())));
        };
        self.set_waits(false);
        let bytes = match &came {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        self.pace.pass(bytes, Instant::now());
        Poll::Ready(came.map(|frame| frame.map_err(BoxError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.set_waits(false);
    }
}
