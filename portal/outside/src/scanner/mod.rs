//! The malware scanner: clamd's `INSTREAM` over TCP or a Unix socket.
//!
//! A scan is one connection. It sends `zINSTREAM\0`, then chunks of a big-endian length and so many
//! bytes, then a length of zero; clamd answers with a line that ends in NUL (clamd(8)). Only
//! `stream: OK` after the whole content means that nothing was found: whatever else comes, or does
//! not come, is an error, and the caller refuses the file.

mod config;
mod instream;
mod metrics;

use std::io;
use std::time::{Duration, Instant};

use tokio::io::AsyncRead;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

pub use config::{BadAddress, ScannerAddress, ScannerConfig};
pub(crate) use instream::COMMAND;
pub use metrics::ScanMetrics;

/// Time to connect. clamd is on this machine; while it loads signatures nobody accepts.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Time for a scan from the first byte to the answer. clamd works on ten at a time and lets the
/// others wait; a proxy in front of the pages, for its part, waits 60 seconds for an answer.
pub const SCAN_TIMEOUT: Duration = Duration::from_secs(30);

/// A clamd. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Scanner {
    address: ScannerAddress,
    patience: Patience,
    metrics: ScanMetrics,
}

/// How long a scanner is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until there is a connection.
    pub connect: Duration,
    /// From then on until the answer is complete.
    pub scan: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: CONNECT_TIMEOUT,
            scan: SCAN_TIMEOUT,
        }
    }
}

/// What a scan says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// A signature matched.
    Found {
        /// The signature's name, in printable ASCII.
        signature: String,
    },
}

/// Why there is no verdict. Holds nothing of the content.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// No connection came about.
    #[error("the scanner cannot be reached")]
    Unreachable(#[source] io::Error),
    /// Time ran out.
    #[error("the scanner did not answer in {} ms", .0.as_millis())]
    Slow(Duration),
    /// The connection ended before a complete answer.
    #[error("the connection to the scanner broke")]
    Broken(#[source] io::Error),
    /// The content is over clamd's own limit (`StreamMaxLength`), which has to be above that of
    /// all uploads.
    #[error("the scanner takes no stream of this size: raise its StreamMaxLength")]
    TooLarge,
    /// clamd could not scan it.
    #[error("the scanner failed")]
    Failed,
    /// The answer is not what the protocol says.
    #[error("the scanner's answer cannot be read")]
    Unreadable,
    /// What was to be scanned could not be read.
    #[error("the content could not be read")]
    Content(#[source] io::Error),
}

impl Verdict {
    pub(crate) const LABELS: [&'static str; 2] = ["clean", "found"];

    fn label(&self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Found { .. } => "found",
        }
    }
}

impl ScanError {
    pub(crate) const LABELS: [&'static str; 7] = [
        "unreachable",
        "slow",
        "broken",
        "too_large",
        "failed",
        "unreadable",
        "content",
    ];

    /// The outcome in figures.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Slow(_) => "slow",
            Self::Broken(_) => "broken",
            Self::TooLarge => "too_large",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
            Self::Content(_) => "content",
        }
    }
}

impl Scanner {
    /// The configured one; nothing if none is.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn open(config: &ScannerConfig, metrics: ScanMetrics) -> Result<Option<Self>, BadAddress> {
        if config.address.is_empty() {
            return Ok(None);
        }
        let address = config.address.parse()?;
        Ok(Some(Self::new(address, Patience::default(), metrics)))
    }

    /// One at `address`.
    pub fn new(address: ScannerAddress, patience: Patience, metrics: ScanMetrics) -> Self {
        Self {
            address,
            patience,
            metrics,
        }
    }

    /// Scans all that `content` has.
    ///
    /// # Errors
    /// See [`ScanError`]; then nothing is known of the content.
    pub async fn scan(&self, content: impl AsyncRead + Unpin + Send) -> Result<Verdict, ScanError> {
        let begun = Instant::now();
        let result = match &self.address {
            ScannerAddress::Tcp(place) => {
                self.converse(TcpStream::connect(place.as_str()), content)
                    .await
            }
            ScannerAddress::Unix(path) => self.converse(UnixStream::connect(path), content).await,
        };
        self.metrics.note(begun.elapsed().as_secs_f64(), &result);
        result
    }

    async fn converse<S: instream::Stream>(
        &self,
        connecting: impl Future<Output = io::Result<S>> + Send,
        content: impl AsyncRead + Unpin + Send,
    ) -> Result<Verdict, ScanError> {
        let Patience { connect, scan } = self.patience;
        let stream = timeout(connect, connecting)
            .await
            .map_err(|_| ScanError::Slow(connect))?
            .map_err(ScanError::Unreachable)?;
        timeout(scan, instream::scan(stream, content))
            .await
            .map_err(|_| ScanError::Slow(scan))?
    }
}
