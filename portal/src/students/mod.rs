//! Students, as their school knows them.

pub mod rules;
pub mod store;

pub use rules::{Degree, Profile};
