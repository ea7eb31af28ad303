//! Files: uploads that become part of something, and links that show them.
//!
//! An upload comes first and is loose; the form that follows names it by a signed reference
//! ([`FileRef`]), which proves that whoever hands the form in made the upload.

pub mod rules;
pub mod store;

pub use rules::{FileRef, Purpose};
pub use store::attach;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
}
