//! Passwords: how they are kept, and how a person changes his own (A98).

mod change;
mod hash;

pub use change::PasswordPage;
pub use hash::{Busy, Hasher, NO_PASSWORD};

pub(crate) use change::is_own;
pub(super) use change::{change, page};
