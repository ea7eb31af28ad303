//! Reviews (审核): everything that somebody has to approve goes through this one engine.
//!
//! A kind names whose desk it lies on, how many working days it may take, and how many people
//! have to approve it. What may happen to a review says [`machine`]; what a decision changes is
//! the business of the domain of its kind ([`effects`]), in the same transaction. The platform's
//! reviewers and the schools' offices have the same pages ([`desk`]); a company's administrator
//! decides on the pages of his domain.

mod actions;
pub mod batch;
pub mod desk;
pub mod detail;
pub mod duplicates;
pub mod effects;
pub mod escalation;
pub mod inbox;
pub mod lists;
pub mod machine;
pub mod metrics;
pub mod reasons;
pub mod reschedule;
pub mod rules;
pub mod sections;
pub mod store;
pub mod subjects;
#[cfg(test)]
mod tests;

pub use metrics::ReviewMetrics;
pub use rules::{Decision, Desk, Inbox, Kind, State};
pub use store::{DecideError, NewReview, Review};

use crate::accounts::{Reviewer, SchoolOffice};
use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/platform/reviews", inbox::show::<Reviewer>)
        .post("/platform/reviews/batch", batch::decide::<Reviewer>)
        .get(
            "/platform/reviews/batches/{batch}",
            batch::report::<Reviewer>,
        )
        .get("/platform/reviews/{review}", detail::show::<Reviewer>)
        .post(
            "/platform/reviews/{review}/assign",
            actions::assign::<Reviewer>,
        )
        .post(
            "/platform/reviews/{review}/decide",
            actions::decide::<Reviewer>,
        )
        .get("/school/reviews", inbox::show::<SchoolOffice>)
        .post("/school/reviews/batch", batch::decide::<SchoolOffice>)
        .get(
            "/school/reviews/batches/{batch}",
            batch::report::<SchoolOffice>,
        )
        .get("/school/reviews/{review}", detail::show::<SchoolOffice>)
        .post(
            "/school/reviews/{review}/assign",
            actions::assign::<SchoolOffice>,
        )
        .post(
            "/school/reviews/{review}/decide",
            actions::decide::<SchoolOffice>,
        )
}
