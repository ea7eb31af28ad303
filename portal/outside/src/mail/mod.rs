//! E-mail through a relay: submission over TLS (465) or STARTTLS (587), as RFC 6409 and RFC 8314
//! have it. The relay signs (DKIM); here the message is built and handed over.

mod config;
mod message;
mod refused;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::config::{Faults, Secret, Validate};
use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;

pub use config::{MailConfig, MailSecurity};
pub use message::Mail;

use crate::refusal::{Cause, Refusal};
use message::Sender;
use refused::{Stage, refusal};

/// Connecting, TLS and login.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Handing the message over, until the relay has taken it.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// Saying goodbye, after which nothing more is waited for.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

/// The adapter. One connection per message: a relay closes idle ones at its pleasure, and notices
/// are few.
#[derive(Clone)]
pub struct Mailer {
    shared: Arc<Shared>,
}

struct Shared {
    host: String,
    port: u16,
    security: MailSecurity,
    tls: TlsParameters,
    login: Option<(String, Secret)>,
    hello: ClientId,
    sender: Sender,
    clock: Clock,
    connect_timeout: Duration,
    send_timeout: Duration,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailer({}:{})", self.shared.host, self.shared.port)
    }
}

impl Mailer {
    /// An adapter for a configuration that [is set](MailConfig::is_set).
    ///
    /// # Errors
    /// The configuration's faults; a certificate file that cannot be read.
    pub fn new(config: &MailConfig, clock: Clock) -> Result<Self, Faults> {
        Self::with_timeouts(config, clock, CONNECT_TIMEOUT, SEND_TIMEOUT)
    }

    /// The same with other time limits.
    ///
    /// # Errors
    /// As [`Mailer::new`].
    pub fn with_timeouts(
        config: &MailConfig,
        clock: Clock,
        connect_timeout: Duration,
        send_timeout: Duration,
    ) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        config.faults(&mut faults);
        if !config.is_set() {
            faults.push("mail.host must be set".to_owned());
        }
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        let fault = |fault: String| Faults(vec![format!("mail.{fault}")]);
        let sender = Sender::new(config).map_err(|text| fault(text.to_owned()))?;
        let login = (!config.username.is_empty())
            .then(|| (config.username.clone(), config.password.clone()));
        let shared = Shared {
            host: config.host.clone(),
            port: config.port,
            security: config.security,
            tls: tls(config).map_err(fault)?,
            login,
            hello: ClientId::Domain(sender.domain().to_owned()),
            sender,
            clock,
            connect_timeout,
            send_timeout,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Sends a message. The result is its `Message-ID`, without the angle brackets.
    ///
    /// # Errors
    /// [`Refusal`]. What the relay refuses for good (5xx) because of the recipient or the message
    /// is final; where it refuses our login or sender, an operator can mend it.
    pub async fn send(&self, mail: &Mail) -> Result<String, Refusal> {
        let here = &*self.shared;
        let message = here.sender.build(mail, here.clock.now_ms())?;
        let lost = Refusal::new(Cause::Unreachable, "timeout");
        let mut connection = within(here.connect_timeout, lost, here.connect()).await?;
        let lost = Refusal::new(Cause::NoAnswer, "timeout");
        within(
            here.send_timeout,
            lost,
            hand_over(&mut connection, &message),
        )
        .await?;
        // It is sent; how the connection ends does not matter.
        drop(tokio::time::timeout(QUIT_TIMEOUT, connection.quit()).await);
        Ok(here.sender.message_id(mail))
    }
}

impl Shared {
    async fn connect(&self) -> Result<AsyncSmtpConnection, Refusal> {
        let at = |stage| move |error| refusal(stage, &error);
        let outer = (self.security == MailSecurity::Tls).then(|| self.tls.clone());
        let to = (self.host.as_str(), self.port);
        let limit = Some(self.connect_timeout);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(to, limit, &self.hello, outer, None)
                .await
                .map_err(at(Stage::Connect))?;
        if self.security == MailSecurity::StartTls {
            // Without the server's offer this is an error: nothing goes on in plain text.
            connection
                .starttls(self.tls.clone(), &self.hello)
                .await
                .map_err(at(Stage::Connect))?;
        }
        if let Some((name, password)) = &self.login {
            let login = Credentials::new(name.clone(), password.expose().to_owned());
            connection
                .auth(DEFAULT_MECHANISMS, &login)
                .await
                .map_err(at(Stage::Login))?;
        }
        Ok(connection)
    }
}

/// The envelope, then the message. A connection that is dropped in the middle sends nothing.
async fn hand_over(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Refusal> {
    let at = |stage| move |error| refusal(stage, &error);
    let envelope = message.envelope();
    connection
        .command(MailFrom::new(envelope.from().cloned(), Vec::new()))
        .await
        .map_err(at(Stage::Sender))?;
    for to in envelope.to() {
        connection
            .command(Rcpt::new(to.clone(), Vec::new()))
            .await
            .map_err(at(Stage::Recipient))?;
    }
    connection
        .command(Data)
        .await
        .map_err(at(Stage::Recipient))?;
    connection
        .message(&message.formatted())
        .await
        .map_err(at(Stage::Message))?;
    Ok(())
}

async fn within<T>(
    limit: Duration,
    lost: Refusal,
    work: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(lost))
}

fn tls(config: &MailConfig) -> Result<TlsParameters, String> {
    let mut builder = TlsParametersBuilder::new(config.host.clone());
    if !config.ca_file.as_os_str().is_empty() {
        let shown = config.ca_file.display();
        let pem =
            std::fs::read(&config.ca_file).map_err(|error| format!("ca_file {shown}: {error}"))?;
        let certificate = Certificate::from_pem(&pem)
            .map_err(|_| format!("ca_file {shown} holds no certificate"))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder
        .build()
        .map_err(|_| "host cannot be reached: no TLS is available".to_owned())
}
