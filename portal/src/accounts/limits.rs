//! What one network address may do in ten minutes.
//!
//! A restart forgives, which the limits by login name and by mobile number (in the database) make
//! up for. A campus of thousands may share one address, so what is counted is failures, or things
//! that cost something.

use std::net::IpAddr;

use crate::config::AccountsConfig;
use crate::web::windows::{Limit, WindowMetrics, Windows};

/// Length of a window, ms.
const WINDOW_MS: i64 = 10 * 60_000;

/// All limits by address.
#[derive(Debug)]
pub struct AddressLimits {
    /// Failed logins.
    pub logins: Windows<IpAddr>,
    /// Failed logins after which a login from there needs a captcha, whatever its name.
    pub easy_logins: Windows<IpAddr>,
    /// Wrong answers to captchas.
    pub captchas: Windows<IpAddr>,
    /// Captchas drawn.
    pub pictures: Windows<IpAddr>,
    /// WeChat codes made.
    pub scenes: Windows<IpAddr>,
}

impl AddressLimits {
    /// The limits of `config`.
    pub fn new(config: &AccountsConfig, metrics: &WindowMetrics) -> Self {
        let windows = |name, most| {
            let limit = Limit {
                name,
                most: u64::from(most),
                length_ms: WINDOW_MS,
            };
            Windows::new(limit, metrics)
        };
        Self {
            logins: windows("failed_logins", config.failures_per_address),
            easy_logins: windows("easy_failed_logins", config.easy_failures_per_address),
            captchas: windows("wrong_captchas", config.wrong_captchas_per_address),
            pictures: windows("captchas_drawn", config.captchas_per_address),
            scenes: windows("wechat_codes", config.wechat_codes_per_address),
        }
    }
}
