//! Schools (高校).

pub mod store;
