//! A school's own pages.

use axum::response::Redirect;

use crate::accounts::SchoolStaff;

/// `GET /school`: the workbench.
pub(super) async fn home(_staff: SchoolStaff) -> Redirect {
    Redirect::to("/school/console")
}
