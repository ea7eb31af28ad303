//! Video fairs (视频双选会): booths, seats, admissions, and what the live side is told of them.

pub mod cards;
pub mod import;
pub mod listing;
pub mod opening;
pub mod pages;
pub mod rules;
pub mod setup;
pub mod store;
mod wall;
pub mod write;

pub use rules::FairTime;
pub use store::{Booth, Fair, OwnBooth, SeatOf, StudentFair};

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/fairs", pages::fairs)
        .get("/fairs/{fair}", pages::wall)
        .get("/fairs/{fair}/booths/{booth}", pages::booth)
        .get("/api/fairs/{fair}/wall", wall::wall)
}
