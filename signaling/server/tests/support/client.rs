//! A page without a browser.

use std::collections::VecDeque;
use std::net::SocketAddr;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use signaling_protocol::{
    BoothId, Bye, ClientBody, ClientFrame, DeviceReport, EntryId, PageKind, Quality, Refusal,
    Resume, Sequence, ServerBody, ServerFrame, Stage, Welcome,
};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::PATIENCE;

/// Tells the test's server where a client comes from.
const ADDRESS_HEADER: &str = "x-test-address";

/// The layer that believes it, as a portal believes its reverse proxy.
pub async fn note_address(mut request: Request, next: Next) -> Response {
    let from = request.headers().get(ADDRESS_HEADER);
    if let Some(from) = from.map(|from| from.to_str().unwrap().parse().unwrap()) {
        request
            .extensions_mut()
            .insert(signaling_server::ClientAddress(from));
    }
    next.run(request).await
}

pub struct Client {
    pub ws: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_id: u32,
    /// Heard while waiting for something else.
    heard: VecDeque<ServerFrame>,
    pub last: Option<Sequence>,
    pub welcome: Option<Welcome>,
}

impl Client {
    /// Opens a socket and says nothing.
    pub async fn open(address: SocketAddr) -> Self {
        Self::open_from(address, None)
            .await
            .expect("the socket opens")
    }

    /// Opens a socket from a page of `origin`; an error is the status of the refusal.
    pub async fn open_from(address: SocketAddr, origin: Option<&str>) -> Result<Self, u16> {
        Self::open_with(address, origin.map(|origin| ("origin", origin))).await
    }

    /// Opens a socket as if from a network address of its own.
    pub async fn open_at(address: SocketAddr, from: &str) -> Result<Self, u16> {
        Self::open_with(address, Some((ADDRESS_HEADER, from))).await
    }

