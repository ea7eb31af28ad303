//! Jobs (职位).

pub mod rules;
pub mod store;

pub use rules::{JobKind, pay_text};
pub use store::{Job, NewJob};
