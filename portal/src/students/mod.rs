//! Students, as their school knows them.

pub mod reviewed;
pub mod rules;
pub mod store;

pub use rules::{Degree, Profile};

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
}
