//! `/school/students`: the students of a school as its staff see them.

mod actions;
mod detail;
mod pages;
pub mod store;

use crate::web::Routes;

pub use detail::StudentPage;
pub(super) use pages::HERE;
pub use pages::StudentsPage;

/// Routes of a school's students.
pub fn routes() -> Routes {
    Routes::new()
        .get("/school/students", pages::show)
        .get("/school/students/{student}", detail::show)
        .post("/school/students/{student}", actions::save)
        .post("/school/students/{student}/standing", actions::set_standing)
        .post("/school/students/{student}/reset", actions::reset)
}
