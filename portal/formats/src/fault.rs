//! What all refusals of this crate have in common.

use std::borrow::Cow;
use std::error::Error;

/// Why a text was not taken.
pub trait Fault: Error {
    /// The sentence beside the form field, for the person who typed the text.
    fn zh(&self) -> Cow<'static, str>;
}

/// How a character is named in a fault: itself if it can be seen, else its number.
pub(crate) fn shown(c: char) -> String {
    if c.is_control() || c.is_whitespace() || crate::text::is_invisible(c) {
        format!("U+{:04X}", u32::from(c))
    } else {
        c.to_string()
    }
}
