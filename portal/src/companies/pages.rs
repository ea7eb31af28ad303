//! A company's own pages.

use axum::response::Redirect;

use crate::accounts::CompanyAccount;

/// `GET /company`: the company's first page.
pub(super) async fn home(_member: CompanyAccount) -> Redirect {
    Redirect::to("/booths")
}
