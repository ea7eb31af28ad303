//! Students, as their school knows them: the roster, registration, and who is confirmed.

pub mod facts;
pub mod identity;
pub mod list;
mod metrics;
pub mod register;
pub mod reviewed;
pub mod roster;
pub mod rules;
pub mod store;
#[cfg(test)]
mod tests;
mod verified;

use crate::web::Routes;

pub use metrics::StudentMetrics;
pub use rules::{Degree, Profile, Standing};
pub use verified::{IDENTITY, VerifiedStudent};

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .merge(list::routes())
        .merge(roster::routes())
        .merge(register::routes())
        .merge(identity::routes())
}
