//! Media connections of the fair's pages: offers to the media node, the core's orders, and what
//! the node reports.

mod desk;
mod events;
mod node;
mod plug;

pub(crate) use desk::{Desk, Signal, refuse};
pub(crate) use events::run;
pub use node::{
    CloseCause, MediaEvent, MediaFuture, MediaNode, MediaRefused, MediaSlotUse, PeerId, RoomId,
};
