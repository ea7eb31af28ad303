//! Sans-IO media server: ICE-lite, DTLS-SRTP, routing table, no socket, no clock, no task.

// From bytes to authenticated packets, and back.
pub mod certificate;
pub mod classify;
pub mod dtls;
#[doc(hidden)]
pub mod fuzzing;
pub mod ice;
pub mod path;
pub mod sdp;
pub mod srtp;
pub mod stun;

// From packets to routes: who gets what.
mod batch;
mod codec;
mod command;
mod config;
mod crossing;
mod deadlines;
mod event;
mod ids;
mod lookup;
mod packet;
mod peer;
mod prefetch;
mod receive;
mod ring;
mod rtcp;
mod rtp;
mod send;
mod sfu;
mod slab;
mod stats;
mod stranger;
mod switchboard;
mod track;
mod transmit;

pub use batch::{BATCH_DATAGRAMS, Batch, DATAGRAM_BYTES, Datagram};
pub use command::Command;
pub use config::{Config, Limits};
pub use crossing::CrossingBatch;
pub use event::{CloseReason, Event, Plugs, Quality, RefuseReason, SlotInfo};
pub use ids::{PeerId, RoomId, SlotRef, SourceId, SourceRef, WorkerId, worker_of_ufrag};
pub use sdp::{MediaKind, SourceKind};
pub use sfu::Sfu;
pub use stats::Stats;
pub use switchboard::{SlotUse, Switchboard, SwitchboardOutput};
pub use transmit::{MAX_SEGMENTS, MAX_TRANSMIT_BYTES, Transmit};
