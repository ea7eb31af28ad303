//! Résumés: what a student shows, and when it is complete enough to be shown.

pub mod pages;
pub mod rules;
pub mod store;

pub use rules::{Experience, Intent, Sections};
pub use store::Resume;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
}
