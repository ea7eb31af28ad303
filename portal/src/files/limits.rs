//! How many uploads are taken in a while.
//!
//! Uploads are counted before they are looked at, whatever becomes of them. How many bytes may
//! lie loose is the question of [`super::loose`].

use std::net::IpAddr;

use crate::config::FilesConfig;
use crate::ids::AccountId;
use crate::web::windows::{Limit, WindowMetrics, Windows};

/// Length of a window, ms.
const WINDOW_MS: i64 = 10 * 60_000;

/// Uploads of the current windows.
#[derive(Debug)]
pub struct UploadLimits {
    /// Of people who are not signed in.
    pub by_address: Windows<IpAddr>,
    /// Of those who are.
    pub by_account: Windows<AccountId>,
}

impl UploadLimits {
    /// The limits of `config`.
    pub fn new(config: &FilesConfig, metrics: &WindowMetrics) -> Self {
        let limit = |name, most| Limit {
            name,
            most: u64::from(most),
            length_ms: WINDOW_MS,
        };
        let by_address = limit("uploads_by_address", config.stranger_uploads);
        let by_account = limit("uploads_by_account", config.account_uploads);
        Self {
            by_address: Windows::new(by_address, metrics),
            by_account: Windows::new(by_account, metrics),
        }
    }
}
