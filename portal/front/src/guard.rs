//! Holds a connection to its limits.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use base::places::Place;
use tokio::time::{Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::line::{Line, Stand, View};
use crate::metrics::Figures;

/// A connection's work with its limits around it. It ends with the work, with a limit, or when its
/// place is given to another one.
///
/// It looks at the line whenever the work has moved, so that no timer is set for what is quick.
pub(crate) struct Guarded<W> {
    work: Pin<Box<W>>,
    line: Arc<Line>,
    place: Place,
    lost: Pin<Box<WaitForCancellationFutureOwned>>,
    close: CancellationToken,
    alarm: Option<Pin<Box<Sleep>>>,
    view: View,
    figures: Figures,
}

impl<W: Future<Output = ()>> Guarded<W> {
    /// `close` asks the work to end in order.
    pub(crate) fn new(
        work: W,
        line: Arc<Line>,
        place: Place,
        (close, figures): (CancellationToken, Figures),
    ) -> Self {
        let view = line.look();
        figures.moves(None, Some(view.stand));
        Self {
            work: Box::pin(work),
            line,
            view,
            lost: Box::pin(place.lost()),
            place,
            close,
            alarm: None,
            figures,
        }
    }

    /// Follows the line to what it waits for now. False: the place was given away.
    fn follow(&mut self, view: View) -> bool {
        let before = std::mem::replace(&mut self.view, view);
        if view.stand != before.stand {
            self.figures.moves(Some(before.stand), Some(view.stand));
        }
        view.waits == before.waits || self.place.waits(view.waits)
    }

    /// Ready when `deadline` has come. An alarm that is set too early rings in vain, once.
    fn poll_deadline(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = tokio::time::Instant::from_std(deadline);
        let alarm = self
            .alarm
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if alarm.deadline() > deadline || alarm.is_elapsed() {
            alarm.as_mut().reset(deadline);
        }
        while alarm.as_mut().poll(cx).is_ready() {
            if alarm.deadline() >= deadline {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(deadline);
        }
        Poll::Pending
    }

    /// A limit is over. True: the connection ends at once; a client that only rests is told first.
    fn is_late(&mut self) -> bool {
        if self.view.stand != Stand::Closing {
            self.figures.closes(self.view.stand.as_str());
        }
        if self.view.stand == Stand::Idle {
            self.line.close(Instant::now());
            self.close.cancel();
            return false;
        }
        true
    }
}

impl<W: Future<Output = ()>> Future for Guarded<W> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.line.register(cx.waker());
        if this.work.as_mut().poll(cx).is_ready() || this.lost.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        loop {
            let view = this.line.look();
            if !this.follow(view) {
                return Poll::Ready(());
            }
            let Some(deadline) = view.deadline else {
                return Poll::Pending;
            };
            if this.poll_deadline(deadline, cx).is_pending() {
                return Poll::Pending;
            }
            if this.is_late() {
                return Poll::Ready(());
            }
        }
    }
}

impl<W> Drop for Guarded<W> {
    fn drop(&mut self) {
        self.figures.moves(Some(self.view.stand), None);
    }
}
