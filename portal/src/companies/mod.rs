//! Companies (单位).

pub mod store;

pub use store::NewCompany;
