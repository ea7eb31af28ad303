//! The demo: fictional people in a running fair, and links that enter as each of them.
//!
//! The routes exist in `pinhui demo` alone; `serve` answers them with 404.

mod applicants;
pub(crate) mod cases;
pub mod data;
pub mod emulators;
pub(crate) mod history;
mod links;
pub mod pages;
pub mod phone;
pub mod schools;
pub mod seed;

pub use emulators::Emulators;

use crate::web::Routes;

/// Routes of the demo.
pub fn routes() -> Routes {
    Routes::new()
        .get("/demo", links::page)
        .get("/demo/enter/{who}", links::enter)
        .merge(phone::routes())
}
