//! Companies (单位): how they register and are certified, who works for them on this platform, and
//! which schools they may come to.

mod application;
mod applying;
pub mod brand;
mod brand_page;
mod certification;
pub mod certifications;
pub mod choices;
mod claim;
pub mod claims;
mod fields;
pub mod guests;
mod home;
pub mod invoices;
pub mod joins;
pub mod members;
pub mod outward;
mod person;
mod profile;
pub mod register;
pub mod reviewed;
pub mod rules;
mod schools;
pub mod store;
mod waiting;

#[cfg(test)]
mod tests;

pub use applying::WaitingPage;
pub use brand_page::BrandPage;
pub use certification::CertificationPage;
pub use claim::ClaimPage;
pub use home::HomePage;
pub use invoices::InvoicePage;
pub use profile::ProfilePage;
pub use schools::SchoolsPage;
pub use store::NewCompany;
pub use waiting::Waiting;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/company", home::page)
        .post("/company/application", applying::submit)
        .post("/company/application/withdraw", applying::withdraw)
        .get("/company/claim", claim::page)
        .post("/company/claim", claim::submit)
        .post("/company/claim/withdraw", claim::withdraw)
        .get("/company/claim/letter", register::letter_of_member)
        .get("/company/schools", schools::page)
        .post("/company/schools/{school}/join", schools::join)
        .post("/company/schools/{school}/cancel", schools::cancel)
        .get("/company/profile", profile::page)
        .post("/company/profile", profile::save)
        .get("/company/certification", certification::page)
        .post("/company/certification", certification::submit)
        .post("/company/certification/withdraw", certification::withdraw)
        .get("/company/brand", brand_page::page)
        .post("/company/brand", brand_page::save)
        .get("/company/invoice", invoices::page)
        .post("/company/invoice", invoices::submit)
        .merge(guests::routes())
        .merge(members::routes())
        .merge(register::routes())
}
