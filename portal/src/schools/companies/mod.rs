//! `/school/companies`: the companies that joined a school, wait for it, or are shut out.

mod actions;
mod pages;
pub mod store;

use crate::web::Routes;

pub use pages::CompaniesPage;

/// Routes of a school's companies.
pub fn routes() -> Routes {
    Routes::new()
        .get("/school/companies", pages::show)
        .post("/school/companies/{company}/block", actions::block)
        .post("/school/companies/{company}/unblock", actions::unblock)
        .post("/school/companies/{company}/cancel", actions::cancel)
}
