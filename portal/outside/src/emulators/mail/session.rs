//! One connection to the relay (RFC 5321, RFC 4954 for AUTH, RFC 3207 for STARTTLS).

use std::io;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::super::steering::Fault;
use super::{MailEmulator, ReceivedMail};
use crate::mail::MailSecurity;
use crate::sign::equal;

/// Longest line; RFC 5321 §4.5.3.1.6 asks for 1,000.
const MAX_LINE_BYTES: u64 = 4_096;
/// Largest message.
const MAX_MESSAGE_BYTES: usize = 2 * 1024 * 1024;
/// Most recipients of one message.
const MAX_RECIPIENTS: usize = 100;
/// A client that says nothing for this long is gone.
const IDLE: Duration = Duration::from_secs(60);
/// An answer that no client reads to its end.
const FLOOD_BYTES: usize = 1024 * 1024;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// What goes on after a command.
#[derive(PartialEq, Eq)]
enum Next {
    Go,
    UpgradeTls,
    Close,
}

struct Session<'a> {
    emulator: &'a MailEmulator,
    stream: BufReader<Box<dyn Stream>>,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

/// Serves a connection to its end.
pub(super) async fn run(emulator: &MailEmulator, stream: TcpStream) -> io::Result<()> {
    let within_tls = emulator.shared.options.security == MailSecurity::Tls;
    let stream: Box<dyn Stream> = if within_tls {
        let acceptor = emulator.shared.certificate.acceptor();
        Box::new(acceptor.accept(stream).await?)
    } else {
        Box::new(stream)
    };
    let mut session = Session {
        emulator,
        stream: BufReader::new(stream),
        encrypted: within_tls,
        user: None,
        from: None,
        to: Vec::new(),
    };
    if session.greet().await? == Next::Close {
        return Ok(());
    }
    loop {
        let Some(line) = session.line().await? else {
            return Ok(());
        };
        match session.command(&line).await? {
            Next::Go => {}
            Next::Close => return Ok(()),
            Next::UpgradeTls => session = session.upgrade().await?,
        }
    }
}

impl<'a> Session<'a> {
    async fn greet(&mut self) -> io::Result<Next> {
        match self.disturbed("/connect").await? {
            Some(next) => Ok(next),
            None => self.say("220 relay.emulated ESMTP").await,
        }
    }

