//! Settings of the malware scanner.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use base::config::Validate;
use serde::{Deserialize, Serialize};

use crate::address::is_loopback_host;

/// Section `[files.scanner]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScannerConfig {
    /// Where clamd listens: `unix:/run/clamav/clamd.ctl` or `tcp://127.0.0.1:3310`. Empty: no
    /// upload is scanned.
    pub address: String,
}

impl Validate for ScannerConfig {
    fn faults(&self, faults: &mut Vec<String>) {
        if !self.address.is_empty()
            && let Err(fault) = self.address.parse::<ScannerAddress>()
        {
            faults.push(format!("files.scanner.address {fault}"));
        }
    }
}

/// Where clamd listens. It knows neither encryption nor passwords, and what it is sent are licences
/// and résumés: it has to be on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScannerAddress {
    /// A socket in the file system.
    Unix(PathBuf),
    /// Host and port, on loopback.
    Tcp(String),
}

/// What is wrong with an address, to be put behind the name of the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadAddress(&'static str);

impl FromStr for ScannerAddress {
    type Err = BadAddress;
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            if path.is_absolute() {
                return Ok(Self::Unix(path));
            }
            return Err(BadAddress("must hold a path from / on behind unix:"));
        }
        let place = text
            .strip_prefix("tcp://")
            .ok_or(BadAddress("must begin with unix: or tcp://"))?;
        let (host, port) = place
            .rsplit_once(':')
            .ok_or(BadAddress("must end with a port"))?;
        if !port.parse::<u16>().is_ok_and(|port| port > 0) {
            return Err(BadAddress("must end with a port"));
        }
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        if is_loopback_host(bare.unwrap_or(host)) {
            Ok(Self::Tcp(place.to_owned()))
        } else {
            Err(BadAddress(
                "must be on this machine: clamd does not encrypt",
            ))
        }
    }
}

impl fmt::Display for ScannerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(place) => write!(f, "tcp://{place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_socket_of_this_machine() {
        for good in [
            "unix:/run/clamav/clamd.ctl",
            "tcp://127.0.0.1:3310",
            "tcp://localhost:3310",
            "tcp://[::1]:3310",
        ] {
            let address: ScannerAddress = good.parse().unwrap();
            assert_eq!(address.to_string(), good);
        }
        for bad in [
            "127.0.0.1:3310",
            "unix:run/clamd.ctl",
            "unix:",
            "tcp://127.0.0.1",
            "tcp://127.0.0.1:0",
            "tcp://127.0.0.1:http",
            "tcp://10.0.0.1:3310",
            "tcp://clamav.example.com:3310",
            "http://127.0.0.1:3310",
        ] {
            assert!(bad.parse::<ScannerAddress>().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_scanner_is_no_fault_and_a_bad_address_is_one() {
        let mut faults = Vec::new();
        ScannerConfig::default().faults(&mut faults);
        assert_eq!(faults, Vec::<String>::new());
        let address = "tcp://10.0.0.1:3310".to_owned();
        ScannerConfig { address }.faults(&mut faults);
        let told = "files.scanner.address must be on this machine: clamd does not encrypt";
        assert_eq!(faults, [told]);
    }
}
