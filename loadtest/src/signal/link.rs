//! One WebSocket of one person: requests with their answers, and what the server says unasked.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use futures_util::{SinkExt, StreamExt};
use signaling_protocol::{
    ClientBody, ClientFrame, PageKind, Refusal, ServerBody, ServerFrame, VERSION,
};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::informed::{Held, Informed};
use crate::clock::now_ns;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An answer to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the server said.
    pub body: ServerBody,
    /// When the request was handed to the socket, nanoseconds since 1970.
    pub sent_ns: i64,
    /// When the answer was read, nanoseconds since 1970.
    pub at_ns: i64,
}

/// What the server said unasked.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The message.
    pub body: ServerBody,
    /// When it was read, nanoseconds since 1970.
    pub at_ns: i64,
}

struct Request {
    body: ClientBody,
    reply: oneshot::Sender<Answer>,
}

/// A welcomed socket.
pub struct Link {
    requests: mpsc::UnboundedSender<Request>,
    task: JoinHandle<()>,
}

/// What the server says unasked, in order.
pub type Ear = mpsc::UnboundedReceiver<Heard>;

impl Link {
    /// Connects to `http` (such as `http://127.0.0.1:8080`), says hello with the token and waits
    /// for the welcome.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn join(
        http: &str,
        token: String,
        page: PageKind,
        informed: Arc<Informed>,
    ) -> Result<(Self, Ear)> {
        let url = format!("{}/live/ws", http.replacen("http", "ws", 1));
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("origin", http.parse()?);
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
        let body = ClientBody::Hello {
            version: VERSION,
            token: Some(token),
            resume: None,
            page,
        };
        send(&mut socket, 0, body).await?;
        loop {
            match read(&mut socket)
                .await?
                .context("the socket ended at hello")?
                .body
            {
                ServerBody::Welcome(_) => break,
                ServerBody::Bye { reason } => bail!("not welcome: {reason:?}"),
                _ => {}
            }
        }
        let (requests, inbox) = mpsc::unbounded_channel();
        let (heard, ear) = mpsc::unbounded_channel();
        let runner = Runner {
            socket,
            waiting: HashMap::new(),
            heard,
            informed,
            held: Held::default(),
            next: 1,
        };
        let task = tokio::spawn(runner.run(inbox));
        Ok((Self { requests, task }, ear))
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// When the socket ends first.
    pub async fn ask(&self, body: ClientBody) -> Result<Answer> {
        let (reply, answer) = oneshot::channel();
        let request = Request { body, reply };
        self.requests
            .send(request)
            .map_err(|_| anyhow!("the socket is gone"))?;
        answer.await.context("the socket ended before an answer")
    }

    /// Sends a request that must not be refused.
    ///
    /// # Errors
    /// When it is refused, or the socket ends first.
    pub async fn must(&self, body: ClientBody) -> Result<Answer> {
        let what = format!("{body:?}");
        let answer = self.ask(body).await?;
        match answer.body {
            ServerBody::Refused { code } => {
                bail!(
                    "refused {code:?}: {}",
                    what.chars().take(80).collect::<String>()
                )
            }
            _ => Ok(answer),
        }
    }

    /// Sends a request again and again while the server refuses it with one of `codes`.
    ///
    /// # Errors
    /// When it is refused otherwise or for too long, or the socket ends.
    pub async fn insist(&self, body: impl Fn() -> ClientBody, codes: &[Refusal]) -> Result<Answer> {
        const TRIES: usize = 150;
        const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);
        for _ in 0..TRIES {
            let answer = self.ask(body()).await?;
            match answer.body {
                ServerBody::Refused { code } if codes.contains(&code) => {
                    tokio::time::sleep(PAUSE).await;
                }
                ServerBody::Refused { code } => bail!("refused {code:?}: {:?}", body()),
                _ => return Ok(answer),
            }
        }
        bail!("refused for too long: {:?}", body())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Runner {
    socket: Socket,
    waiting: HashMap<u32, (oneshot::Sender<Answer>, i64)>,
    heard: mpsc::UnboundedSender<Heard>,
    informed: Arc<Informed>,
    held: Held,
    next: u32,
}

impl Runner {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Request>) {
        loop {
            tokio::select! {
                request = inbox.recv() => {
                    let Some(Request { body, reply }) = request else { break };
                    let id = self.next;
                    self.next += 1;
                    self.waiting.insert(id, (reply, now_ns()));
                    if send(&mut self.socket, id, body).await.is_err() {
                        break;
                    }
                }
                frame = read(&mut self.socket) => match frame {
                    Ok(Some(frame)) => self.take(frame),
                    Ok(None) => break,
                    Err(error) => {
                        tracing::warn!(%error, "a socket ended");
                        break;
                    }
                }
            }
        }
    }

    fn take(&mut self, frame: ServerFrame) {
        let at_ns = now_ns();
        let waiting = frame.re.and_then(|id| self.waiting.remove(&id));
        if let Some(stamp) = frame.stamp {
            if let Some((_, sent_ns)) = &waiting {
                self.informed.requested(stamp, *sent_ns);
            }
            self.informed
                .heard(&mut self.held, stamp, at_ns, kind(&frame.body));
        }
        match waiting {
            Some((reply, sent_ns)) => {
                let _ = reply.send(Answer {
                    body: frame.body,
                    sent_ns,
                    at_ns,
                });
            }
            None => {
                if let ServerBody::Bye { reason } = &frame.body {
                    tracing::warn!(?reason, "the server said bye");
                }
                let _ = self.heard.send(Heard {
                    body: frame.body,
                    at_ns,
                });
            }
        }
    }
}

/// The kind of a message, for telling late ones apart.
fn kind(body: &ServerBody) -> &'static str {
    match body {
        ServerBody::Entry { .. } => "entry",
        ServerBody::Queue { .. } => "queue",
        ServerBody::Call { .. } => "call",
        ServerBody::Seats { .. } => "seats",
        ServerBody::Student(_) | ServerBody::Booth(_) => "snapshot",
        ServerBody::Done | ServerBody::Applied { .. } => "answer",
        _ => "other",
    }
}

async fn send(socket: &mut Socket, id: u32, body: ClientBody) -> Result<()> {
    let text = serde_json::to_string(&ClientFrame { id, body })?;
    socket.send(Message::text(text)).await?;
    Ok(())
}

/// The next message; `None` at the socket's end. Pings are answered by the socket itself.
async fn read(socket: &mut Socket) -> Result<Option<ServerFrame>> {
    while let Some(message) = socket.next().await {
        if let Message::Text(text) = message? {
            let frame = serde_json::from_str(&text);
            return Ok(Some(frame.with_context(|| format!("unreadable: {text}"))?));
        }
    }
    Ok(None)
}

/// The next message within `seconds` that `pick` takes.
///
/// # Errors
/// When none comes.
pub async fn hear_where<T>(
    ear: &mut Ear,
    seconds: u64,
    mut pick: impl FnMut(&Heard) -> Option<T>,
) -> Result<T> {
    let listen = async {
        while let Some(heard) = ear.recv().await {
            if let Some(found) = pick(&heard) {
                return Ok(found);
            }
        }
        bail!("the socket ended")
    };
    let limit = std::time::Duration::from_secs(seconds);
    tokio::time::timeout(limit, listen)
        .await
        .context("nothing was heard")?
}
