//! Live interviews as the portal sees them: their pages; what is written about calls: notes,
//! evaluations, feedback; and the tickets into the live fair.

pub mod console;
pub mod pages;
mod record;
pub mod room;
pub mod rules;
mod sheet;
pub mod store;
mod ticket;

use axum::Router;
use axum::routing::{get, post, put};

use crate::state::AppState;

/// Routes of this domain.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/device-test", get(pages::device_test))
        .route("/queues", get(pages::queues))
        .route("/booths", get(room::booths))
        .route("/room/{booth}", get(room::room))
        .route("/room/{booth}/resume/{entry}", get(sheet::show))
        .route("/api/join-token", post(ticket::issue))
        .route(
            "/api/calls/{call}/note",
            get(record::read_note).put(record::save_note),
        )
        .route("/api/calls/{call}/evaluation", put(record::save_evaluation))
        .route("/api/calls/{call}/feedback", put(record::save_feedback))
        .route("/school/fairs/{fair}/console", get(console::console))
        .route(
            "/api/fairs/{fair}/booths/{booth}/queue",
            get(console::queue),
        )
}
