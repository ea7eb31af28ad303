//! Who sits at which desk: the same pages serve the platform's reviewers and schools' offices.

use axum::extract::FromRequestParts;

use super::rules::{Desk, Inbox};
use crate::accounts::{Reviewer, SchoolOffice};
use crate::ids::AccountId;
use crate::layout::Chrome;
use crate::state::AppState;
use crate::web::PageError;

/// Where someone sits.
#[derive(Debug, Clone, Copy)]
pub struct Seat {
    /// The desk.
    pub desk: Desk,
    /// Who sits there.
    pub id: AccountId,
    /// Path of its inbox.
    pub base: &'static str,
}

/// Someone who decides at a desk, with a page of his own. Members of a company decide about
/// requests to join it on the pages of their domain.
pub trait DeskStaff: FromRequestParts<AppState, Rejection = PageError> + Send {
    /// Where he sits.
    fn seat(&self) -> Seat;
    /// The frame of a page.
    fn chrome(&self, title: &str) -> Chrome;
}

const PLATFORM: &str = "/platform/reviews";
const SCHOOL: &str = "/school/reviews";

impl DeskStaff for Reviewer {
    fn seat(&self) -> Seat {
        Seat {
            desk: Inbox::Platform,
            id: self.0.id,
            base: PLATFORM,
        }
    }

    fn chrome(&self, title: &str) -> Chrome {
        Chrome::platform(&self.0, title, PLATFORM)
    }
}

impl DeskStaff for SchoolOffice {
    fn seat(&self) -> Seat {
        Seat {
            desk: Inbox::School(self.0.school),
            id: self.0.id,
            base: SCHOOL,
        }
    }

    fn chrome(&self, title: &str) -> Chrome {
        Chrome::school(&self.0, title, SCHOOL)
    }
}
