//! The channels as they are set up: what is configured, and how a letter leaves on each.

use base::clock::Clock;
use base::config::Faults;
use outside::Refusal;
use outside::mail::{Mail, Mailer};
use outside::sms::{Mobile, SmsSender, SmsText};
use outside::wechat::{OfficialAccount, TemplateMessage};

use super::channel::Channel;
use super::plan::SetUp;
use crate::config::Config;

/// Something that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letter {
    /// On the official account.
    Wechat(TemplateMessage),
    /// To a telephone.
    Sms(Mobile, SmsText),
    /// To a mailbox.
    Email(Mail),
}

/// The adapters of the channels that are configured. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Channels {
    /// The official account.
    pub wechat: Option<OfficialAccount>,
    sms: Option<SmsSender>,
    mail: Option<Mailer>,
    /// Characters of the signature of each SMS.
    pub sign_chars: usize,
}

impl Channels {
    /// What the configuration sets up.
    ///
    /// # Errors
    /// The configuration's faults.
    pub fn new(config: &Config, clock: &Clock) -> Result<Self, Faults> {
        let wechat = config
            .wechat
            .is_set()
            .then(|| OfficialAccount::new(&config.wechat, clock.clone()))
            .transpose()?;
        let sms = config
            .sms
            .is_set()
            .then(|| SmsSender::new(&config.sms, clock.clone()))
            .transpose()?;
        let mail = config
            .mail
            .is_set()
            .then(|| Mailer::new(&config.mail, clock.clone()))
            .transpose()?;
        Ok(Self {
            wechat,
            sms,
            mail,
            sign_chars: config.sms.sign_name.chars().count(),
        })
    }

    /// Which channels are set up.
    pub fn set_up(&self) -> SetUp {
        SetUp {
            wechat: self.wechat.is_some(),
            sms: self.sms.is_some(),
            email: self.mail.is_some(),
        }
    }

    /// Sends a letter. The result is the provider's id of it; none: its channel is not set up.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn send(&self, letter: &Letter) -> Option<Result<String, Refusal>> {
        match letter {
            Letter::Wechat(message) => match &self.wechat {
                Some(account) => Some(account.send_template(message).await),
                None => None,
            },
            Letter::Sms(to, text) => match &self.sms {
                Some(sender) => Some(sender.send(to, text).await),
                None => None,
            },
            Letter::Email(mail) => match &self.mail {
                Some(mailer) => Some(mailer.send(mail).await),
                None => None,
            },
        }
    }
}

impl Letter {
    /// The channel that it leaves on.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Wechat(_) => Channel::Wechat,
            Self::Sms(..) => Channel::Sms,
            Self::Email(_) => Channel::Email,
        }
    }
}
