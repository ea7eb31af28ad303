//! `/platform/staff`: operations staff add the platform's own people, change what they are there
//! for, and let them go. Nobody changes himself, so there is always one left who can.

mod actions;
mod pages;
mod store;

pub use pages::{StaffForm, StaffPage};
#[cfg(test)]
pub(super) use store::QUERIES;

pub(super) use actions::{add, change_role, change_state, send_link};
pub(super) use pages::page;
