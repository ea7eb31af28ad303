//! Video fairs (视频双选会): booths, seats, admissions, and what the live side is told of them.

pub mod cards;
pub mod import;
pub mod pages;
pub mod rules;
pub mod setup;
pub mod store;
pub mod write;

pub use rules::FairTime;
pub use store::{Booth, Fair, OwnBooth, SeatOf, StudentFair};

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

/// Routes of this domain.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/fairs", get(pages::fairs))
        .route("/fairs/{fair}", get(pages::wall))
        .route("/fairs/{fair}/booths/{booth}", get(pages::booth))
}