    async fn open_with(
        address: SocketAddr,
        header: Option<(&'static str, &str)>,
    ) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/live/ws")
            .into_client_request()
            .unwrap();
        if let Some((name, value)) = header {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((ws, _)) => Ok(Self {
                ws,
                next_id: 1,
                heard: VecDeque::new(),
                last: None,
                welcome: None,
            }),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                Err(response.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a socket whose receive window is this small, in bytes.
    pub async fn with_window(address: SocketAddr, window: u32) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(window).unwrap();
        let stream = socket.connect(address).await.unwrap();
        let stream = MaybeTlsStream::Plain(stream);
        let url = format!("ws://{address}/live/ws");
        let (ws, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        Self {
            ws,
            next_id: 1,
            heard: VecDeque::new(),
            last: None,
            welcome: None,
        }
    }

    /// What has come by now.
    pub async fn read_now(&mut self) -> Option<ServerFrame> {
        let soon = std::time::Duration::from_millis(1);
        tokio::time::timeout(soon, self.read()).await.ok().flatten()
    }

    /// Joins with a token and takes the welcome.
    pub async fn join(address: SocketAddr, token: String, page: PageKind) -> Self {
        let mut client = Self::open(address).await;
        client.hello(Some(token), None, page).await;
        client.take_welcome().await;
        client
    }

    /// Comes back for an earlier socket that heard up to `last`.
    pub async fn come_back(address: SocketAddr, earlier: &Welcome, last: Sequence) -> Self {
        let mut client = Self::open(address).await;
        let resume = Resume {
            secret: earlier.secret.clone(),
            epoch: last.epoch,
            n: last.n,
        };
        client.hello(None, Some(resume), PageKind::Queues).await;
        client.take_welcome().await;
        client
    }

    pub async fn hello(&mut self, token: Option<String>, resume: Option<Resume>, page: PageKind) {
        let version = signaling_protocol::VERSION;
        self.say(ClientBody::Hello {
            version,
            token,
            resume,
            page,
        })
        .await;
    }

    async fn take_welcome(&mut self) {
        let frame = self.hear().await;
        let ServerBody::Welcome(welcome) = frame.body else {
            panic!("no welcome: {frame:?}")
        };
        self.welcome = Some(welcome);
    }

    pub async fn say(&mut self, body: ClientBody) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        let text = serde_json::to_string(&ClientFrame { id, body }).unwrap();
        self.say_text(&text).await;
        id
    }

    pub async fn say_text(&mut self, text: &str) {
        self.ws.send(Message::text(text)).await.unwrap();
    }

    /// The next frame, in the order of arrival; panics if none comes.
    pub async fn hear(&mut self) -> ServerFrame {
        match self.heard.pop_front() {
            Some(frame) => frame,
            None => self.read().await.expect("the socket stays open"),
        }
    }

    /// The next frame from the wire; `None` when the socket is closed.
    pub async fn read(&mut self) -> Option<ServerFrame> {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            // Pings are no answer.
            let message = tokio::time::timeout_at(until, self.ws.next())
                .await
                .expect("the server says something in time");
            match message? {
                Ok(Message::Text(text)) => {
                    let frame: ServerFrame = serde_json::from_str(&text).expect("a server frame");
                    self.last = frame.seq.or(self.last);
                    return Some(frame);
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Asks for something and waits for the answer; other frames are kept for later.
    pub async fn ask(&mut self, body: ClientBody) -> ServerFrame {
        let id = self.say(body).await;
        self.answer(id).await
    }

    /// What was heard while waiting for something else, in order.
    pub fn heard_so_far(&mut self) -> Option<ServerFrame> {
        self.heard.pop_front()
    }

    /// Forgets what was heard so far.
    pub fn forget(&mut self) {
        self.heard.clear();
    }

    /// Waits for the answer to a request; other frames are kept for later.
    pub async fn answer(&mut self, id: u32) -> ServerFrame {
        if let Some(at) = self.heard.iter().position(|frame| frame.re == Some(id)) {
            return self.heard.remove(at).unwrap();
        }
        loop {
            let frame = self.read().await.expect("the socket stays open");
            if frame.re == Some(id) {
                return frame;
            }
            self.heard.push_back(frame);
        }
    }

    /// Asks for something that must be done.
    pub async fn done(&mut self, body: ClientBody) {
        let said = format!("{body:?}");
        let answer = self.ask(body).await;
        assert!(
            matches!(answer.body, ServerBody::Done),
            "{said}: {answer:?}"
        );
    }

    /// Asks for something that must be refused.
    pub async fn refused(&mut self, body: ClientBody) -> Refusal {
        let said = format!("{body:?}");
        let answer = self.ask(body).await;
        let ServerBody::Refused { code } = answer.body else {
            panic!("{said}: {answer:?}")
        };
        code
    }

    /// Passes the device test and applies.
    pub async fn apply(&mut self, booth: BoothId) -> EntryId {
        let report = DeviceReport {
            camera: true,
            microphone: true,
            speaker: true,
            network: Quality::Good,
            rtt_ms: 20,
            loss_permille: 0,
        };
        self.done(ClientBody::DeviceTest { report }).await;
        let answer = self.ask(ClientBody::Apply { booth, job: None }).await;
        let ServerBody::Applied { entry } = answer.body else {
            panic!("{answer:?}")
        };
        entry
    }

    /// Waits for a frame that `pick` picks; frames before it are dropped.
    pub async fn wait_for<T>(&mut self, what: &str, pick: impl Fn(&ServerBody) -> Option<T>) -> T {
        let mut seen = Vec::new();
        for _ in 0..200 {
            let frame = self.hear().await;
            if let Some(found) = pick(&frame.body) {
                return found;
            }
            seen.push(frame);
        }
        panic!("{what} did not come, but {seen:#?}");
    }

    /// Waits until the own entry is in `stage`.
    pub async fn wait_for_stage(&mut self, entry: EntryId, stage: Stage) {
        self.wait_for(&format!("{stage:?}"), |body| match body {
            ServerBody::Entry { entry: own } => {
                (own.entry == entry && own.stage == stage).then_some(())
            }
            ServerBody::Student(view) => view
                .entries
                .iter()
                .any(|own| own.entry == entry && own.stage == stage)
                .then_some(()),
            _ => None,
        })
        .await;
    }

    /// Reads, and answers pings, until the socket is closed; the goodbye, if there was one. No
    /// patience: who listens only may wait for long.
    pub async fn read_to_end(&mut self) -> Option<Bye> {
        let mut bye = None;
        while let Some(Ok(message)) = self.ws.next().await {
            if let Message::Text(text) = message {
                let frame: ServerFrame = serde_json::from_str(&text).expect("a server frame");
                if let ServerBody::Bye { reason } = frame.body {
                    bye = Some(reason);
                }
            }
        }
        bye
    }

    /// Reads until the goodbye.
    pub async fn bye(&mut self) -> Bye {
        loop {
            let frame = self.hear().await;
            if let ServerBody::Bye { reason } = frame.body {
                return reason;
            }
        }
    }
}
