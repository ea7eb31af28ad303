//! Reviews (审核): everything that somebody has to approve goes through this one engine.
//!
//! A kind names whose desk it lies on and how many working days it may take. What a decision
//! changes is the business of the domain of its kind ([`effects`]), in the same transaction.

pub mod effects;
pub mod rules;
pub mod store;

pub use rules::{Decision, Desk, Inbox, Kind, State};
pub use store::{DecideError, NewReview, Review};

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
}
