//! The configuration: one struct per section, defaults that work, all faults told together.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use base::config::{Secret, Validate};
use base::db::DbConfig;
use base::telemetry::LogConfig;
use outside::address::BaseUrl;
use outside::mail::MailConfig;
use outside::objects::ObjectsConfig;
use outside::scanner::ScannerConfig;
use outside::sms::SmsConfig;
use outside::wechat::WechatConfig;
use serde::{Deserialize, Serialize};

use crate::files::rules::{MIB, largest};

/// Everything that an operator can set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of what the server keeps outside the database: the key of join tokens, a
    /// self-signed certificate.
    pub data: PathBuf,
    /// Seconds that running calls have to finish after SIGTERM.
    pub drain_s: u64,
    /// The web server.
    pub http: HttpConfig,
    /// Metrics and health for operators.
    pub operator: OperatorConfig,
    /// The database.
    pub database: DbConfig,
    /// Logins and sessions.
    pub accounts: AccountsConfig,
    /// Who runs the platform, for the foot of public pages.
    pub site: SiteConfig,
    /// Where uploads are kept.
    pub objects: ObjectsConfig,
    /// What may be uploaded by whom.
    pub files: FilesConfig,
    /// How long personal data are kept.
    pub privacy: PrivacyConfig,
    /// Companies.
    pub companies: CompaniesConfig,
    /// The live fairs.
    pub live: signaling_server::Config,
    /// The media server.
    pub media: sfu_server::Config,
    /// The official account (公众号).
    pub wechat: WechatConfig,
    /// Who sends SMS.
    pub sms: SmsConfig,
    /// The relay that takes e-mail.
    pub mail: MailConfig,
    /// Logs.
    pub log: LogConfig,
}

impl Config {
    /// The database; unless one is named, a SQLite file in the data folder.
    pub fn database(&self) -> DbConfig {
        if self.database.url == DbConfig::default().url {
            let url = Secret::new(self.data.join("pinhui.db").display().to_string());
            return DbConfig {
                url,
                ..self.database.clone()
            };
        }
        self.database.clone()
    }

    /// The file store; unless a folder is named, one in the data folder.
    pub fn objects(&self) -> ObjectsConfig {
        let mut objects = self.objects.clone();
        if objects.folder == ObjectsConfig::default().folder {
            objects.folder = self.data.join("objects");
        }
        objects
    }

    /// The key that signs join tokens; unless a file is named, one in the data folder.
    pub fn token_key(&self) -> PathBuf {
        let named = &self.live.key_file;
        if *named == signaling_server::Config::default().key_file {
            self.data.join("token.key")
        } else {
            named.clone()
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            drain_s: 30,
            http: HttpConfig::default(),
            operator: OperatorConfig::default(),
            database: DbConfig::default(),
            accounts: AccountsConfig::default(),
            site: SiteConfig::default(),
            objects: ObjectsConfig::default(),
            files: FilesConfig::default(),
            privacy: PrivacyConfig::default(),
            companies: CompaniesConfig::default(),
            live: signaling_server::Config::default(),
            media: sfu_server::Config::default(),
            wechat: WechatConfig::default(),
            sms: SmsConfig::default(),
            mail: MailConfig::default(),
            log: LogConfig::default(),
        }
    }
}

/// Section `[http]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Address and port; port 0 takes a free one.
    pub bind: SocketAddr,
    /// `off`, `files` or `self_signed`.
    pub tls: TlsMode,
    /// PEM file of the certificate chain, for `tls = "files"`.
    pub certificate: PathBuf,
    /// PEM file of the private key, for `tls = "files"`.
    pub key: PathBuf,
    /// Host names and addresses in the certificate, for `tls = "self_signed"`.
    pub names: Vec<String>,
    /// A reverse proxy in front speaks TLS: cookies are `Secure`.
    pub behind_tls: bool,
    /// Addresses of reverse proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// Address under which people reach the pages, for links in messages, such as
    /// `https://fair.example`. Empty: the address that is listened on.
    pub public_url: String,
    /// KiB of a form, or another body, of someone who is not signed in; uploads have limits of
    /// their own.
    pub stranger_form_kib: u32,
    /// Such bodies that are in memory at one time. Who comes when there are as many takes the
    /// place of whoever is awaited longest.
    pub stranger_forms: usize,
    /// Of them, those from one IPv4 address or IPv6 /64.
    pub stranger_forms_per_address: usize,
    /// What connections may take.
    pub limits: front::Limits,
}

