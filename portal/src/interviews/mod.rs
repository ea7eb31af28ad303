//! What is written about calls: notes, evaluations, feedback; and the tickets into the live fair.

pub mod pages;
pub mod rules;
pub mod store;
