//! How many uploads are taken in a while.
//!
//! Uploads are counted before they are looked at, whatever becomes of them.

use std::net::IpAddr;

use crate::config::FilesConfig;
use crate::web::windows::{Limit, WindowMetrics, Windows};

/// Length of a window, ms.
const WINDOW_MS: i64 = 10 * 60_000;

/// Uploads of the current windows.
#[derive(Debug)]
pub struct UploadLimits {
    /// Of people who are not signed in.
    pub by_address: Windows<IpAddr>,
}

impl UploadLimits {
    /// The limits of `config`.
    pub fn new(config: &FilesConfig, metrics: &WindowMetrics) -> Self {
        let by_address = Limit {
            name: "uploads_by_address",
            most: u64::from(config.stranger_uploads),
            length_ms: WINDOW_MS,
        };
        Self {
            by_address: Windows::new(by_address, metrics),
        }
    }
}
