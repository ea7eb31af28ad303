//! Accounts: who signs in, with which password, and as what a request acts.

mod actions;
pub mod codes;
mod extract;
mod limits;
mod pages;
mod password;
pub mod rules;
pub mod sessions;
pub mod store;

use crate::web::Routes;

pub(crate) use actions::enter;
pub use extract::{
    CompanyAccount, CompanyAdmin, CompanyMember, Interviewer, OperationsStaff, Operator, Payer,
    PlatformStaff, Reviewer, SchoolOffice, SchoolStaff, SignedIn, Student, SupportStaff,
};
pub use limits::LoginLimits;
pub use pages::LoginPage;
pub use password::{Hasher, NO_PASSWORD};
pub use rules::{AccountKind, PlatformRole};
pub use sessions::{Account, Session};

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/login", pages::login)
        .post("/login", actions::login)
        .post("/logout", actions::logout)
}
