//! An answer that somebody waits for, kept beside an input that may have to be worked off again.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// Where an answer goes, once; clones are the same place.
#[derive(Debug)]
pub(crate) struct Answer<T>(Arc<Mutex<Option<oneshot::Sender<T>>>>);

impl<T> Clone for Answer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Answer<T> {
    /// The place, and whoever waits there.
    pub(crate) fn new() -> (Self, oneshot::Receiver<T>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Arc::new(Mutex::new(Some(sender)))), receiver)
    }

    /// Answers, if nobody has yet.
    pub(crate) fn give(&self, answer: T) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            // Whoever no longer waits needs no answer.
            drop(sender.send(answer));
        }
    }
}
