//! The other side of each adapter, on loopback: the same paths, headers, checks and errors, keys of
//! their own, ids that are the same in every run. Tests and the demo run on them.
//!
//! Each has methods in process and the same below `/_ctl`: what was received, and what shall go
//! wrong next.

pub mod certificate;
pub mod mail;
pub mod scanner;
pub mod server;
pub mod sms;
pub mod steering;
pub mod wechat;

pub use mail::{MailEmulator, MailOptions};
pub use scanner::{ScannerEmulator, ScannerOptions};
pub use server::Running;
pub use sms::{AliyunSmsEmulator, SmsOptions, TencentSmsEmulator};
pub use steering::Fault;
pub use wechat::{WechatEmulator, WechatOptions};

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most things of a kind that an emulator keeps; the oldest go first.
pub const MAX_KEPT: usize = 10_000;

/// A free port on loopback.
pub(crate) const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Locks state that no panic can leave half changed: a test that fails elsewhere may go on looking.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a thing, and lets the oldest go where there are too many.
pub(crate) fn keep<T>(kept: &mut VecDeque<T>, thing: T) {
    if kept.len() >= MAX_KEPT {
        kept.pop_front();
    }
    kept.push_back(thing);
}
