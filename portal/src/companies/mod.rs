//! Companies (单位).

mod pages;
pub mod reviewed;
pub mod store;

pub use store::NewCompany;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new().get("/company", pages::home)
}