/// Where TLS comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// Plain HTTP: for loopback and behind a proxy.
    Off,
    /// Certificate files.
    Files,
    /// A certificate made at the first start, for a trial in a local network.
    SelfSigned,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            tls: TlsMode::Off,
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            names: vec!["localhost".to_owned()],
            behind_tls: false,
            proxies: Vec::new(),
            public_url: String::new(),
            stranger_form_kib: 32,
            stranger_forms: 1_024,
            stranger_forms_per_address: 512,
            limits: front::Limits::default(),
        }
    }
}

impl OperatorConfig {
    /// What connections to the operator's pages may take: no address has a share, since one
    /// monitoring system may hold all of them.
    pub fn limits(&self, http: &HttpConfig) -> front::Limits {
        front::Limits {
            connections: self.connections,
            connections_per_address: self.connections,
            ..http.limits.clone()
        }
    }
}

impl HttpConfig {
    /// Do browsers speak TLS with this server or with the proxy before it?
    pub fn secure(&self) -> bool {
        self.behind_tls || self.tls != TlsMode::Off
    }
}

/// Section `[operator]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OperatorConfig {
    /// Address of `/metrics`, `/healthz` and `/readyz`; port 0 takes a free one. They are not
    /// served on the address of the pages, except for `/healthz`.
    pub bind: SocketAddr,
    /// Connections in all, which those to the pages leave alone. Their times are those of
    /// `http.limits`.
    pub connections: usize,
}

impl Default for OperatorConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)),
            connections: 64,
        }
    }
}

/// Section `[accounts]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountsConfig {
    /// Memory of one argon2id hash, KiB (RFC 9106).
    pub argon2_memory_kib: u32,
    /// Passes of argon2id.
    pub argon2_passes: u32,
    /// Lanes of argon2id.
    pub argon2_lanes: u32,
    /// Hashes computed at once; more logins than that wait.
    pub hashes_at_once: u32,
    /// Most password hashes that wait for their turn; whoever comes then is asked to come again.
    pub hashes_waiting: u32,
    /// Minutes without a request after which students sign in again.
    pub idle_min: u32,
    /// The same for companies, schools, platform staff and operators. An open live page counts
    /// as activity.
    pub staff_idle_min: u32,
    /// Hours after which everyone signs in again.
    pub session_hours: u32,
    /// Wrong passwords for one login name after which it is locked.
    pub failures_per_login: u32,
    /// Minutes that a login name stays locked.
    pub lock_min: u32,
    /// Wrong passwords for one login name after which each further try needs a captcha.
    pub captcha_after: u32,
    /// Failed logins from one address in 10 minutes. A campus of 5,000 people may share one.
    pub failures_per_address: u32,
    /// Failed logins from one address in 10 minutes after which every login from there needs a
    /// captcha.
    pub easy_failures_per_address: u32,
    /// Wrong captchas from one address in 10 minutes.
    pub wrong_captchas_per_address: u32,
    /// Captchas drawn for one address in 10 minutes.
    pub captchas_per_address: u32,
    /// Codes by SMS that one address may ask for in an hour, and in a day.
    pub codes_per_address_hour: u32,
    /// See `codes_per_address_hour`.
    pub codes_per_address_day: u32,
    /// Wrong answers in a day to the codes that one address asked for.
    pub wrong_codes_per_address: u32,
    /// WeChat codes to scan that one address may ask for in 10 minutes.
    pub wechat_codes_per_address: u32,
    /// Days between 账号注销 and its being carried out.
    pub cancel_days: u32,
}

impl Default for AccountsConfig {
    fn default() -> Self {
        Self {
            argon2_memory_kib: 19 * 1024,
            argon2_passes: 2,
            argon2_lanes: 1,
            hashes_at_once: 4,
            hashes_waiting: 256,
            idle_min: 8 * 60,
            staff_idle_min: 30,
            session_hours: 16,
            failures_per_login: 10,
            lock_min: 15,
            captcha_after: 5,
            failures_per_address: 500,
            easy_failures_per_address: 100,
            wrong_captchas_per_address: 200,
            captchas_per_address: 3_000,
            codes_per_address_hour: 1_000,
            codes_per_address_day: 5_000,
            wrong_codes_per_address: 1_000,
            wechat_codes_per_address: 600,
            cancel_days: 7,
        }
    }
}

