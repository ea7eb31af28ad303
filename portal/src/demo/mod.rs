//! The demo: fictional people in a running fair, and links that enter as each of them.
//!
//! The routes exist in `pinhui demo` alone; `serve` answers them with 404.

pub(crate) mod cases;
pub mod data;
mod links;
pub mod pages;
pub mod seed;

use crate::web::Routes;

/// Routes of the demo.
pub fn routes() -> Routes {
    Routes::new()
        .get("/demo", links::page)
        .get("/demo/enter/{who}", links::enter)
}
