//! What reaches a worker from the control plane, and how: a bounded queue and a wake-up.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use sfu_core::Command;

use super::waker::Waker;
use crate::tcp::Accepted;

/// Messages that may wait for one worker. A worker empties its queue in every round, so a sender
/// that finds it full waits for less than a round.
const INBOX_MESSAGES: usize = 4_096;

/// One message to a worker.
#[derive(Debug)]
pub enum Message {
    /// An order for the media server.
    Command(Command),
    /// A TCP connection that is the worker's from now on.
    Stream(Accepted),
    /// End the thread after this round.
    Stop,
}

/// The control plane's end: sends and wakes.
#[derive(Clone)]
pub struct Handle {
    sender: SyncSender<Message>,
    waker: Waker,
}

/// The worker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the worker has ended")]
pub struct Ended;

impl Handle {
    /// Sends a message, in the order of the calls; waits while the queue is full.
    ///
    /// # Errors
    /// [`Ended`] if there is nobody to read it.
    pub fn send(&self, message: Message) -> Result<(), Ended> {
        self.sender.send(message).map_err(|_| Ended)?;
        self.waker.wake();
        Ok(())
    }
}

/// A queue for the worker that `waker` wakes.
#[must_use]
pub fn inbox(waker: Waker) -> (Handle, Receiver<Message>) {
    let (sender, receiver) = sync_channel(INBOX_MESSAGES);
    (Handle { sender, waker }, receiver)
}
