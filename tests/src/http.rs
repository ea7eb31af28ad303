//! One plain request and its answer, byte by byte: over any stream, and whatever comes back.

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// Most bytes of an answer that are read.
const MAX_ANSWER_BYTES: u64 = 4 << 20;

/// `GET path` at a server such as `http://127.0.0.1:8080`: status and body.
///
/// # Errors
/// When there is no answer.
pub async fn get(server: &str, path: &str) -> Result<(u16, String)> {
    let authority = server
        .strip_prefix("http://")
        .with_context(|| format!("not a plain address: {server}"))?;
    get_over(TcpStream::connect(authority).await?, authority, path).await
}

/// `GET path` over a stream that is open.
///
/// # Errors
/// When the stream ends without an HTTP answer.
pub async fn get_over<S>(mut stream: S, authority: &str, path: &str) -> Result<(u16, String)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // HTTP/1.0: the answer ends with the stream and is not cut into chunks.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream
        .take(MAX_ANSWER_BYTES)
        .read_to_end(&mut answer)
        .await?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .with_context(|| format!("no HTTP answer, but {answer:?}"))?;
    let status = head.split(' ').nth(1).context("no status")?;
    ensure!(head.starts_with("HTTP/1."), "no HTTP answer: {head}");
    Ok((status.parse()?, body.to_owned()))
}