    async fn command(&mut self, line: &str) -> io::Result<Next> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.hello().await,
            "HELO" => self.say("250 relay.emulated").await,
            "STARTTLS" => self.start_tls().await,
            "AUTH" => self.login(rest).await,
            "MAIL" => self.mail(rest).await,
            "RCPT" => self.recipient(rest).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.forget();
                self.say("250 2.0.0 forgotten").await
            }
            "NOOP" => self.say("250 2.0.0 well").await,
            "QUIT" => {
                self.say("221 2.0.0 goodbye").await?;
                Ok(Next::Close)
            }
            _ => self.say("502 5.5.1 not known here").await,
        }
    }

    async fn hello(&mut self) -> io::Result<Next> {
        self.forget();
        let mut text = format!("250-relay.emulated\r\n250-SIZE {MAX_MESSAGE_BYTES}\r\n");
        if self.must_encrypt() {
            text.push_str("250-STARTTLS\r\n");
        } else if self.must_log_in() {
            text.push_str("250-AUTH PLAIN LOGIN\r\n");
        }
        text.push_str("250 8BITMIME");
        self.say(&text).await
    }

    async fn start_tls(&mut self) -> io::Result<Next> {
        if !self.must_encrypt() {
            return self.say("502 5.5.1 not offered").await;
        }
        self.say("220 2.0.0 begin").await?;
        // What came before the handshake could have been put there by anyone.
        let early = !self.stream.buffer().is_empty();
        Ok(if early { Next::Close } else { Next::UpgradeTls })
    }

    async fn upgrade(self) -> io::Result<Session<'a>> {
        let acceptor = self.emulator.shared.certificate.acceptor();
        let stream = acceptor.accept(self.stream.into_inner()).await?;
        Ok(Session {
            stream: BufReader::new(Box::new(stream)),
            encrypted: true,
            user: None,
            from: None,
            to: Vec::new(),
            emulator: self.emulator,
        })
    }

    async fn login(&mut self, rest: &str) -> io::Result<Next> {
        if self.must_encrypt() {
            return self.say("538 5.7.11 encrypt first").await;
        }
        if let Some(next) = self.disturbed("/auth").await? {
            return Ok(next);
        }
        let (mechanism, first) = rest.split_once(' ').unwrap_or((rest, ""));
        let (name, password) = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let told = if first.is_empty() {
                    self.ask("").await?
                } else {
                    decode(first)
                };
                let mut parts = told.split('\0').skip(1);
                let part = parts.next().unwrap_or_default().to_owned();
                (part, parts.next().unwrap_or_default().to_owned())
            }
            "LOGIN" => {
                let name = if first.is_empty() {
                    self.ask("Username:").await?
                } else {
                    decode(first)
                };
                (name, self.ask("Password:").await?)
            }
            _ => return self.say("504 5.5.4 not known here").await,
        };
        let options = &self.emulator.shared.options;
        let good = equal(name.as_bytes(), options.username.as_bytes())
            && equal(password.as_bytes(), options.password.as_bytes());
        if !good || !self.must_log_in() {
            return self.say("535 5.7.8 wrong name or password").await;
        }
        self.user = Some(name);
        self.say("235 2.7.0 welcome").await
    }

    async fn mail(&mut self, rest: &str) -> io::Result<Next> {
        if self.must_encrypt() {
            return self.say("530 5.7.0 encrypt first").await;
        }
        if self.must_log_in() && self.user.is_none() {
            return self.say("530 5.7.0 log in first").await;
        }
        if let Some(next) = self.disturbed("/mail").await? {
            return Ok(next);
        }
        match address(rest, "FROM:") {
            None => self.say("501 5.5.4 no address").await,
            Some(from) => {
                self.forget();
                self.from = Some(from);
                self.say("250 2.1.0 good").await
            }
        }
    }

    async fn recipient(&mut self, rest: &str) -> io::Result<Next> {
        if self.from.is_none() {
            return self.say("503 5.5.1 MAIL first").await;
        }
        if let Some(next) = self.disturbed("/rcpt").await? {
            return Ok(next);
        }
        match address(rest, "TO:").filter(|to| to.contains('@')) {
            None => self.say("501 5.1.3 no address").await,
            Some(to) if self.emulator.is_unknown(&to) => {
                self.say("550 5.1.1 nobody of that name").await
            }
            Some(_) if self.to.len() >= MAX_RECIPIENTS => self.say("452 4.5.3 too many").await,
            Some(to) => {
                self.to.push(to);
                self.say("250 2.1.5 good").await
            }
        }
    }

    async fn data(&mut self) -> io::Result<Next> {
        let Some(from) = self.from.clone().filter(|_| !self.to.is_empty()) else {
            return self.say("503 5.5.1 RCPT first").await;
        };
        self.say("354 end with a dot").await?;
        let Some(eml) = self.message().await? else {
            return self.say("552 5.3.4 too large").await;
        };
        let fault = self.emulator.shared.steering.take("/data");
        if let Some(Fault::Code(code)) = fault {
            return self.say(&format!("{code} refused on purpose")).await;
        }
        let mail = ReceivedMail {
            id: 0,
            from,
            to: std::mem::take(&mut self.to),
            eml,
            encrypted: self.encrypted,
            user: self.user.clone(),
            at_ms: 0,
        };
        let number = self.emulator.store(mail);
        self.forget();
        match fault {
            None => {}
            Some(fault) => {
                if let Some(next) = self.meet(fault).await? {
                    return Ok(next);
                }
            }
        }
        self.say(&format!("250 2.0.0 kept as {number}")).await
    }

    /// The lines up to the dot, without the dots that were put before dots; `None`: too many.
    async fn message(&mut self) -> io::Result<Option<String>> {
        let mut eml = String::new();
        let mut large = false;
        loop {
            let line = self.line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if line == "." {
                return Ok((!large).then_some(eml));
            }
            let line = line.strip_prefix('.').unwrap_or(&line);
            large |= eml.len() + line.len() > MAX_MESSAGE_BYTES;
            if !large {
                eml.push_str(line);
                eml.push_str("\r\n");
            }
        }
    }

    /// Lets a planned fault happen; `None`: go on as if nothing were.
    async fn disturbed(&mut self, stage: &str) -> io::Result<Option<Next>> {
        match self.emulator.shared.steering.take(stage) {
            None => Ok(None),
            Some(fault) => self.meet(fault).await,
        }
    }

    async fn meet(&mut self, fault: Fault) -> io::Result<Option<Next>> {
        match fault {
            Fault::Code(code) => {
                let text = format!("{code} refused on purpose");
                self.say(&text).await.map(Some)
            }
            Fault::Status(code) => {
                let text = format!("{code} refused on purpose");
                self.say(&text).await.map(Some)
            }
            Fault::Delay(delay) => {
                tokio::time::sleep(delay).await;
                Ok(None)
            }
            Fault::Drop => Ok(Some(Next::Close)),
            Fault::Garble => self.say("not the protocol").await.map(Some),
            Fault::Flood => {
                let flood = format!("250-{}", "x".repeat(FLOOD_BYTES));
                self.say(&flood).await.map(Some)
            }
        }
    }

    fn must_encrypt(&self) -> bool {
        self.emulator.shared.options.security == MailSecurity::StartTls && !self.encrypted
    }

    fn must_log_in(&self) -> bool {
        !self.emulator.shared.options.username.is_empty()
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// Asks for a part of the login.
    async fn ask(&mut self, prompt: &str) -> io::Result<String> {
        self.say(&format!("334 {}", STANDARD.encode(prompt)))
            .await?;
        Ok(decode(&self.line().await?.unwrap_or_default()))
    }

    async fn say(&mut self, text: &str) -> io::Result<Next> {
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.write_all(b"\r\n").await?;
        self.stream.flush().await?;
        Ok(Next::Go)
    }

    /// The next line without its end; `None`: the client is gone.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.stream).take(MAX_LINE_BYTES);
        let read = limited.read_until(b'\n', &mut line);
        let read = tokio::time::timeout(IDLE, read)
            .await
            .map_err(|_| io::ErrorKind::TimedOut)??;
        if read == 0 {
            return Ok(None);
        }
        if line.pop() != Some(b'\n') {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        String::from_utf8(line)
            .map(Some)
            .map_err(|_| io::ErrorKind::InvalidData.into())
    }
}

/// The address between angle brackets behind `FROM:` or `TO:`.
fn address(rest: &str, label: &str) -> Option<String> {
    let (head, tail) = rest.split_at_checked(label.len())?;
    if !head.eq_ignore_ascii_case(label) {
        return None;
    }
    let (address, _) = tail.trim_start().strip_prefix('<')?.split_once('>')?;
    Some(address.to_owned())
}

fn decode(text: &str) -> String {
    let bytes = STANDARD.decode(text.trim()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}