/// Section `[site]`: what 《网络招聘服务管理规定》 (人社部令第 44 号) wants shown on the home page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteConfig {
    /// Name of who runs the platform.
    pub operator: String,
    /// Number of the 人力资源服务许可证; empty: not shown.
    pub hr_licence: String,
    /// ICP 备案号; empty: not shown.
    pub icp: String,
    /// Telephone of the support; empty: not shown.
    pub support_phone: String,
}

impl Default for SiteConfig {
    fn default() -> Self {
        Self {
            operator: "聘会".to_owned(),
            hr_licence: String::new(),
            icp: String::new(),
            support_phone: String::new(),
        }
    }
}

impl SiteConfig {
    /// Fictional data for the demo and for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            operator: "聘会平台（示例）".to_owned(),
            hr_licence: "（示例）人服证字〔2026〕第 0000000000 号".to_owned(),
            icp: "示例 ICP 备 00000000 号".to_owned(),
            support_phone: "400-000-0000".to_owned(),
        }
    }
}

/// Section `[files]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilesConfig {
    /// Hours after which an upload that became part of nothing is deleted.
    pub loose_hours: u32,
    /// Uploads from one address in 10 minutes by people who are not signed in. A licence and a
    /// letter make two for each company that registers.
    pub stranger_uploads: u32,
    /// MiB that all people who are not signed in may have lying loose together: uploaded, and not
    /// yet part of anything.
    pub stranger_loose_mib: u32,
    /// MiB that may be uploaded with one proven mobile number, by someone who is not signed in,
    /// while a loose upload lives.
    pub stranger_number_mib: u32,
    /// Uploads of one account in 10 minutes.
    pub account_uploads: u32,
    /// MiB that one account may have lying loose.
    pub account_loose_mib: u32,
    /// Who looks for malware in uploads.
    pub scanner: ScannerConfig,
}

impl Default for FilesConfig {
    fn default() -> Self {
        Self {
            loose_hours: 24,
            stranger_uploads: 60,
            stranger_loose_mib: 2048,
            stranger_number_mib: 60,
            account_uploads: 60,
            account_loose_mib: 200,
            scanner: ScannerConfig::default(),
        }
    }
}

/// Section `[privacy]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyConfig {
    /// Months after which a company no longer sees a résumé that it was shown, nor what it noted
    /// about it.
    pub resume_months: u32,
    /// Months that a deleted job is kept, hidden: records of the service have to be kept for three
    /// years.
    pub job_months: u32,
    /// Months that the record of a wiped account's interviews is kept, without a name.
    pub skeleton_months: u32,
    /// Times that one person may have his data exported in 24 hours.
    pub exports_a_day: u32,
    /// Legal name of whoever runs the mail relay, for the public list of those who process
    /// personal data; empty: the list names the relay's host alone.
    pub mail_processor: String,
    /// Legal name of whoever runs the object storage, likewise.
    pub storage_processor: String,
}

impl Default for PrivacyConfig {
    fn default() -> Self {
        Self {
            resume_months: 24,
            job_months: 36,
            skeleton_months: 36,
            exports_a_day: 5,
            mail_processor: String::new(),
            storage_processor: String::new(),
        }
    }
}

/// Section `[companies]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompaniesConfig {
    /// Offer links to 企查查 and 启信宝 beside a company's name. The name goes to that site when
    /// somebody follows one.
    pub check_links: bool,
}

