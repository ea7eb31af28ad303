//! The platform's own pages (平台端): workbench, companies, feature flags.

pub mod chart;
pub mod companies;
pub mod companies_store;
pub mod flag_pages;
pub mod flags;
pub mod gate;
pub mod search;
pub mod workbench;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/platform", workbench::show)
        .get("/platform/companies", companies::list)
        .get("/platform/companies/{company}", companies::show)
        .post("/platform/companies/{company}/freeze", companies::freeze)
        .post(
            "/platform/companies/{company}/unfreeze",
            companies::unfreeze,
        )
        .get("/platform/flags", flag_pages::show)
        .post("/platform/flags", flag_pages::set)
}
