//! Pinhui's web platform.
//!
//! Folders are nouns of the domain; each has its rules (no web, no database), its store (SQL) and
//! its handlers. [`app`] merges their routers under the layers that every request passes.

pub mod accounts;
pub mod agreements;
pub mod audit;
pub mod cli;
pub mod companies;
pub mod complaints;
pub mod config;
pub mod demo;
pub mod descriptors;
pub mod dictionaries;
pub mod files;
pub mod home;
pub mod ids;
pub mod interviews;
pub mod jobs;
pub mod layout;
pub mod notifications;
pub mod operator;
pub mod platform;
pub mod privacy;
pub mod resumes;
pub mod reviews;
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

pub use config::Config;
pub use run::{Mode, Running, run, start, start_at};
pub use state::AppState;
use web::Routes;

/// Path of the live fair's WebSocket, which the live server serves.
pub const LIVE_SOCKET: &str = "/live/ws";

/// All routes of the pages; `demo` adds those of the demo.
pub fn routes(demo: bool) -> Routes {
    let routes = Routes::new()
        .get("/", home::home)
        .get("/operator", home::operator)
        .get("/healthz", operator::healthz)
        .merge(accounts::routes())
        .merge(agreements::routes())
        .merge(audit::routes())
        .merge(companies::routes())
        .merge(complaints::routes())
        .merge(dictionaries::routes())
        .merge(files::routes())
        .merge(interviews::routes())
        .merge(notifications::routes())
        .merge(platform::routes())
        .merge(privacy::routes())
        .merge(resumes::routes())
        .merge(reviews::routes())
        .merge(schools::routes())
        .merge(students::routes())
        .merge(video_fairs::routes())
        .merge(web::assets::routes());
    if demo {
        routes.merge(demo::routes())
    } else {
        routes
    }
}

/// All routes, under all layers.
pub fn app(state: AppState) -> Router {
    let live = state
        .live
        .router()
        .layer(from_fn_with_state(state.clone(), web::address::tell_live))
        .layer(from_fn_with_state(state.clone(), web::headers::add));
    let routes = routes(state.demo).into_router().fallback(not_found);
    layers(routes, state).merge(live)
}

async fn not_found() -> web::PageError {
    web::PageError::NotFound
}

/// From the outside in: metrics, headers, rendering of errors, session, bans, agreements,
/// forgery check.
fn layers(routes: Router<AppState>, state: AppState) -> Router {
    routes
        .layer(from_fn_with_state(state.clone(), web::csrf::guard))
        .layer(from_fn_with_state(state.clone(), agreements::gate::ask))
        .layer(from_fn_with_state(state.clone(), platform::gate::close))
        .layer(from_fn_with_state(
            state.clone(),
            complaints::gate::keep_out,
        ))
        .layer(from_fn_with_state(state.clone(), accounts::sessions::load))
        .layer(from_fn(web::errors::render))
        .layer(from_fn_with_state(state.clone(), web::headers::add))
        .layer(from_fn_with_state(state.clone(), web::metrics::count))
        .with_state(state)
}

#[cfg(test)]
mod samples;
