//! What reaches a worker from the control plane, and how: bounded queues and a wake-up.
//!
//! Nobody ever waits here. A worker empties its queue in every round, so a queue that is full means
//! that the worker stands still: whoever sends is told, and the worker is replaced.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use sfu_core::{Command, CrossingBatch, WorkerId};

use super::waker::Waker;
use crate::crossing::{Consumer, Producer};
use crate::tcp::Accepted;

/// Orders that may wait for one worker: more than it takes to close every peer of a full worker,
/// which is the longest burst.
pub const INBOX_ORDERS: usize = 65_536;
/// TCP connections that may wait for one worker. Strangers make them, so they have places of their
/// own: they never take an order's.
pub const INBOX_STREAMS: usize = 256;

/// One message to a worker.
pub enum Message {
    /// An order for the media server.
    Command(Command),
    /// A TCP connection that is the worker's from now on.
    Stream(Accepted),
    /// Another worker was replaced: the rings to and from it are these from now on.
    Rings {
        /// The other worker.
        worker: WorkerId,
        /// Where to put what goes to it.
        to: Producer<CrossingBatch>,
        /// Where to take what comes from it.
        from: Consumer<CrossingBatch>,
    },
    /// Panic, for a test.
    Crash,
    /// End the thread after this round.
    Stop,
}

/// What both ends of one worker's queue see.
#[derive(Default)]
struct Shared {
    orders: AtomicUsize,
    streams: AtomicUsize,
    /// Grows about twice a second while the worker goes round.
    beats: AtomicU64,
    /// Another thread has this worker's place: it ends with the round that it is in.
    dismissed: AtomicBool,
}

impl Shared {
    fn waiting(&self, message: &Message) -> (&AtomicUsize, usize) {
        match message {
            Message::Stream(_) => (&self.streams, INBOX_STREAMS),
            _ => (&self.orders, INBOX_ORDERS),
        }
    }
}

/// The control plane's end: sends and wakes.
#[derive(Clone)]
pub struct Handle {
    sender: Sender<Message>,
    waker: Waker,
    shared: Arc<Shared>,
}

/// Why a worker does not get a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// Its thread has ended.
    #[error("the worker has ended")]
    Ended,
    /// Too much waits for it already.
    #[error("the worker's queue is full")]
    Full,
}

impl Handle {
    /// Sends a message, in the order of the calls. Never waits.
    ///
    /// # Errors
    /// [`Unheard`]; the message is lost.
    pub fn send(&self, message: Message) -> Result<(), Unheard> {
        let (waiting, most) = self.shared.waiting(&message);
        if waiting.fetch_add(1, Ordering::Relaxed) >= most {
            waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Unheard::Full);
        }
        self.sender.send(message).map_err(|_| Unheard::Ended)?;
        self.waker.wake();
        Ok(())
    }

    /// Orders that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.orders.load(Ordering::Relaxed)
    }

    /// A number that grows while the worker goes round.
    #[must_use]
    pub fn beats(&self) -> u64 {
        self.shared.beats.load(Ordering::Relaxed)
    }

    /// Has the worker end as soon as it can, without a look at what waits for it.
    pub fn dismiss(&self) {
        self.shared.dismissed.store(true, Ordering::Relaxed);
        self.waker.wake();
    }
}

/// The worker's end.
pub struct Inbox {
    receiver: Receiver<Message>,
    shared: Arc<Shared>,
}

impl Inbox {
    /// The next message, if one waits; [`Message::Stop`] once nobody can send any more.
    pub fn next(&self) -> Option<Message> {
        match self.receiver.try_recv() {
            Ok(message) => {
                let (waiting, _) = self.shared.waiting(&message);
                waiting.fetch_sub(1, Ordering::Relaxed);
                Some(message)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Message::Stop),
        }
    }

    /// Says that the worker goes round.
    pub fn beat(&self) {
        self.shared.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether another thread has this worker's place.
    #[must_use]
    pub fn is_dismissed(&self) -> bool {
        self.shared.dismissed.load(Ordering::Relaxed)
    }
}

/// A queue for the worker that `waker` wakes.
#[must_use]
pub fn inbox(waker: Waker) -> (Handle, Inbox) {
    let (sender, receiver) = channel();
    let shared = Arc::new(Shared::default());
    let handle = Handle {
        sender,
        waker,
        shared: Arc::clone(&shared),
    };
    (handle, Inbox { receiver, shared })
}

#[cfg(test)]
mod tests {
    use sfu_core::PeerId;

    use super::*;

    fn order() -> Message {
        let peer = PeerId(1);
        Message::Command(Command::Remove { peer })
    }

    #[test]
    fn a_full_queue_refuses_at_once_and_takes_more_when_it_was_read() {
        let (handle, inbox) = inbox(Waker::new().unwrap());
        let sent = (0..INBOX_ORDERS + 9).filter(|_| handle.send(order()).is_ok());
        assert_eq!(sent.count(), INBOX_ORDERS);
        assert_eq!(handle.send(order()), Err(Unheard::Full));
        assert_eq!(handle.waiting(), INBOX_ORDERS);
        assert!(matches!(inbox.next(), Some(Message::Command(_))));
        assert_eq!(handle.send(order()), Ok(()));
        let read = std::iter::from_fn(|| inbox.next()).count();
        assert_eq!((read, handle.waiting()), (INBOX_ORDERS, 0));
    }

    #[test]
    fn a_queue_without_a_reader_says_so() {
        let (handle, inbox) = inbox(Waker::new().unwrap());
        drop(inbox);
        assert_eq!(handle.send(order()), Err(Unheard::Ended));
    }
}