impl Validate for Config {
    fn faults(&self, faults: &mut Vec<String>) {
        let mut check = |good: bool, text: &str| {
            if !good {
                faults.push(text.to_owned());
            }
        };
        let http = &self.http;
        check(
            http.tls != TlsMode::Files
                || !(http.certificate.as_os_str().is_empty() || http.key.as_os_str().is_empty()),
            "http.certificate and http.key must be set for http.tls = \"files\"",
        );
        check(
            http.tls != TlsMode::SelfSigned || !http.names.is_empty(),
            "http.names must not be empty for http.tls = \"self_signed\"",
        );
        check(
            http.secure() || http.bind.ip().is_loopback(),
            "http.bind is reachable from outside, but without TLS cookies are not safe and \
             browsers give no camera: set http.tls, or http.behind_tls behind a proxy",
        );
        check(
            http.stranger_form_kib > 0 && http.stranger_forms_per_address > 0,
            "http.stranger_form_kib and http.stranger_forms_per_address must be at least 1",
        );
        check(
            http.stranger_forms >= http.stranger_forms_per_address,
            "http.stranger_forms must not be below http.stranger_forms_per_address",
        );
        check(
            self.operator.connections > 0,
            "operator.connections must be at least 1",
        );
        check_accounts(&self.accounts, &mut check);
        let privacy = &self.privacy;
        for (value, name) in [
            (self.files.loose_hours, "files.loose_hours"),
            (self.files.stranger_uploads, "files.stranger_uploads"),
            (self.files.account_uploads, "files.account_uploads"),
            (privacy.resume_months, "privacy.resume_months"),
            (privacy.job_months, "privacy.job_months"),
            (privacy.skeleton_months, "privacy.skeleton_months"),
            (privacy.exports_a_day, "privacy.exports_a_day"),
        ] {
            check(value > 0, &format!("{name} must be at least 1"));
        }
        for (mib, of_strangers, name) in [
            (self.files.stranger_loose_mib, true, "stranger_loose_mib"),
            (self.files.stranger_number_mib, true, "stranger_number_mib"),
            (self.files.account_loose_mib, false, "account_loose_mib"),
        ] {
            let largest = largest(of_strangers) / MIB;
            check(
                u64::from(mib) >= largest,
                &format!("files.{name} must be at least {largest}, the largest upload"),
            );
        }
        if !http.public_url.is_empty()
            && let Err(fault) = BaseUrl::parse(&http.public_url)
        {
            faults.push(format!("http.public_url {fault}"));
        }
        self.http.limits.faults(faults);
        self.objects.faults(faults);
        self.files.scanner.faults(faults);
        self.live.faults(faults);
        self.media.faults(faults);
        self.wechat.faults(faults);
        self.sms.faults(faults);
        self.mail.faults(faults);
    }
}

fn check_accounts(accounts: &AccountsConfig, check: &mut impl FnMut(bool, &str)) {
    check(
        argon2::Params::new(
            accounts.argon2_memory_kib,
            accounts.argon2_passes,
            accounts.argon2_lanes,
            None,
        )
        .is_ok(),
        "accounts.argon2_*: not a cost that argon2id knows",
    );
    for (value, name) in [
        (accounts.hashes_at_once, "hashes_at_once"),
        (accounts.idle_min, "idle_min"),
        (accounts.staff_idle_min, "staff_idle_min"),
        (accounts.session_hours, "session_hours"),
        (accounts.failures_per_login, "failures_per_login"),
        (accounts.lock_min, "lock_min"),
        (accounts.captcha_after, "captcha_after"),
        (accounts.failures_per_address, "failures_per_address"),
        (accounts.codes_per_address_hour, "codes_per_address_hour"),
        (accounts.codes_per_address_day, "codes_per_address_day"),
        (accounts.captchas_per_address, "captchas_per_address"),
        (accounts.cancel_days, "cancel_days"),
    ] {
        check(value > 0, &format!("accounts.{name} must be at least 1"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::config::{Faults, Sources};

    #[test]
    fn the_example_file_holds_every_setting_with_its_default() {
        let text = include_str!("../../config.example.toml");
        let example: toml::Table = text.parse().unwrap();
        let defaults = toml::Table::try_from(Config::default()).unwrap();
        assert_eq!(example, defaults);
        let read: Config = Sources::new().text(text).load().unwrap();
        assert_eq!(read, Config::default());
    }

    #[test]
    fn all_faults_are_told() {
        let Faults(faults) = Sources::new()
            .text("[http]\nbind = '0.0.0.0:80'\n[accounts]\nargon2_lanes = 0\nidle_min = 0")
            .load::<Config>()
            .unwrap_err();
        assert_eq!(faults.len(), 3, "{faults:#?}");
    }

    #[test]
    fn the_database_is_in_the_data_folder_unless_it_is_named() {
        let here = Config {
            data: "/srv/pinhui".into(),
            ..Config::default()
        };
        assert_eq!(here.database().url.expose(), "/srv/pinhui/pinhui.db");
        let named: Config = Sources::new()
            .flag("database.url", "postgres://h/pinhui")
            .load()
            .unwrap();
        assert_eq!(named.database().url.expose(), "postgres://h/pinhui");
    }
}
