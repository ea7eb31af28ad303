//! Adapters to systems of other hands, each with an emulator of the other side.
//!
//! An adapter speaks the real protocol to a configured base address; its emulator answers the same
//! paths, headers and errors on loopback and is steered below `/_ctl`. Nothing here knows a
//! company, a student or a review.

pub mod address;
pub mod emulators;
pub mod http;
pub mod mail;
pub mod objects;
pub mod refusal;
pub mod scanner;
pub mod sign;
pub mod sms;
pub mod wechat;

pub use refusal::{Cause, Refusal};
