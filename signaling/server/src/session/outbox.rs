//! What a socket has yet to send: bounded in bytes; a reader that is too slow is cut off.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::extract::ws::Utf8Bytes;
use signaling_protocol::{Bye, limits};
use tokio::sync::Notify;

/// The unsent frames of one socket.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    inner: Mutex<Inner>,
    ready: Notify,
    cut: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    frames: VecDeque<(Utf8Bytes, Option<Instant>)>,
    /// Of `frames` and of what the writer has taken and not sent.
    bytes: usize,
    high: usize,
    closing: Option<Bye>,
}

/// What the writer does next.
#[derive(Debug)]
pub(crate) enum Taken {
    /// Sends a frame; the time is when its cause arrived.
    Frame(Utf8Bytes, Option<Instant>),
    /// Says goodbye and closes.
    Bye(Bye),
}

impl Outbox {
    /// Adds a frame. If the reader has left too much unread, the socket is cut off instead.
    pub(crate) fn push(&self, frame: impl Into<Utf8Bytes>, cause: Option<Instant>) {
        let frame = frame.into();
        let mut inner = self.lock();
        if inner.closing.is_some() {
            return;
        }
        inner.bytes += frame.len();
        inner.high = inner.high.max(inner.bytes);
        if inner.bytes > limits::SEND_BUFFER_BYTES {
            drop(inner);
            self.cut(Bye::SlowReader);
            return;
        }
        inner.frames.push_back((frame, cause));
        drop(inner);
        self.ready.notify_one();
    }

    /// Adds news that the reader can do without. False: it has so much unread that they are left
    /// out.
    pub(crate) fn push_news(&self, frame: Utf8Bytes) -> bool {
        let mut inner = self.lock();
        if inner.closing.is_some() {
            return true;
        }
        if inner.bytes >= limits::NEWS_BACKLOG_BYTES {
            return false;
        }
        inner.bytes += frame.len();
        inner.high = inner.high.max(inner.bytes);
        inner.frames.push_back((frame, None));
        drop(inner);
        self.ready.notify_one();
        true
    }

    /// Closes the socket at once: what is unsent is dropped. The first reason stands.
    pub(crate) fn cut(&self, bye: Bye) {
        let mut inner = self.lock();
        inner.closing.get_or_insert(bye);
        inner.frames.clear();
        drop(inner);
        self.ready.notify_one();
        self.cut.notify_one();
    }

    /// Closes the socket after what is unsent.
    pub(crate) fn finish(&self, bye: Bye) {
        self.lock().closing.get_or_insert(bye);
        self.ready.notify_one();
    }

    /// The next thing to do; for the one writer of the socket.
    pub(crate) async fn take(&self) -> Taken {
        loop {
            if let Some(taken) = self.try_take() {
                return taken;
            }
            self.ready.notified().await;
        }
    }

    /// The next thing to do, if there is one now.
    pub(crate) fn try_take(&self) -> Option<Taken> {
        let mut inner = self.lock();
        match inner.frames.pop_front() {
            Some((frame, cause)) => Some(Taken::Frame(frame, cause)),
            None => inner.closing.map(Taken::Bye),
        }
    }

    /// Frames of `bytes` bytes were sent.
    pub(crate) fn sent(&self, bytes: usize) {
        let mut inner = self.lock();
        inner.bytes = inner.bytes.saturating_sub(bytes);
    }

    /// Waits until the socket is cut off, so that a writer that is stuck in a send lets go.
    pub(crate) async fn cut_off(&self) {
        self.cut.notified().await;
    }

    /// Why the socket is closing.
    pub(crate) fn closing(&self) -> Option<Bye> {
        self.lock().closing
    }

    /// The most bytes that were unsent at once.
    pub(crate) fn high(&self) -> usize {
        self.lock().high
    }

    /// Nothing inside can be left half changed, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_come_out_in_order_and_then_the_goodbye() {
        let outbox = Outbox::default();
        outbox.push("a".to_owned(), None);
        outbox.push("b".to_owned(), None);
        outbox.finish(Bye::Restart);
        outbox.push("late".to_owned(), None);
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(match outbox.take().await {
                Taken::Frame(text, _) => text.to_string(),
                Taken::Bye(bye) => format!("{bye:?}"),
            });
        }
        assert_eq!(seen, ["a", "b", "Restart"]);
    }

    #[tokio::test]
    async fn a_reader_that_leaves_too_much_unread_is_cut_off() {
        let outbox = Outbox::default();
        let frame = "x".repeat(limits::SEND_BUFFER_BYTES / 4);
        for _ in 0..4 {
            outbox.push(frame.clone(), None);
        }
        assert_eq!(outbox.closing(), None);
        outbox.push(frame.clone(), None);
        outbox.cut_off().await;
        assert!(matches!(outbox.take().await, Taken::Bye(Bye::SlowReader)));
    }

    #[tokio::test]
    async fn news_never_cut_a_reader_off() {
        let outbox = Outbox::default();
        let frame = Utf8Bytes::from("x".repeat(limits::NEWS_BACKLOG_BYTES / 2));
        let taken = (0..100).filter(|_| outbox.push_news(frame.clone())).count();
        assert_eq!((taken, outbox.closing()), (2, None));
        assert!(matches!(outbox.take().await, Taken::Frame(..)));
        outbox.sent(frame.len());
        assert!(outbox.push_news(frame));
    }

    #[tokio::test]
    async fn what_was_sent_no_longer_counts() {
        let outbox = Outbox::default();
        let frame = "x".repeat(limits::SEND_BUFFER_BYTES);
        for _ in 0..3 {
            outbox.push(frame.clone(), None);
            assert!(matches!(outbox.take().await, Taken::Frame(..)));
            outbox.sent(frame.len());
        }
        assert_eq!(outbox.closing(), None);
        assert_eq!(outbox.high(), limits::SEND_BUFFER_BYTES);
    }
}
