//! WebSocket shell of the live fair: sessions, journal, media orders.
//!
//! - [`socket`](self): one task per WebSocket reads frames within their limits and writes what
//!   its outbox holds.
//! - `session`: who is here; numbered messages per person, kept for coming back.
//! - `owner`: one task per fair holds [`signaling_core::Fair`]. It takes inputs in batches,
//!   commits all rows and events of a batch in one transaction, and only then lets its messages
//!   out: nobody is told of what a crash could take away.
//! - `store`: the live tables, the lease on a fair, restoring.
//! - `media`: offers to the media node, orders to it, reports from it.

mod clock;
mod config;
mod live;
mod media;
mod metrics;
mod owner;
mod session;
mod socket;
mod store;
mod token;

pub use config::Config;
pub use live::{Live, LiveParts, LiveTrouble, WallBody};
pub use media::{
    CloseCause, MediaEvent, MediaFuture, MediaNode, MediaRefused, MediaSlotUse, PeerId, RoomId,
    media_node,
};
pub use socket::ClientAddress;
pub use store::{CallRecord, EntryRecord, Lease, LeaseError, StoreError};
pub use token::{TokenError, TokenKey};
