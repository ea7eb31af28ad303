//! A live page as `portal/static/js/live.js` drives it: a token from the portal or the secret of
//! the last welcome, hello, and back again with its jitter when the socket ends.

mod feed;
mod portal;
mod socket;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand::RngExt;
use rand::rngs::StdRng;
use signaling_protocol::{BoothId, ClientBody, ClientFrame, PageKind, Resume, Sequence, VERSION};
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use self::feed::Feed;
pub use self::portal::check;
use self::socket::Socket;
use super::ground::{Ground, Received, count};
use crate::clock::now_ns;
use crate::signal::http::{Http, SignIn};
use crate::signal::informed::Held;
use crate::signal::scan::{self, Bye, Head, Kind, Welcome};

/// Reconnecting waits up to this long; `JITTER_MS` of the pages.
const JITTER: Duration = Duration::from_secs(3);
/// The first try after a socket's end waits up to this long, as in the pages.
const FIRST_JITTER: Duration = Duration::from_millis(500);
/// Each try waits at least this long, as in the pages.
const PAUSE: Duration = Duration::from_millis(100);
/// `WELCOME_WITHIN_MS` of the pages.
const WELCOME_WITHIN: Duration = Duration::from_secs(8);
/// The same if the server said that it cannot store anything at the moment.
const WELCOME_STALLED: Duration = Duration::from_secs(60);
/// `ANSWER_WITHIN_MS` of the pages.
const ANSWER_WITHIN: Duration = Duration::from_secs(12);

/// Something that a page heard.
#[derive(Debug)]
pub enum Heard {
    /// A message.
    News(News),
    /// The socket ended; requests without an answer are lost. The page comes back by itself.
    Lost,
    /// A request got no answer in time.
    Late(u32),
    /// The server told the page to stay away.
    Stopped,
    /// Nothing until the asked time.
    Nothing,
}

/// A message with its text.
#[derive(Debug)]
pub struct News {
    /// Head.
    pub head: Head,
    /// The whole frame.
    pub text: Utf8Bytes,
    /// When it was read, nanoseconds since 1970.
    pub at_ns: i64,
    /// When the request that it answers was sent, nanoseconds since 1970.
    pub asked_ns: Option<i64>,
}

/// Which page it is.
#[derive(Debug, Clone)]
pub struct Place {
    /// The kind of page.
    pub kind: PageKind,
    /// Its address at the portal.
    pub path: String,
    /// A room's booth.
    pub booth: Option<BoothId>,
}

struct Asked {
    id: u32,
    at: Instant,
    sent_ns: i64,
}

/// A page of one person.
pub struct Page {
    ground: Arc<Ground>,
    place: Place,
    http: Http,
    feed: Feed,
    rng: StdRng,
    socket: Option<Socket>,
    secret: String,
    last: Option<Sequence>,
    attempt: u32,
    retry_at: Instant,
    next_id: u32,
    asked: Vec<Asked>,
    held: Held,
    /// It was welcomed and has not lost the socket since.
    online: bool,
    /// A socket that is not welcomed by then is given up.
    welcome_by: Instant,
    /// When the socket was begun, nanoseconds since 1970.
    begun_ns: i64,
    /// The kill took its socket, and it is not back.
    is_missed: bool,
    received: Arc<Received>,
}

impl Page {
    /// A page that is about to be opened.
    #[must_use]
    pub fn new(ground: Arc<Ground>, place: Place, sign_in: SignIn, rng: StdRng) -> Self {
        let http = Http::new(ground.address, sign_in.clone());
        let feed = Feed::new(ground.clone(), sign_in);
        Self {
            ground,
            place,
            http,
            feed,
            rng,
            socket: None,
            secret: String::new(),
            last: None,
            attempt: 0,
            retry_at: Instant::now(),
            next_id: 1,
            asked: Vec::new(),
            held: Held::default(),
            online: false,
            welcome_by: Instant::now(),
            begun_ns: 0,
            is_missed: false,
            received: Arc::default(),
        }
    }

    /// What its socket received in the storm.
    #[must_use]
    pub fn received(&self) -> Arc<Received> {
        self.received.clone()
    }

