//! Notifications: a transactional outbox. Whoever changes something writes in the same
//! transaction whom it concerns ([`enqueue`]); what is sent on which channel is worked out and
//! delivered afterwards by the [`Outbox`]. What holds a code or a one-time link keeps it no longer
//! than it takes to send it.
//!
//! | file | what is in it |
//! |---|---|
//! | [`events`], [`args`] | the catalogue, and what templates can name |
//! | [`rules`], [`plan`] | who is told on which channel |
//! | [`templates`], `texts`, [`letters`] | what is said, and how it looks on each channel |
//! | [`sending`] | what becomes of one send |
//! | [`outbox`], [`channels`], [`metrics`] | the outbox at work |
//! | [`messages`], [`settings`] | 站内信 and what a person switches off |
//! | [`desk`] | what staff change and look after |

pub mod args;
pub mod channel;
pub mod channels;
pub mod desk;
pub mod events;
pub mod letters;
pub mod messages;
pub mod metrics;
pub mod outbox;
pub mod plan;
pub mod rules;
pub mod sending;
pub mod settings;
pub mod store;
pub mod templates;
mod texts;

pub use channel::Channel;
pub use channels::Channels;
pub use events::Event;
pub use metrics::OutboxMetrics;
pub use outbox::Outbox;
pub use outbox::store::delivered;
pub use store::{Notice, enqueue, enqueue_code, enqueue_to_mobile};

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .merge(messages::routes())
        .merge(settings::routes())
        .merge(desk::routes())
}
