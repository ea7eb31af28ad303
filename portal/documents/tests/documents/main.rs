//! Documents as others read them.

#![expect(clippy::unwrap_used, reason = "tests")]

mod pdf;
mod sheet;
