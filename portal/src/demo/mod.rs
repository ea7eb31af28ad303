//! The demo: fictional people in a running fair, and links that enter as each of them.
//!
//! The routes exist in `pinhui demo` alone; `serve` answers them with 404.

pub mod data;
mod links;
pub mod pages;
pub mod seed;

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

/// Routes of the demo.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/demo", get(links::page))
        .route("/demo/enter/{who}", get(links::enter))
}
