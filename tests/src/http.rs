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
pub async fn get_over<S>(stream: S, authority: &str, path: &str) -> Result<(u16, String)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // HTTP/1.0: the answer ends with the stream and is not cut into chunks.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\n\r\n");
    let answer = exchange(stream, &request).await?;
    Ok((answer.status, answer.body))
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Lines of the head, in lower case.
    pub head: String,
    /// Body.
    pub body: String,
}

/// `POST path` with lines for the head and a body.
///
/// # Errors
/// When there is no answer.
pub async fn post(server: &str, path: &str, head: &[String], body: &str) -> Result<Answer> {
    let authority = server
        .strip_prefix("http://")
        .with_context(|| format!("not a plain address: {server}"))?;
    let mut request = format!("POST {path} HTTP/1.0\r\nHost: {authority}\r\n");
    for line in head {
        request.push_str(line);
        request.push_str("\r\n");
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    exchange(TcpStream::connect(authority).await?, &request).await
}

async fn exchange<S>(mut stream: S, request: &str) -> Result<Answer>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
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
    ensure!(head.starts_with("HTTP/1."), "no HTTP answer: {head}");
    let status = head.split(' ').nth(1).context("no status")?;
    Ok(Answer {
        status: status.parse()?,
        head: head.to_lowercase(),
        body: body.to_owned(),
    })
}
