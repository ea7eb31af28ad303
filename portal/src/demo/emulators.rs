//! The other side of the demo's channels: WeChat, a provider of SMS and a mail relay, on loopback,
//! and a malware scanner. The demo sends nothing to anyone.

use anyhow::Context;
use base::clock::Clock;
use base::db::Db;
use outside::emulators::sms::SmsTemplate;
use outside::emulators::wechat::TemplateSpec;
use outside::emulators::{
    AliyunSmsEmulator, MailEmulator, MailOptions, Running, ScannerEmulator, ScannerOptions,
    SmsOptions, WechatEmulator, WechatOptions,
};
use outside::scanner::ScannerConfig;

use crate::config::Config;
use crate::notifications::desk::store::save_template;
use crate::notifications::templates::Template;
use crate::notifications::{Channel, Event};

/// Callbacks of the official account come to this path.
const CALLBACK_PATH: &str = "/wechat/callback";

/// The emulators that run.
#[derive(Debug)]
pub struct Emulators {
    /// WeChat.
    pub wechat: Running<WechatEmulator>,
    /// The provider of SMS.
    pub sms: Running<AliyunSmsEmulator>,
    /// The mail relay.
    pub mail: Running<MailEmulator>,
    /// The malware scanner.
    pub scanner: Running<ScannerEmulator>,
}

impl Emulators {
    /// Starts them, and points the configuration at them. A scanner that is configured stays.
    ///
    /// # Errors
    /// A port cannot be had.
    pub async fn start(config: &mut Config, clock: &Clock) -> anyhow::Result<Self> {
        let wechat = WechatEmulator::start(WechatOptions {
            templates: wechat_templates(),
            clock: clock.clone(),
            ..WechatOptions::default()
        });
        let sms = AliyunSmsEmulator::start(SmsOptions {
            templates: sms_templates(),
            clock: clock.clone(),
            ..SmsOptions::default()
        });
        let mail = MailEmulator::start(MailOptions {
            clock: clock.clone(),
            ..MailOptions::default()
        });
        let scanner = ScannerEmulator::start(ScannerOptions {
            clock: clock.clone(),
            ..ScannerOptions::default()
        });
        let emulators = Self {
            wechat: wechat.await.context("emulator of WeChat")?,
            sms: sms.await.context("emulator of SMS")?,
            mail: mail.await.context("emulator of mail")?,
            scanner: scanner.await.context("emulator of the scanner")?,
        };
        config.wechat = emulators.wechat.emulator.config();
        config.sms = emulators.sms.emulator.config();
        config.mail = emulators.mail.emulator.config();
        if config.files.scanner == ScannerConfig::default() {
            config.files.scanner = emulators.scanner.emulator.config();
        }
        Ok(emulators)
    }

    /// Tells WeChat where the account's server is.
    pub fn call_back(&self, port: u16, tls: bool) {
        let scheme = if tls { "https" } else { "http" };
        let url = format!("{scheme}://127.0.0.1:{port}{CALLBACK_PATH}");
        if let Err(error) = self.wechat.emulator.set_callback(&url) {
            tracing::warn!(%error, "the demo's WeChat has nowhere to call back");
        }
    }
}

/// Fills in the templates' ids at the emulators, where staff have not.
///
/// # Errors
/// The database failed.
pub async fn fill_in_templates(db: &Db, now_ms: i64) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    for (event, channel, template) in with_ids() {
        save_template(&mut tx, (event, channel), &template, 0, now_ms).await?;
    }
    tx.commit().await
}

/// The built-in templates of the channels whose provider has templates of its own.
fn with_ids() -> impl Iterator<Item = (Event, Channel, Template)> {
    let all = Event::ALL
        .into_iter()
        .flat_map(|event| [Channel::Wechat, Channel::Sms].map(|channel| (event, channel)));
    all.filter_map(|(event, channel)| {
        let template = Template {
            provider_template: format!("{channel}_{event}"),
            ..Template::built_in(event, channel)?
        };
        Some((event, channel, template))
    })
}

fn wechat_templates() -> Vec<TemplateSpec> {
    let of_wechat = with_ids().filter(|(_, channel, _)| *channel == Channel::Wechat);
    of_wechat
        .map(|(event, _, template)| TemplateSpec {
            id: template.provider_template.clone(),
            title: template.title.clone(),
            fields: template
                .fields()
                .into_iter()
                .map(|(key, text)| (key.to_owned(), caption(event, text)))
                .collect(),
        })
        .collect()
}

/// What the library of templates would write beside a field.
fn caption(event: Event, text: &str) -> String {
    let named = |name: &str| text.contains(&format!("{{{name}}}"));
    let arg = event.args().iter().find(|arg| named(arg.name));
    arg.map_or_else(String::new, |arg| arg.zh.to_owned())
}

fn sms_templates() -> Vec<SmsTemplate> {
    let of_sms = with_ids().filter(|(_, channel, _)| *channel == Channel::Sms);
    of_sms
        .map(|(_, _, template)| SmsTemplate {
            id: template.provider_template,
            text: template.body.replace('{', "${"),
        })
        .collect()
}
