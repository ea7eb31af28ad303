//! The sending side of a peer: its slots, each one continuous stream.

pub(crate) mod history;
pub(crate) mod segment;
pub(crate) mod slot;

#[cfg(test)]
mod tests;
