//! A WebRTC implementation of other hands (aiortc) through the same signaling.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tests::fair::Fair;
use tests::server::{Server, scratch};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// What a peer decoded of the other side.
#[derive(Debug, Deserialize)]
struct Decoded {
    frames: u32,
    audio_frames: u32,
    mean: [f64; 3],
}

struct Peer {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    async fn start(role: &str, server: &Server, fair: &Fair, token: &str) -> Result<Self> {
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
        let input = child.stdin.as_mut().context("the peer has no input")?;
        input.write_all(format!("{token}\n").as_bytes()).await?;
        let output = child.stdout.take().context("the peer has no output")?;
        Ok(Self {
            child,
            output: BufReader::new(output).lines(),
        })
    }

    async fn decoded(&mut self) -> Result<Decoded> {
        let line = self
            .output
            .next_line()
            .await?
            .context("the peer ended without a word")?;
        Ok(serde_json::from_str(&line)?)
    }

    async fn end(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait().await?;
        ensure!(status.success(), "the peer ended with {status}");
        Ok(())
    }
}

#[tokio::test]
async fn aiortc_peers_meet_in_a_call() -> Result<()> {
    let folder = scratch("aiortc")?;
    let fair = Fair::new(&folder, 1, 1)?;
    let server = fair.serve().await?;
    let mut interviewer = Peer::start(
        "interviewer",
        &server,
        &fair,
        &fair.interviewer_token(0, 0)?,
    )
    .await?;
    let mut student = Peer::start("student", &server, &fair, &fair.student_token(0)?).await?;

    let (seen_by_interviewer, seen_by_student) =
        (interviewer.decoded().await?, student.decoded().await?);
    for seen in [&seen_by_interviewer, &seen_by_student] {
        ensure!(
            seen.frames >= 30 && seen.audio_frames >= 50,
            "too little was decoded: {seen:?}"
        );
    }
    let [red, _, blue] = seen_by_interviewer.mean;
    ensure!(
        red > blue + 100.0,
        "the student's picture is not red: {seen_by_interviewer:?}"
    );
    let [red, _, blue] = seen_by_student.mean;
    ensure!(
        blue > red + 100.0,
        "the interviewer's picture is not blue: {seen_by_student:?}"
    );
    interviewer.end().await?;
    student.end().await
}
