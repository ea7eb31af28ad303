//! The platform's own pages (平台端): workbench, staff and their roles, feature flags.

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
}
