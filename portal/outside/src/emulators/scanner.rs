//! A clamd that knows one signature: the test string of EICAR, wherever it stands in the content.
//! Its control routes ([the shared ones](super::steering)) are on a port of their own.
//!
//! A fault's `path` is `/scan`. Its code, whatever it is, stands in an answer that ends in `ERROR`.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use base::clock::Clock;
use serde::Serialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, oneshot};

use super::server::{Running, Stop, listen, serve};
use super::steering::{Emulated, Fault, Steering, control};
use super::{ANY_PORT, keep, lock};
use crate::scanner::{COMMAND, ScannerAddress, ScannerConfig};

/// The name under which the test string is found.
pub const SIGNATURE: &str = "Win.Test.EICAR_HDB-1";
/// Most connections at a time.
const MAX_SESSIONS: usize = 64;
/// An answer that no client reads to its end.
const FLOOD_BYTES: usize = 64 * 1024;

/// The test string of EICAR, which all scanners find and which does nothing. It stands here in two
/// pieces, so that nobody's scanner finds this file.
pub fn eicar() -> Vec<u8> {
    let pieces = [
        r"X5O!P%@AP[4\PZX54(P^)7CC)7}",
        "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    ];
    pieces.concat().into_bytes()
}

/// How an emulator is set up.
#[derive(Debug, Clone)]
pub struct ScannerOptions {
    /// Where it listens; port 0 is a free one.
    pub bind: SocketAddr,
    /// A socket to listen on instead.
    pub socket: Option<PathBuf>,
    /// Where its control routes are.
    pub bind_control: SocketAddr,
    /// The longest stream that it takes (`StreamMaxLength`), bytes.
    pub max_stream_bytes: usize,
    /// The time.
    pub clock: Clock,
}

impl Default for ScannerOptions {
    fn default() -> Self {
        Self {
            bind: ANY_PORT,
            socket: None,
            bind_control: ANY_PORT,
            max_stream_bytes: 25 * 1024 * 1024,
            clock: Clock::System,
        }
    }
}

/// An emulated clamd. Clones are the same one.
#[derive(Debug, Clone)]
pub struct ScannerEmulator {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: ScannerOptions,
    address: ScannerAddress,
    control: SocketAddr,
    steering: Steering,
    scanned: Mutex<VecDeque<Scanned>>,
}

/// A stream that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scanned {
    /// Its length.
    pub bytes: usize,
    /// Was the test string in it?
    pub found: bool,
    /// When, ms since 1970.
    pub at_ms: i64,
}

trait Connection: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Connection for T {}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    async fn accept(&self) -> io::Result<Box<dyn Connection>> {
        Ok(match self {
            Self::Tcp(listener) => Box::new(listener.accept().await?.0),
            Self::Unix(listener) => Box::new(listener.accept().await?.0),
        })
    }
}

/// What came on a connection.
enum Stream {
    Whole(Vec<u8>),
    TooLong,
    NotTheCommand,
}

impl ScannerEmulator {
    /// Starts one.
    ///
    /// # Errors
    /// An address cannot be had, or is not on loopback.
    pub async fn start(options: ScannerOptions) -> io::Result<Running<Self>> {
        let control_listener = listen(options.bind_control).await?;
        let control_address = control_listener.local_addr()?;
        let (listener, bound) = match &options.socket {
            Some(path) => (Listener::Unix(UnixListener::bind(path)?), None),
            None => {
                let listener = listen(options.bind).await?;
                let bound = listener.local_addr()?;
                (Listener::Tcp(listener), Some(bound))
            }
        };
        let address = match (&options.socket, bound) {
            (Some(path), _) => ScannerAddress::Unix(path.clone()),
            (None, bound) => ScannerAddress::Tcp(bound.unwrap_or(options.bind).to_string()),
        };
        let shared = Shared {
            options,
            address,
            control: control_address,
            steering: Steering::default(),
            scanned: Mutex::default(),
        };
        let emulator = Self {
            shared: Arc::new(shared),
        };
        let router: Router = control::<Self>().with_state(emulator.clone());
        let stops = vec![
            serve(control_listener, router),
            take_streams(listener, emulator.clone()),
        ];
        let address = bound.unwrap_or(control_address);
        Ok(Running::new(address, emulator, stops))
    }

