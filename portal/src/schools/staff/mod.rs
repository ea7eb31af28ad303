//! A school's own staff (U1): 校级 and 院系, who is added, changed and disabled by 校级 staff.

mod actions;
pub mod add;
mod pages;
pub mod store;

use crate::web::Routes;

pub use pages::{StaffFormRow, StaffPage};

/// Routes of staff.
pub fn routes() -> Routes {
    Routes::new()
        .get("/school/staff", pages::show)
        .post("/school/staff", actions::create)
        .post("/school/staff/{account}", actions::change)
        .post("/school/staff/{account}/link", actions::link)
}
