//! Section `[mail]`.

use std::path::PathBuf;

use base::config::{Secret, Validate};
use lettre::Address;
use serde::{Deserialize, Serialize};

use crate::address::is_loopback_host;

/// How the connection to the relay is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// TLS from the first byte, port 465.
    #[default]
    Tls,
    /// TLS after `STARTTLS`, port 587; without it nothing is sent.
    StartTls,
    /// None: only to this machine.
    Plain,
}

/// The relay that takes e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// Name of the relay. Empty: no e-mail is sent.
    pub host: String,
    /// Its port: 465 for `tls`, 587 for `start_tls`.
    pub port: u16,
    /// `tls`, `start_tls` or `plain` (to this machine only).
    pub security: MailSecurity,
    /// Login name; empty: no login.
    pub username: String,
    /// Password. QQ and 163 ask for one that is made for applications (授权码).
    pub password: Secret,
    /// Address that messages come from.
    pub from_address: String,
    /// Name that messages come from.
    pub from_name: String,
    /// Address that answers go to; empty: none.
    pub reply_to: String,
    /// Certificate (PEM) of an authority to trust besides the public ones, for a relay of a
    /// school's own.
    pub ca_file: PathBuf,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 465,
            security: MailSecurity::Tls,
            username: String::new(),
            password: Secret::default(),
            from_address: String::new(),
            from_name: "聘会".to_owned(),
            reply_to: String::new(),
            ca_file: PathBuf::new(),
        }
    }
}

impl MailConfig {
    /// Is there a relay?
    pub fn is_set(&self) -> bool {
        !self.host.is_empty()
    }

    /// Is the relay on this machine?
    pub fn is_local(&self) -> bool {
        is_loopback_host(&self.host)
    }
}

impl Validate for MailConfig {
    fn faults(&self, faults: &mut Vec<String>) {
        if !self.is_set() {
            return;
        }
        let mut check = |good: bool, text: &str| {
            if !good {
                faults.push(format!("mail.{text}"));
            }
        };
        let is_address = |text: &str| text.is_ascii() && text.parse::<Address>().is_ok();
        check(
            self.security != MailSecurity::Plain || is_loopback_host(&self.host),
            "security must not be \"plain\" to another machine",
        );
        check(self.port != 0, "port must be set");
        check(
            is_address(&self.from_address),
            "from_address must be an e-mail address",
        );
        check(
            self.reply_to.is_empty() || is_address(&self.reply_to),
            "reply_to must be an e-mail address",
        );
        check(
            self.username.is_empty() == self.password.is_empty(),
            "username and password must be set together",
        );
        check(
            !self.from_name.contains(char::is_control),
            "from_name must be one line",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(config: &MailConfig) -> Vec<String> {
        let mut faults = Vec::new();
        config.faults(&mut faults);
        faults
    }

    #[test]
    fn nothing_is_needed_without_a_relay() {
        assert_eq!(faults(&MailConfig::default()), Vec::<String>::new());
    }

    #[test]
    fn all_faults_are_told_and_hold_no_password() {
        let config = MailConfig {
            host: "smtp.example.com".to_owned(),
            port: 0,
            security: MailSecurity::Plain,
            password: Secret::new("hush"),
            from_address: "nobody".to_owned(),
            from_name: "a\nb".to_owned(),
            reply_to: "招聘@example.com".to_owned(),
            ..MailConfig::default()
        };
        let faults = faults(&config);
        assert_eq!(faults.len(), 6, "{faults:#?}");
        assert!(!faults.concat().contains("hush"));
    }

    #[test]
    fn plain_text_is_for_this_machine() {
        let config = MailConfig {
            host: "127.0.0.1".to_owned(),
            security: MailSecurity::Plain,
            from_address: "no-reply@example.com".to_owned(),
            ..MailConfig::default()
        };
        assert_eq!(faults(&config), Vec::<String>::new());
    }
}
