//! What is kept of each incoming stream: order, losses, jitter, and what we tell its sender.

pub(crate) mod losses;
pub(crate) mod stream;
pub(crate) mod twcc;
