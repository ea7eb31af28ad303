//! A WebRTC peer of other hands (aiortc) in a process of its own; see `tests/peers/peer.py`.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::fair::Fair;
use crate::server::Server;

/// What a peer decoded of the other side.
#[derive(Debug, Deserialize)]
pub struct Decoded {
    /// Pictures.
    pub frames: u32,
    /// Frames of sound.
    pub audio_frames: u32,
    /// Mean red, green and blue of the last picture, 0 to 255.
    pub mean: [f64; 3],
}

impl Decoded {
    /// Checks that it is enough to speak of a picture and a sound.
    ///
    /// # Errors
    /// When it is not.
    pub fn is_enough(&self) -> Result<()> {
        ensure!(
            self.frames >= 30 && self.audio_frames >= 50,
            "too little was decoded: {self:?}"
        );
        Ok(())
    }
}

/// A person of the fair with an aiortc connection.
pub struct Peer {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Starts a `student` or an `interviewer`, who applies, calls and talks by himself.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(role: &str, server: &Server, fair: &Fair, token: &str) -> Result<Self> {
        let python = std::env::var("PINHUI_PYTHON")
            .context("PINHUI_PYTHON is not set: run the tests with tests/run")?;
        let http = &server.ready.http;
        let mut child = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/peer.py"))
            .arg(role)
            .arg(format!("{}/live/ws", http.replacen("http", "ws", 1)))
            .arg(http)
            .arg(fair.booth(0).to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().context("the peer has no output")?;
        let mut peer = Self {
            child,
            output: BufReader::new(output).lines(),
        };
        peer.tell(token).await?;
        Ok(peer)
    }

    /// What it decoded, once that is enough.
    ///
    /// # Errors
    /// When it ends before.
    pub async fn decoded(&mut self) -> Result<Decoded> {
        let line = self
            .output
            .next_line()
            .await?
            .context("the peer ended without a word")?;
        Ok(serde_json::from_str(&line)?)
    }

    /// What it decodes from now on, once that is enough.
    ///
    /// # Errors
    /// When it ends before.
    pub async fn decoded_anew(&mut self) -> Result<Decoded> {
        self.tell("more").await?;
        self.decoded().await
    }

    /// Ends the interview.
    ///
    /// # Errors
    /// When the peer is gone.
    pub async fn end_interview(&mut self) -> Result<()> {
        self.tell("end").await
    }

    async fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("the peer has no input")?;
        Ok(input.write_all(format!("{line}\n").as_bytes()).await?)
    }

    /// Ends the peer.
    ///
    /// # Errors
    /// When it ends with a fault.
    pub async fn end(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait().await?;
        ensure!(status.success(), "the peer ended with {status}");
        Ok(())
    }
}
