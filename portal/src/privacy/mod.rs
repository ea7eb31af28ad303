//! Privacy (S13): consents, what a person may take along, and deletion.

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
}
