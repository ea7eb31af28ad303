//! Complaints, bans and appeals (S14, P11).

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
}
