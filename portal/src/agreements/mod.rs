//! Agreements (P10): texts with versions, and who accepted which.

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
}
