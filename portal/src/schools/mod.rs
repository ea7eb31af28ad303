//! Schools (高校).

mod pages;
pub mod store;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new().get("/school", pages::home)
}
