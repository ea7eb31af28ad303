//! What school staff publish on the site (U10): notices and talks.

mod actions;
mod form;
mod list;
pub mod store;

use crate::web::Routes;

pub use form::NoticeFormPage;
pub use list::NoticesPage;

/// Routes of publishing.
pub fn routes() -> Routes {
    Routes::new()
        .get("/school/notices", list::show)
        .get("/school/notices/new", form::fresh)
        .post("/school/notices", actions::create)
        .get("/school/notices/{notice}", form::edit)
        .post("/school/notices/{notice}", actions::save)
        .post("/school/notices/{notice}/status", actions::set_status)
}
