//! Live interviews as the portal sees them: their pages; what is written about calls: notes,
//! evaluations, feedback; and the tickets into the live fair.

pub mod console;
pub mod pages;
pub mod room;
pub mod rules;
pub mod store;

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

/// Routes of this domain.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/device-test", get(pages::device_test))
        .route("/queues", get(pages::queues))
        .route("/booths", get(room::booths))
        .route("/room/{booth}", get(room::room))
        .route("/school/fairs/{fair}/console", get(console::console))
}
