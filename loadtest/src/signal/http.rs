//! The portal over HTTP/1.1 (RFC 9112) as a browser asks it: one connection that is kept open. Lean,
//! for there are thousands: a page is counted as it flows by and kept by nobody.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::clock::now_ns;

/// Nobody waits longer than this for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The longest head of an answer, bytes.
const HEAD_BYTES: usize = 16 * 1024;

/// How one person is signed in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The cookie's secret.
    pub secret: String,
    /// Goes with each writing request.
    pub csrf: String,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// A page that is opened.
    Page(&'a str),
    /// What a page's script reads, in JSON.
    Read(&'a str),
    /// A writing request of a page's script, with a JSON body.
    Write(&'a str, &'a str, &'a str),
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body of an answer to a writing request; others are not kept.
    pub body: Vec<u8>,
    /// Its entity tag, as it came.
    pub tag: Option<String>,
    /// Bytes of head and body as they came.
    pub wire_bytes: u64,
    /// From the request to the last byte, nanoseconds.
    pub took_ns: i64,
}

impl Reply {
    /// Was the request done?
    #[must_use]
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// One browser's connection to the portal.
#[derive(Debug)]
pub struct Http {
    address: SocketAddr,
    sign_in: SignIn,
    stream: Option<TcpStream>,
    buffer: BytesMut,
}

/// What the head of an answer says.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    body: Length,
    tag: Option<String>,
    closes: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Length {
    Bytes(usize),
    Chunked,
    ToTheEnd,
}

impl Http {
    /// A browser that has not asked for anything yet.
    #[must_use]
    pub fn new(address: SocketAddr, sign_in: SignIn) -> Self {
        Self {
            address,
            sign_in,
            stream: None,
            buffer: BytesMut::new(),
        }
    }

    /// Asks and waits for the whole answer. A kept connection that the server has closed in the
    /// meantime is made anew, as browsers do.
    ///
    /// # Errors
    /// When the server cannot be reached, breaks off, takes too long or answers what is no HTTP.
    pub async fn ask(&mut self, ask: Ask<'_>) -> io::Result<Reply> {
        let sent_ns = now_ns();
        let answer = tokio::time::timeout(ANSWER_WITHIN, self.ask_again(ask)).await;
        let answer = answer.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
        if answer.is_err() {
            self.stream = None;
        }
        // Thousands of connections lie idle: none keeps a buffer meanwhile.
        self.buffer = BytesMut::new();
        let mut reply = answer?;
        reply.took_ns = now_ns() - sent_ns;
        Ok(reply)
    }

    async fn ask_again(&mut self, ask: Ask<'_>) -> io::Result<Reply> {
        let kept = self.stream.is_some();
        let first = self.ask_once(ask).await;
        match first {
            Err(error) if kept && self.buffer.is_empty() && is_break(&error) => {
                self.stream = None;
                self.ask_once(ask).await
            }
            other => other,
        }
    }

    async fn ask_once(&mut self, ask: Ask<'_>) -> io::Result<Reply> {
        self.buffer.clear();
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        let request = self.request(ask);
        self.stream()?.write_all(request.as_bytes()).await?;
        let (head, mut wire_bytes) = self.read_head().await?;
        let keeps = matches!(ask, Ask::Write(..));
        let mut body = Vec::new();
        wire_bytes += match head.body {
            Length::Bytes(bytes) => self.read_body(bytes, keeps, &mut body).await?,
            Length::Chunked => self.read_chunks(keeps, &mut body).await?,
            Length::ToTheEnd => self.read_rest(keeps, &mut body).await?,
        };
        if head.closes {
            self.stream = None;
        }
        Ok(Reply {
            status: head.status,
            tag: head.tag,
            body,
            wire_bytes,
            took_ns: 0,
        })
    }

    fn request(&self, ask: Ask<'_>) -> String {
        let (address, SignIn { secret, csrf }) = (self.address, &self.sign_in);
        let common = format!(
            "Host: {address}\r\nCookie: pinhui={secret}\r\nAccept-Encoding: gzip\r\n\
             User-Agent: loadtest\r\n"
        );
        match ask {
            Ask::Page(path) => {
                format!("GET {path} HTTP/1.1\r\n{common}Accept: text/html\r\n\r\n")
            }
            Ask::Read(path) => {
                format!("GET {path} HTTP/1.1\r\n{common}Accept: application/json\r\n\r\n")
            }
            Ask::Write(method, path, json) => format!(
                "{method} {path} HTTP/1.1\r\n{common}Accept: application/json\r\n\
                 Origin: http://{address}\r\nX-Csrf-Token: {csrf}\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
                json.len()
            ),
        }
    }

    fn stream(&mut self) -> io::Result<&mut TcpStream> {
        self.stream
            .as_mut()
            .ok_or_else(|| ErrorKind::NotConnected.into())
    }

    /// Reads more; the end of the connection is an error.
    async fn fill(&mut self) -> io::Result<()> {
        let stream = self.stream.as_mut().ok_or(ErrorKind::NotConnected)?;
        match stream.read_buf(&mut self.buffer).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    async fn read_head(&mut self) -> io::Result<(Head, u64)> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = self.buffer.split_to(end + 4);
                let text = std::str::from_utf8(&head).map_err(|_| ErrorKind::InvalidData)?;
                let parsed = parse_head(text).ok_or(ErrorKind::InvalidData)?;
                return Ok((parsed, head.len() as u64));
            }
            if self.buffer.len() > HEAD_BYTES {
                return Err(ErrorKind::InvalidData.into());
            }
            self.fill().await?;
        }
    }

    async fn read_body(
        &mut self,
        bytes: usize,
        keeps: bool,
        body: &mut Vec<u8>,
    ) -> io::Result<u64> {
        let mut left = bytes;
        while left > 0 {
            if self.buffer.is_empty() {
                self.fill().await?;
            }
            let part = self.buffer.split_to(left.min(self.buffer.len()));
            left -= part.len();
            if keeps {
                body.extend_from_slice(&part);
            }
        }
        Ok(bytes as u64)
    }

    async fn read_chunks(&mut self, keeps: bool, body: &mut Vec<u8>) -> io::Result<u64> {
        let mut wire_bytes = 0;
        loop {
            let line = loop {
                if let Some(end) = find(&self.buffer, b"\r\n") {
                    break self.buffer.split_to(end + 2);
                }
                self.fill().await?;
            };
            wire_bytes += line.len() as u64;
            let size = std::str::from_utf8(&line).ok();
            let size = size.and_then(|line| usize::from_str_radix(line.trim(), 16).ok());
            let size = size.ok_or(ErrorKind::InvalidData)?;
            wire_bytes += self.read_body(size, keeps, body).await?;
            wire_bytes += self.read_body(2, false, body).await?;
            if size == 0 {
                return Ok(wire_bytes);
            }
        }
    }

    async fn read_rest(&mut self, keeps: bool, body: &mut Vec<u8>) -> io::Result<u64> {
        let mut wire_bytes = 0;
        loop {
            let part = self.buffer.split();
            wire_bytes += part.len() as u64;
            if keeps {
                body.extend_from_slice(&part);
            }
            match self.fill().await {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(wire_bytes),
                other => other?,
            }
        }
    }
}

/// The other side closed the connection.
fn is_break(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
    )
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn parse_head(text: &str) -> Option<Head> {
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let bodiless = matches!(status, 204 | 304);
    let mut head = Head {
        status,
        body: if bodiless {
            Length::Bytes(0)
        } else {
            Length::ToTheEnd
        },
        tag: None,
        closes: false,
    };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => head.body = Length::Bytes(value.parse().ok()?),
            "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => {
                head.body = Length::Chunked;
            }
            "etag" => head.tag = Some(value.to_owned()),
            "connection" => head.closes = value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    head.closes |= head.body == Length::ToTheEnd;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    fn sign_in() -> SignIn {
        SignIn {
            secret: "s".repeat(64),
            csrf: "c".to_owned(),
        }
    }

    /// Answers each request of each connection with the next text; an empty one closes.
    async fn portal(answers: &'static [&'static str]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut answers = answers.iter();
            'connections: loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut seen = BytesMut::new();
                while stream.read_buf(&mut seen).await.unwrap_or(0) > 0 {
                    if find(&seen, b"\r\n\r\n").is_none() {
                        continue;
                    }
                    seen.clear();
                    match answers.next() {
                        None | Some(&"") => continue 'connections,
                        Some(text) => stream.write_all(text.as_bytes()).await.unwrap(),
                    }
                }
            }
        });
        address
    }

    #[tokio::test]
    async fn a_connection_is_kept_and_both_kinds_of_length_are_read() {
        let answers = &[
            "HTTP/1.1 200 OK\r\netag: \"7\"\r\ncontent-length: 3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
        ];
        let mut http = Http::new(portal(answers).await, sign_in());
        let page = http.ask(Ask::Page("/")).await.unwrap();
        assert!(page.is_good() && page.body.is_empty());
        assert_eq!(page.tag.as_deref(), Some("\"7\""));
        assert_eq!(page.wire_bytes, answers[0].len() as u64);
        let written = http.ask(Ask::Write("PUT", "/x", "{}")).await.unwrap();
        assert_eq!(written.body, b"hello!");
        assert_eq!(written.wire_bytes, answers[1].len() as u64);
    }

    #[tokio::test]
    async fn a_kept_connection_that_was_closed_is_made_anew_once() {
        let answers = &[
            "HTTP/1.1 204 No Content\r\n\r\n",
            "",
            "HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n",
            "",
        ];
        let mut http = Http::new(portal(answers).await, sign_in());
        assert_eq!(http.ask(Ask::Page("/")).await.unwrap().status, 204);
        let again = http.ask(Ask::Page("/")).await.unwrap();
        assert!(!again.is_good() && again.status == 503);
        let mut fresh = Http::new(http.address, sign_in());
        drop(http);
        let error = fresh.ask(Ask::Page("/")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn what_is_no_http_is_refused() {
        assert_eq!(parse_head("garbage\r\n\r\n"), None);
        assert_eq!(
            parse_head("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"),
            None
        );
        let head = parse_head("HTTP/1.1 200 OK\r\n\r\n").unwrap();
        assert!(head.closes && head.body == Length::ToTheEnd);
    }
}
