//! Stories of the outbox on both databases, by a simulated clock, against the emulators of WeChat,
//! SMS and mail.

mod caps;
mod crashes;
mod delivery;
mod failures;
mod rig;
mod secrets;

pub(super) use rig::{MORNING, OPENID, Rig};