    /// What an adapter is configured with.
    pub fn config(&self) -> ScannerConfig {
        ScannerConfig {
            address: self.shared.address.to_string(),
        }
    }

    /// Where the control routes are.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.shared.control)
    }

    /// The next `times` streams meet `fault`.
    pub fn plan(&self, times: usize, fault: &Fault) {
        self.shared.steering.plan(times, "/scan", fault);
    }

    /// Streams that came to their end, oldest first.
    pub fn scanned(&self) -> Vec<Scanned> {
        lock(&self.shared.scanned).iter().cloned().collect()
    }

    async fn serve(&self, mut stream: Box<dyn Connection>) -> io::Result<()> {
        let most = self.shared.options.max_stream_bytes;
        let answer = match receive(&mut stream, most).await? {
            Stream::NotTheCommand => "UNKNOWN COMMAND\0".to_owned(),
            Stream::TooLong => "INSTREAM size limit exceeded. ERROR\0".to_owned(),
            Stream::Whole(bytes) => match self.meet(self.look(&bytes)).await {
                Some(answer) => answer,
                None => return Ok(()),
            },
        };
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    }

    /// The answer with its NUL, if the next fault leaves one.
    async fn meet(&self, answer: String) -> Option<String> {
        Some(match self.shared.steering.take("/scan") {
            None => answer,
            Some(Fault::Delay(delay)) => {
                tokio::time::sleep(delay).await;
                answer
            }
            Some(Fault::Code(code)) => format!("stream: {code} ERROR\0"),
            Some(Fault::Status(status)) => format!("stream: {status} ERROR\0"),
            Some(Fault::Drop) => return None,
            Some(Fault::Garble) => "not the protocol\0".to_owned(),
            Some(Fault::Flood) => "x".repeat(FLOOD_BYTES),
        })
    }

    fn look(&self, bytes: &[u8]) -> String {
        let sought = eicar();
        let found = bytes.windows(sought.len()).any(|part| part == sought);
        let scanned = Scanned {
            bytes: bytes.len(),
            found,
            at_ms: self.shared.options.clock.now_ms(),
        };
        keep(&mut lock(&self.shared.scanned), scanned);
        match found {
            true => format!("stream: {SIGNATURE} FOUND\0"),
            false => "stream: OK\0".to_owned(),
        }
    }
}

impl Emulated for ScannerEmulator {
    fn steering(&self) -> &Steering {
        &self.shared.steering
    }

    fn clock(&self) -> &Clock {
        &self.shared.options.clock
    }

    fn received(&self) -> Value {
        serde_json::to_value(self.scanned()).unwrap_or_default()
    }
}

/// Reads a stream to its end, or to where it is too long.
async fn receive(stream: &mut (impl AsyncRead + Unpin), most: usize) -> io::Result<Stream> {
    let mut command = [0; COMMAND.len()];
    stream.read_exact(&mut command).await?;
    if command != COMMAND {
        return Ok(Stream::NotTheCommand);
    }
    let mut bytes = Vec::new();
    loop {
        let length = stream.read_u32().await?;
        if length == 0 {
            return Ok(Stream::Whole(bytes));
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > most - bytes.len() {
            return Ok(Stream::TooLong);
        }
        let begin = bytes.len();
        bytes.resize(begin + length, 0);
        stream.read_exact(&mut bytes[begin..]).await?;
    }
}

/// Takes connections until the result is dropped.
fn take_streams(listener: Listener, emulator: ScannerEmulator) -> Stop {
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
            if let Ok(stream) = accepted {
                let emulator = emulator.clone();
                tokio::spawn(async move {
                    // How a connection ends is the client's affair.
                    drop(emulator.serve(stream).await);
                    drop(permit);
                });
            }
        }
    });
    stop
}
