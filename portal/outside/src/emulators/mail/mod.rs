//! A mail relay: ESMTP with AUTH, plain, with STARTTLS or within TLS, that keeps messages as they
//! came (.eml). Its control routes are on a port of their own; besides the
//! [shared ones](super::steering): `POST /_ctl/unknown {"address":"a@b.c"}` makes a mailbox unknown.
//!
//! A fault's `path` is the stage at which it happens: `/connect`, `/auth`, `/mail`, `/rcpt`,
//! `/data`. Its code is an SMTP code.

mod eml;
mod session;

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::State as Shown;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use base::clock::Clock;
use base::config::Secret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};

use super::certificate::Certificate;
use super::server::{Running, Stop, listen, serve};
use super::steering::{Emulated, Fault, Steering, control};
use super::{ANY_PORT, MAX_KEPT, keep, lock};
use crate::mail::{MailConfig, MailSecurity};

/// Most connections at a time.
const MAX_SESSIONS: usize = 64;

/// How an emulator is set up.
#[derive(Debug, Clone)]
pub struct MailOptions {
    /// Where it takes mail; port 0 is a free one.
    pub bind: SocketAddr,
    /// Where its control routes are.
    pub bind_control: SocketAddr,
    /// How connections are protected.
    pub security: MailSecurity,
    /// Login name; empty: nobody logs in.
    pub username: String,
    /// Password.
    pub password: String,
    /// The time.
    pub clock: Clock,
}

impl Default for MailOptions {
    fn default() -> Self {
        Self {
            bind: ANY_PORT,
            bind_control: ANY_PORT,
            security: MailSecurity::Plain,
            username: "no-reply@fair.example.com".to_owned(),
            password: "emulatedpassword".to_owned(),
            clock: Clock::System,
        }
    }
}

/// An emulated relay. Clones are the same one.
#[derive(Debug, Clone)]
pub struct MailEmulator {
    shared: Arc<Shared>,
}

struct Shared {
    options: MailOptions,
    address: SocketAddr,
    control: SocketAddr,
    certificate: Certificate,
    steering: Steering,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    received: VecDeque<ReceivedMail>,
    unknown: BTreeSet<String>,
    next_id: u64,
}

/// A message as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceivedMail {
    /// Its number, from 1.
    pub id: u64,
    /// Sender in the envelope.
    pub from: String,
    /// Recipients in the envelope.
    pub to: Vec<String>,
    /// Head and body, lines ending in CR LF.
    pub eml: String,
    /// Did it come through TLS?
    pub encrypted: bool,
    /// Who was logged in.
    pub user: Option<String>,
    /// When, ms since 1970.
    pub at_ms: i64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailEmulator({})", self.address)
    }
}

impl ReceivedMail {
    /// A header, unfolded and decoded (RFC 2047).
    pub fn header(&self, name: &str) -> Option<String> {
        eml::header(&self.eml, name)
    }

    /// The first part of type `text/plain`, decoded.
    pub fn text(&self) -> Option<String> {
        eml::part(&self.eml, "text/plain")
    }

    /// The first part of type `text/html`, decoded.
    pub fn html(&self) -> Option<String> {
        eml::part(&self.eml, "text/html")
    }
}

impl MailEmulator {
    /// Starts one. [`Running::address`] is where mail is taken.
    ///
    /// # Errors
    /// An address cannot be had, or is not on loopback.
    pub async fn start(options: MailOptions) -> io::Result<Running<Self>> {
        let listener = listen(options.bind).await?;
        let control_listener = listen(options.bind_control).await?;
        let address = listener.local_addr()?;
        let shared = Shared {
            address,
            control: control_listener.local_addr()?,
            certificate: Certificate::new()?,
            steering: Steering::default(),
            state: Mutex::default(),
            options,
        };
        let emulator = Self {
            shared: Arc::new(shared),
        };
        let routes = control::<Self>().route("/_ctl/unknown", post(unknown));
        let router: Router = routes.with_state(emulator.clone());
        let stops = vec![
            serve(control_listener, router),
            take_mail(listener, emulator.clone()),
        ];
        Ok(Running::new(address, emulator, stops))
    }

    /// What an adapter is configured with; for TLS, it has to trust
    /// [`certificate_pem`](Self::certificate_pem) besides.
    pub fn config(&self) -> MailConfig {
        let options = &self.shared.options;
        let password = match options.username.as_str() {
            "" => "",
            _ => &options.password,
        };
        MailConfig {
            host: self.shared.address.ip().to_string(),
            port: self.shared.address.port(),
            security: options.security,
            username: options.username.clone(),
            password: Secret::new(password),
            from_address: "no-reply@fair.example.com".to_owned(),
            ..MailConfig::default()
        }
    }

    /// The certificate of its TLS.
    pub fn certificate_pem(&self) -> &str {
        self.shared.certificate.pem()
    }

    /// Where the control routes are.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.shared.control)
    }

    /// The next `times` connections that come to the stage `path` meet `fault`.
    pub fn plan(&self, times: usize, path: &str, fault: &Fault) {
        self.shared.steering.plan(times, path, fault);
    }

    /// Nobody has this address (550).
    pub fn make_unknown(&self, address: &str) {
        let mut state = lock(&self.shared.state);
        if state.unknown.len() < MAX_KEPT {
            state.unknown.insert(address.to_lowercase());
        }
    }

    /// Messages that were taken, oldest first.
    pub fn received(&self) -> Vec<ReceivedMail> {
        lock(&self.shared.state).received.iter().cloned().collect()
    }

    fn is_unknown(&self, address: &str) -> bool {
        lock(&self.shared.state)
            .unknown
            .contains(&address.to_lowercase())
    }

    /// Keeps a message; the result is its number.
    fn store(&self, mut mail: ReceivedMail) -> u64 {
        let mut state = lock(&self.shared.state);
        state.next_id += 1;
        mail.id = state.next_id;
        mail.at_ms = self.shared.options.clock.now_ms();
        keep(&mut state.received, mail);
        state.next_id
    }
}

impl Emulated for MailEmulator {
    fn steering(&self) -> &Steering {
        &self.shared.steering
    }

    fn clock(&self) -> &Clock {
        &self.shared.options.clock
    }

    fn received(&self) -> Value {
        serde_json::to_value(Self::received(self)).unwrap_or_default()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unknown {
    address: String,
}

async fn unknown(Shown(emulator): Shown<MailEmulator>, Json(unknown): Json<Unknown>) -> StatusCode {
    emulator.make_unknown(&unknown.address);
    StatusCode::NO_CONTENT
}

/// Takes connections until the result is dropped.
fn take_mail(listener: TcpListener, emulator: MailEmulator) -> Stop {
    let (stop, mut stopped) = oneshot::channel::<()>();
    let sessions = Arc::new(Semaphore::new(MAX_SESSIONS));
    tokio::spawn(async move {
        loop {
            // Never closed, so there is always a permit in the end.
            let Ok(permit) = sessions.clone().acquire_owned().await else {
                return;
            };
            let accepted = tokio::select! {
                _ = &mut stopped => return,
                accepted = listener.accept() => accepted,
            };
            if let Ok((stream, _)) = accepted {
                let emulator = emulator.clone();
                tokio::spawn(async move {
                    // How a connection ends is the client's affair.
                    drop(session::run(&emulator, stream).await);
                    drop(permit);
                });
            }
        }
    });
    stop
}
