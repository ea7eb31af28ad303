//! 账号注销 (A97, N29): asked for with the password and a code, done after a cooling-off of seven
//! days, withdrawn until then. What is done then cannot be undone: nobody can tell any more whose
//! account it was.

mod closing;
mod holds;
mod pages;
mod store;

pub use closing::{close_due, keep_closing};
pub use holds::holds;
pub use pages::CancelPage;

pub(super) use pages::{ask, page, withdraw};

/// Queries of this part, for the conformance test.
#[cfg(test)]
pub(crate) fn queries() -> Vec<base::db::Query> {
    [store::QUERIES, holds::QUERIES].concat()
}
