//! Pinhui's web platform.
//!
//! Folders are nouns of the domain; each has its rules (no web, no database), its store (SQL) and
//! its handlers. [`app`] merges their routers under the layers that every request passes.

pub mod accounts;
pub mod audit;
pub mod cli;
pub mod companies;
pub mod config;
pub mod demo;
pub mod home;
pub mod ids;
pub mod interviews;
pub mod jobs;
pub mod layout;
pub mod operator;
pub mod resumes;
pub mod run;
pub mod schools;
pub mod state;
pub mod students;
mod tls;
pub mod video_fairs;
pub mod web;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod store_tests;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;

pub use config::Config;
pub use run::{Mode, Running, run, start};
pub use state::AppState;

/// All routes, under all layers.
pub fn app(state: AppState) -> Router {
    let mut routes = Router::new()
        .route("/", get(home::home))
        .route("/school", get(home::school))
        .route("/platform", get(home::platform))
        .route("/operator", get(home::operator))
        .route("/healthz", get(operator::healthz))
        .merge(accounts::router())
        .merge(interviews::router())
        .merge(video_fairs::router())
        .merge(web::assets::router());
    if state.demo {
        routes = routes.merge(demo::router());
    }
    let live = state.live.router();
    layers(routes.fallback(not_found), state).merge(live)
}

async fn not_found() -> web::PageError {
    web::PageError::NotFound
}

/// From the outside in: metrics, headers, rendering of errors, session, forgery check.
fn layers(routes: Router<AppState>, state: AppState) -> Router {
    routes
        .layer(from_fn(web::csrf::guard))
        .layer(from_fn_with_state(state.clone(), accounts::sessions::load))
        .layer(from_fn(web::errors::render))
        .layer(from_fn_with_state(state.clone(), web::headers::add))
        .layer(from_fn_with_state(state.clone(), web::metrics::count))
        .with_state(state)
}

#[cfg(test)]
mod samples;
