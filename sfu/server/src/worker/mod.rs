//! One worker.
mod poller;
mod waker;
