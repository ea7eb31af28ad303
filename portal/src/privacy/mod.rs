//! Personal data (S13, C1–C10): consents, the export of one's own data, wiping an account, and
//! how long what is kept.

pub mod consents;
pub mod erase;
pub mod export;
mod metrics;
pub mod pages;
pub mod processors;
pub mod retention;
pub mod rules;
pub mod sight;

#[cfg(test)]
mod store_tests;

pub use erase::erase;
pub use metrics::PrivacyMetrics;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/privacy", pages::show)
        .get("/privacy/processors", processors::show)
        .post("/privacy/consents/{consent}/withdraw", pages::withdraw)
        .post("/privacy/consents/contact", pages::give_contact)
        .post("/privacy/export", export::download)
}
