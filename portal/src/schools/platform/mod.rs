//! `/platform/schools`: which schools there are, their hosts, their first staff.

mod actions;
mod pages;
pub mod store;

use crate::web::Routes;

pub use pages::{SchoolFormPage, SchoolsPage};

/// Routes of operations staff.
pub fn routes() -> Routes {
    Routes::new()
        .get("/platform/schools", pages::list)
        .get("/platform/schools/new", pages::fresh)
        .post("/platform/schools", actions::create)
        .get("/platform/schools/{school}", pages::edit)
        .post("/platform/schools/{school}", actions::save)
}
