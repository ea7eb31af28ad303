//! ICE over TCP (RFC 6544, passive): for networks that let no UDP out.
//!
//! One listener per node accepts, reads the first frame of each connection, and hands the socket
//! to the worker that the frame's user fragment names. That worker takes it over if the frame is an
//! authentic check of one of its peers, and closes it if not. From then on the connection belongs
//! to that worker's thread, like a datagram socket whose datagrams are frames.

mod frames;
mod listener;
mod pending;
mod streams;

pub use listener::{Accepted, Listener, ListenerCounters};
pub use streams::{StreamCounters, Streams};
