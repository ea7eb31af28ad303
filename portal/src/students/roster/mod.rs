//! Importing a roster (U2): a file is read and checked as a whole, every bad row is told, and what
//! is new or changed is taken in short slices once someone has said yes.

mod columns;
mod pages;
mod plan;
mod rows;
pub mod store;
mod take;
mod upload;

use crate::web::Routes;

pub use pages::{ImportPage, ImportsPage};
pub use plan::plan;
pub use rows::RosterRow;
pub use take::{Slice, slice};

/// Routes of importing.
pub fn routes() -> Routes {
    Routes::new()
        .get("/school/students/import", pages::list)
        .get("/school/students/import/template.csv", pages::template)
        .get("/school/students/import/{import}", pages::show)
        .get("/school/students/import/{import}/faults.csv", pages::faults)
        .post("/school/students/import/{import}", pages::confirm)
        .post("/api/school/roster", upload::read)
}
