//! `/register/student` (S1): a student says his number and name and proves a mobile number. If the
//! roster has him, the account that waits there becomes his; if not, the school looks at him.

mod actions;
mod form;
pub mod limits;
mod pages;
pub mod store;

use crate::web::Routes;

pub use form::{ClaimText, check_claim};
pub use limits::MatchLimits;
pub use pages::RegisterPage;

/// Routes of registration.
pub fn routes() -> Routes {
    Routes::new()
        .get("/register/student", pages::show)
        .post("/register/student", actions::by_roster)
        .get("/register/student/manual", pages::show_manual)
        .post("/register/student/manual", actions::by_hand)
}
