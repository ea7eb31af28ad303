//! Résumés: what a student shows, and when it is complete enough to be shown (S2).

pub mod draft;
pub mod edit;
pub mod overview;
pub mod pages;
pub mod rules;
pub mod sheet;
pub mod shield_pages;
pub mod shields;
pub mod store;

pub use rules::{Experience, Intent, Section, Sections};
pub use store::Resume;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/resume", overview::show)
        .get("/resume/edit/{section}", edit::form)
        .post("/resume/edit/{section}", edit::save)
        .post("/resume/visibility", overview::visibility)
        .post("/resume/file", overview::attach)
        .post("/resume/file/remove", overview::detach)
        .get("/resume/preview", overview::preview)
        .get("/resume/shields", shield_pages::list)
        .post("/resume/shields", shield_pages::add)
        .post("/resume/shields/remove", shield_pages::remove)
}
