//! `/platform/accounts`: support staff find an account by its mobile number or name, see what is
//! needed to help, partly hidden, and help. Every look is audited.

mod actions;
mod pages;
mod store;

pub use pages::{AccountPage, AccountsPage};

pub(super) use actions::{change_state, end_sessions, unlock};
pub(super) use pages::{one, page};
#[cfg(test)]
pub(super) use store::QUERIES;
