//! HTTP requests to systems of other hands: bounded in time and size, and with errors that tell
//! nothing of an address, because addresses carry access tokens.

use std::time::Duration;

use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode, redirect};

use crate::address::BaseUrl;
use crate::refusal::{Cause, Refusal};

/// A request, from the first byte out to the last byte in.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// A connection, with its TLS handshake.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The largest answer that is read, in bytes. What these systems answer is below 4 KiB.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Sends requests to one system.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client,
}

/// An answer that was read to its end.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub body: Vec<u8>,
}

impl Http {
    /// A client for `base`. Redirects are not followed: they would take a token elsewhere.
    ///
    /// # Errors
    /// No client can be built.
    pub fn new(base: &BaseUrl, timeout: Duration) -> Result<Self, &'static str> {
        let client = builder(base, timeout)
            .build()
            .map_err(|_| "cannot be reached: no TLS is available")?;
        Ok(Self { client })
    }

    /// Begins a POST request.
    pub fn post(&self, url: String) -> RequestBuilder {
        self.client.post(url)
    }

    /// Sends a request and reads the answer, of whatever status.
    ///
    /// # Errors
    /// [`Cause::Unreachable`], [`Cause::NoAnswer`], [`Cause::Unreadable`].
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Refusal> {
        let response = request.send().await.map_err(|error| refusal(&error))?;
        let status = response.status();
        let body = read(response).await?;
        Ok(Answer { status, body })
    }
}

impl Answer {
    /// What a status without a readable body says.
    pub fn refusal(&self) -> Refusal {
        let code = format!("http-{}", self.status.as_u16());
        let cause = match self.status {
            StatusCode::TOO_MANY_REQUESTS => Cause::Limit,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Cause::Credentials,
            status if status.is_server_error() => Cause::Busy,
            status if status.is_success() => Cause::Unreadable,
            _ => Cause::Other,
        };
        Refusal::new(cause, code)
    }
}

/// Makes ring the TLS provider of the process, unless one was chosen already. Without one, no
/// client can be built.
pub fn choose_tls_provider() {
    // An error says that another part of the process was first; it chose the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
}

fn builder(base: &BaseUrl, timeout: Duration) -> ClientBuilder {
    choose_tls_provider();
    let client = Client::builder()
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(redirect::Policy::none())
        .user_agent("pinhui");
    // A proxy of the environment is for the world outside.
    if base.is_loopback() {
        client.no_proxy()
    } else {
        client
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| refusal(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(Refusal::new(Cause::Unreadable, "answer-too-large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn refusal(error: &reqwest::Error) -> Refusal {
    if error.is_connect() {
        Refusal::new(Cause::Unreachable, "no-connection")
    } else if error.is_timeout() {
        Refusal::new(Cause::NoAnswer, "timeout")
    } else if error.is_builder() {
        Refusal::new(Cause::Content, "not-a-request")
    } else {
        Refusal::new(Cause::NoAnswer, "cut-off")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulators::certificate::Certificate;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Answers one request over TLS, if the client trusts the certificate.
    async fn answer_over_tls(certificate: Certificate) -> BaseUrl {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = certificate.acceptor();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut request = [0; 1024];
                let read = stream.read(&mut request).await.unwrap();
                assert!(request[..read].starts_with(b"POST /x"));
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                    .await
                    .unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        BaseUrl::parse(&format!("https://127.0.0.1:{port}")).unwrap()
    }

    #[tokio::test]
    async fn https_works_with_a_certificate_that_is_trusted() {
        let certificate = Certificate::new().unwrap();
        let root = reqwest::Certificate::from_pem(certificate.pem().as_bytes()).unwrap();
        let base = answer_over_tls(certificate).await;
        let client = builder(&base, TIMEOUT).add_root_certificate(root).build();
        let http = Http {
            client: client.unwrap(),
        };
        let answer = http.send(http.post(base.join("/x"))).await.unwrap();
        assert_eq!(
            (answer.status, answer.body),
            (StatusCode::OK, b"{}".to_vec())
        );
    }

    #[tokio::test]
    async fn a_certificate_of_nobody_is_refused_before_anything_is_sent() {
        let base = answer_over_tls(Certificate::new().unwrap()).await;
        let http = Http::new(&base, TIMEOUT).unwrap();
        let refusal = http
            .send(http.post(base.join("/x?access_token=hush")))
            .await;
        let refusal = refusal.err().unwrap();
        assert_eq!(refusal.cause, Cause::Unreachable);
        assert!(!format!("{refusal} {refusal:?}").contains("hush"));
    }
}