    /// Which page it is.
    #[must_use]
    pub fn kind(&self) -> PageKind {
        self.place.kind
    }

    /// Is there a socket that was welcomed?
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.online
    }

    /// Goes to another page in the same tab: the socket ends, and the next page opens its own.
    pub async fn go(&mut self, place: Place) {
        self.received.until_ns.store(now_ns(), Ordering::Relaxed);
        self.socket = None;
        self.online = false;
        self.secret.clear();
        self.last = None;
        self.attempt = 0;
        self.asked.clear();
        self.retry_at = Instant::now();
        self.received = Arc::default();
        self.place = place;
        self.open().await;
    }

    /// Sends a request; `None`: the page is offline and the person cannot press it.
    pub async fn ask(&mut self, body: ClientBody) -> Option<u32> {
        let socket = self.socket.as_mut().filter(|_| self.online)?;
        let id = self.next_id;
        self.next_id += 1;
        let text = serde_json::to_string(&ClientFrame { id, body }).ok()?;
        let sent_ns = now_ns();
        if socket.send(Message::text(text)).await.is_err() {
            // The reading side notices, too, and says so.
            return None;
        }
        self.asked.push(Asked {
            id,
            at: Instant::now(),
            sent_ns,
        });
        Some(id)
    }

    /// The next thing that happens before `until`.
    pub async fn hear(&mut self, until: Instant) -> Heard {
        loop {
            let Some(socket) = &mut self.socket else {
                if self.retry_at > until {
                    tokio::time::sleep_until(until).await;
                    return Heard::Nothing;
                }
                tokio::time::sleep_until(self.retry_at).await;
                self.connect().await;
                continue;
            };
            let late = self.asked.first().map(|asked| asked.at + ANSWER_WITHIN);
            let limit = if self.online {
                late.unwrap_or(until)
            } else {
                self.welcome_by
            };
            match timeout_at(limit.min(until), socket.next()).await {
                Ok(Some(Ok(message))) => {
                    if let ControlFlow::Break(heard) = self.take(message).await {
                        return heard;
                    }
                }
                Ok(_) => return self.lose("socket closed"),
                Err(_) if limit > until => return Heard::Nothing,
                Err(_) if !self.online => return self.lose("no welcome in time"),
                Err(_) if self.asked.is_empty() => return Heard::Nothing,
                Err(_) => {
                    self.ground.fault("request unanswered");
                    return Heard::Late(self.asked.remove(0).id);
                }
            }
        }
    }

    /// Opens a socket and says hello; the welcome is heard like everything else.
    async fn connect(&mut self) {
        let resume = self
            .last
            .filter(|_| !self.secret.is_empty())
            .map(|last| Resume {
                secret: self.secret.clone(),
                epoch: last.epoch,
                n: last.n,
            });
        let token = if resume.is_none() {
            let Some(token) = self.token().await else {
                return self.retry(false);
            };
            Some(token)
        } else {
            None
        };
        let body = ClientBody::Hello {
            version: VERSION,
            token,
            resume,
            page: self.place.kind,
        };
        self.begun_ns = now_ns();
        self.welcome_by = Instant::now() + WELCOME_WITHIN;
        let opened = timeout_at(self.welcome_by, socket::open(self.ground.address, body)).await;
        match opened {
            Ok(Ok(socket)) => self.socket = Some(socket),
            Ok(Err(what)) => self.not_opened(&format!("socket: {what}")),
            Err(_) => self.not_opened("no socket in time"),
        }
    }

    fn not_opened(&mut self, what: &str) {
        self.ground.fault(what);
        self.retry(false);
    }

    async fn take(&mut self, message: Message) -> ControlFlow<Heard> {
        let at_ns = now_ns();
        let Message::Text(text) = message else {
            if let Message::Ping(data) = message {
                self.count_bytes(data.len(), Kind::Other);
            }
            return ControlFlow::Continue(());
        };
        let Some(head) = scan::head(&text) else {
            self.ground.fault("unreadable frame");
            return ControlFlow::Continue(());
        };
        self.count_bytes(text.len(), head.kind);
        match head.kind {
            Kind::Welcome => self.welcome(&text).await,
            Kind::Stalled if !self.online => {
                self.welcome_by = Instant::now() + WELCOME_STALLED;
            }
            Kind::WallNews if self.place.kind == PageKind::Wall => self.feed.hear(&text),
            Kind::Bye => return ControlFlow::Break(self.bye(&text)),
            _ => {}
        }
        self.follow(&head);
        let place = self
            .asked
            .iter()
            .position(|asked| Some(asked.id) == head.re);
        let asked_ns = place.map(|at| self.asked.remove(at).sent_ns);
        if let Some(stamp) = head.stamp {
            let informed = &self.ground.informed;
            if let Some(sent_ns) = asked_ns {
                informed.requested(stamp, sent_ns);
            }
            informed.heard(&mut self.held, stamp, at_ns, head.kind.word());
        }
        ControlFlow::Break(Heard::News(News {
            head,
            text,
            at_ns,
            asked_ns,
        }))
    }

    fn count_bytes(&self, payload: usize, kind: Kind) {
        if !self.ground.is_storm() {
            return;
        }
        let bytes = socket::frame_bytes(payload);
        self.received.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.received.frames.fetch_add(1, Ordering::Relaxed);
        if matches!(kind, Kind::Wall | Kind::WallNews) {
            self.received.wall_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    async fn welcome(&mut self, text: &str) {
        let Some(welcome) = scan::body::<Welcome>(text) else {
            return self.ground.fault("unreadable welcome");
        };
        count(&self.ground.counts.welcomes);
        if welcome.resumed {
            count(&self.ground.counts.resumed);
        } else {
            // A snapshot follows, and it begins anew.
            self.last = None;
        }
        self.secret = welcome.secret;
        self.attempt = 0;
        self.online = true;
        // Where the page comes back to what it was, it has been there since before.
        let since_ns = &self.received.since_ns;
        let _ = since_ns.compare_exchange(0, now_ns(), Ordering::Relaxed, Ordering::Relaxed);
        if std::mem::take(&mut self.is_missed) {
            self.ground.note_back();
        }
        let took_ns = now_ns() - self.begun_ns;
        self.ground.note(|took| &mut took.welcome, took_ns);
        self.ask(ClientBody::Visible { visible: true }).await;
    }

    /// Messages are numbered without a gap; a snapshot tells everything anew, from its number on.
    fn follow(&mut self, head: &Head) {
        let Some(seq) = head.seq else { return };
        let is_whole = matches!(head.kind, Kind::Student | Kind::Booth | Kind::Wall);
        if let Some(last) = self.last
            && last.epoch == seq.epoch
            && seq.n != last.n + 1
            && !is_whole
        {
            self.ground.fault("gap in the sequence");
        }
        self.last = Some(seq);
    }

    fn bye(&mut self, text: &str) -> Heard {
        let reason = scan::body::<Bye>(text).map_or_else(String::new, |bye| bye.reason);
        if reason == "resume_unknown" && self.ground.outage.has_begun() {
            count(&self.ground.counts.secrets_unknown);
        } else {
            self.ground.fault(format!("bye {reason}"));
        }
        match reason.as_str() {
            "fair_unknown" | "seat_unknown" | "too_many_sockets" | "removed" | "version" => {
                self.socket = None;
                self.online = false;
                self.retry_at = Instant::now() + Duration::from_secs(86_400);
                return Heard::Stopped;
            }
            "restart" | "silent" | "slow_reader" | "flood" => {}
            _ => {
                self.secret.clear();
                self.last = None;
            }
        }
        self.retry(reason == "restart");
        Heard::Lost
    }

    fn lose(&mut self, what: &str) -> Heard {
        if self.online && self.ground.outage.is_on() {
            self.is_missed = true;
            count(&self.ground.counts.lost);
        }
        self.ground.fault(what);
        self.retry(false);
        Heard::Lost
    }

    /// As `retry` of the pages.
    fn retry(&mut self, restarts: bool) {
        self.socket = None;
        self.online = false;
        self.asked.clear();
        self.attempt += 1;
        let ceiling = if self.attempt == 1 && !restarts {
            FIRST_JITTER
        } else {
            JITTER
        };
        let wait = PAUSE + ceiling.mul_f64(self.rng.random());
        self.retry_at = Instant::now() + wait;
    }
}
