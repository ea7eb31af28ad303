//! The media server's shell: worker threads, UDP and TCP sockets, timers, metrics.
//!
//! The decisions are `sfu-core`'s; this crate moves bytes. A [`Node`] has one thread per worker
//! with a UDP port of its own (`worker`), a TCP listener that hands sockets to workers (`tcp`),
//! rings between workers (`crossing`), and one task for the control plane (`node`). No lock and no
//! shared counter is on a packet's way: see `worker/round.rs`.

pub mod addresses;
pub mod config;
mod crossing;
mod metrics;
mod node;
pub mod socket;
mod tcp;
pub mod trace;
mod worker;

pub use config::{Config, Placement};
pub use node::{MediaRefused, Node, NodeEvent, NodeEvents, NodeHealth};
/// What a node's interface speaks of.
pub use sfu_core::{CloseReason, PeerId, Quality, RoomId, SlotUse, SourceKind};
