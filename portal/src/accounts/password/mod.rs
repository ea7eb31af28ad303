//! Passwords: how they are kept, and how a person changes his own (A98).

mod change;
mod hash;

pub use change::PasswordPage;
pub use hash::{Hasher, NO_PASSWORD};

pub(super) use change::{change, is_own, page};
