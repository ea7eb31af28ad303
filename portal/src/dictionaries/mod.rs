//! Lists and the calendar of working days (P8): built in, and what staff changed of them.

pub mod calendar;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
}
