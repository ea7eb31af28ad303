//! Whole-system tests: the real binary, real WebRTC peers, real browsers.
//!
//! This library starts and stops the outside parts ([`server`], [`chrome`]) and holds the one way
//! to wait ([`wait::until`]): on a condition, never for a time. The tests are in `tests/tests/`.

pub mod chrome;
pub mod colour;
pub mod demo;
mod devtools;
pub mod disk;
pub mod enrolled;
pub mod fair;
pub mod http;
pub mod interview;
pub mod line;
pub mod live;
pub mod page;
pub mod peer;
pub mod people;
pub mod registering;
pub mod relay;
pub mod server;
pub mod stored;
pub mod wait;
