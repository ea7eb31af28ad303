//! Test support: complete browsers in memory and a bad network, on a simulated clock.
#![allow(dead_code, reason = "each test uses its part")]

pub mod browser;
pub mod dtls;
pub mod netem;
pub mod receiver;
pub mod sdp;
pub mod sender;
pub mod stun;
pub mod world;
