//! Video fairs (视频双选会): booths, seats, admissions, and what the live side is told of them.

pub mod pages;
pub mod rules;
pub mod setup;
pub mod store;
pub mod write;

pub use rules::FairTime;
pub use store::{Booth, Fair, OwnBooth, SeatOf, StudentFair};
