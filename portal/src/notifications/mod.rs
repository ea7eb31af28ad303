//! Notifications: a transactional outbox. Whoever changes something writes in the same
//! transaction whom it concerns ([`enqueue`]); what is sent on which channel is worked out and
//! delivered afterwards.

pub mod events;
pub mod store;

pub use events::Event;
pub use store::{Notice, enqueue, enqueue_code};

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
}
