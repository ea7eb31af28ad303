//! How much may be uploaded in a while.
//!
//! Uploads are counted before they are looked at, whatever becomes of them. How many bytes may
//! lie loose is the question of [`super::loose`]: all people without an account share that limit,
//! and what one of them may take of it is bounded here, by the mobile number that he has proven.

use std::net::IpAddr;

use super::rules::MIB;
use crate::accounts::codes::proof::Holder;
use crate::config::FilesConfig;
use crate::ids::AccountId;
use crate::web::windows::{Limit, WindowMetrics, Windows};

/// Length of a window, ms.
const WINDOW_MS: i64 = 10 * 60_000;
const HOUR_MS: i64 = 3_600_000;

/// Uploads of the current windows.
#[derive(Debug)]
pub struct UploadLimits {
    /// Of people who are not signed in.
    pub by_address: Windows<IpAddr>,
    /// Bytes of people who are not signed in, for as long as a loose upload lives.
    pub bytes_by_number: Windows<Holder>,
    /// Of those who are.
    pub by_account: Windows<AccountId>,
}

impl UploadLimits {
    /// The limits of `config`.
    pub fn new(config: &FilesConfig, metrics: &WindowMetrics) -> Self {
        let limit = |name, most, length_ms| Limit {
            name,
            most,
            length_ms,
        };
        let often = |name, most: u32| limit(name, u64::from(most), WINDOW_MS);
        let by_address = often("uploads_by_address", config.stranger_uploads);
        let by_account = often("uploads_by_account", config.account_uploads);
        let bytes_by_number = limit(
            "upload_bytes_by_number",
            u64::from(config.stranger_number_mib) * MIB,
            i64::from(config.loose_hours) * HOUR_MS,
        );
        Self {
            by_address: Windows::new(by_address, metrics),
            bytes_by_number: Windows::new(bytes_by_number, metrics),
            by_account: Windows::new(by_account, metrics),
        }
    }
}
