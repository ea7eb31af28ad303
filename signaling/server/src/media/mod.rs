//! Media connections of the fair's pages: offers to the media node, the core's orders, and what
//! the node reports.

mod adapter;
mod budget;
mod desk;
mod events;
mod node;
mod plug;

pub use adapter::media_node;
pub(crate) use desk::{Desk, Signal, refuse};
pub(crate) use events::run;
pub use node::{
    CloseCause, MediaEvent, MediaFuture, MediaNode, MediaRefused, MediaSlotUse, PeerId, RoomId,
};
