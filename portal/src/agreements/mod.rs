//! Agreements: texts with versions (P10), who accepted which one, and asking again when a new
//! one is published. A published version is never changed.

pub mod acceptance;
pub mod diff;
pub mod gate;
pub mod pages;
pub mod publish;
pub mod rules;
pub mod store;

pub use gate::asked_on_this_page;
pub use store::{Agreement, accept, latest};

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/agreements/{code}", pages::show)
        .get("/agreements/accept", acceptance::ask)
        .post("/agreements/accept", acceptance::accept)
        .get("/platform/agreements", publish::list)
        .get("/platform/agreements/{code}", publish::edit)
        .post("/platform/agreements/{code}", publish::publish)
}
