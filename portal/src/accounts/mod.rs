//! Accounts: who signs in, with which password, and as what a request acts.

mod actions;
mod extract;
mod limits;
mod pages;
mod password;
pub mod rules;
pub mod sessions;
pub mod store;

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

pub(crate) use actions::enter;
pub use extract::{CompanyMember, Operator, PlatformStaff, SchoolStaff, SignedIn, Student};
pub use limits::LoginLimits;
pub use pages::LoginPage;
pub use password::{Hasher, NO_PASSWORD};
pub use rules::AccountKind;
pub use sessions::{Account, Session};

/// Routes of this domain.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/login", get(pages::login).post(actions::login))
        .route("/logout", post(actions::logout))
}
