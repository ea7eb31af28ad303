//! A person at the WebSocket, without a browser: for storms of many people.

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
pub use loadtest::participant::passed_device_test;
use signaling_protocol::{ClientBody, ClientFrame, PageKind, ServerBody, ServerFrame, VERSION};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// What a WebSocket can run over.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// One socket that has been welcomed.
pub struct Person {
    socket: WebSocketStream<Box<dyn Stream>>,
    next: u32,
    /// What came in while an answer was waited for.
    heard: Vec<ServerFrame>,
}

impl Person {
    /// Connects, says hello and waits for the welcome.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn join(http: &str, token: String, page: PageKind) -> Result<Self> {
        let authority = http.split("//").nth(1).context("no address")?;
        let stream = TcpStream::connect(authority).await?;
        Self::join_over(stream, http, token, page).await
    }

    /// [`Person::join`] over a stream to the server whose pages are at `http`.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn join_over(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        http: &str,
        token: String,
        page: PageKind,
    ) -> Result<Self> {
        let stream: Box<dyn Stream> = Box::new(stream);
        let url = format!("{}/live/ws", http.replacen("http", "ws", 1));
        let mut request =
            tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(url)?;
        request.headers_mut().insert("origin", http.parse()?);
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        let mut person = Self {
            socket,
            next: 1,
            heard: Vec::new(),
        };
        let hello = ClientBody::Hello {
            version: VERSION,
            token: Some(token),
            resume: None,
            page,
        };
        match person.ask(hello).await? {
            ServerBody::Welcome(_) => Ok(person),
            other => bail!("not welcome: {other:?}"),
        }
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// When the socket ends first.
    pub async fn ask(&mut self, body: ClientBody) -> Result<ServerBody> {
        let id = self.next;
        self.next += 1;
        let text = serde_json::to_string(&ClientFrame { id, body })?;
        self.socket.send(Message::text(text)).await?;
        loop {
            let frame = self.read().await?;
            if frame.re == Some(id) {
                return Ok(frame.body);
            }
            if let ServerBody::Bye { reason } = frame.body {
                bail!("the server said bye: {reason:?}");
            }
            self.heard.push(frame);
        }
    }

    /// The next message that is not an answer.
    ///
    /// # Errors
    /// When the socket ends.
    pub async fn hear(&mut self) -> Result<ServerBody> {
        if self.heard.is_empty() {
            return Ok(self.read().await?.body);
        }
        Ok(self.heard.remove(0).body)
    }

    /// The next message that `pick` takes.
    ///
    /// # Errors
    /// When the socket ends, or after [`crate::wait::PATIENCE`].
    pub async fn hear_where<T>(
        &mut self,
        mut pick: impl FnMut(ServerBody) -> Option<T>,
    ) -> Result<T> {
        let listen = async {
            loop {
                if let Some(found) = pick(self.hear().await?) {
                    return Ok(found);
                }
            }
        };
        tokio::time::timeout(crate::wait::PATIENCE, listen)
            .await
            .context("nothing was heard")?
    }

    async fn read(&mut self) -> Result<ServerFrame> {
        while let Some(message) = self.socket.next().await {
            if let Message::Text(text) = message? {
                return Ok(serde_json::from_str(&text)?);
            }
        }
        bail!("the socket ended")
    }
}
