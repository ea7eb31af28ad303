//! Who watches the company wall or the console, and how news reach them.
//!
//! The owner task only puts a frame into a channel. One task for each of the two hands it to the
//! sockets, those of walls in slices over about a second: thousands of phones need not hear at the same
//! moment, and whoever is called up meanwhile does not wait behind them. News are no part of anyone's
//! stream. A socket that misses some finds out by their number, or by the mark that it is sent as
//! soon as it reads again, and takes a snapshot.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use prometheus::{IntCounter, IntGauge};
use signaling_core::{Audience, Outgoing, SocketId};
use signaling_protocol::{ConsoleNews, PageKind, Role, ServerBody, WallNews};
use tokio::sync::mpsc;

use super::{Body, Socket, SocketRef};
use crate::metrics::Metrics;

/// News that wait for their spreader; with more, the newest are dropped and a mark follows.
const NEWS_WAITING: usize = 4;
/// Sockets of a slice.
const SLICE: usize = 64;
/// News of the wall reach the last socket after about this time.
const SPREAD: Duration = Duration::from_secs(1);
/// Sockets that were passed over are asked again after this time.
const BEHIND: Duration = Duration::from_secs(2);

/// Both kinds of watchers of one fair.
#[derive(Debug)]
pub(crate) struct Watchers {
    walls: Group,
    consoles: Group,
}

impl Watchers {
    /// Starts the two spreaders; they end with this.
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self::spreading(SPREAD, metrics)
    }

    fn spreading(spread: Duration, metrics: &Metrics) -> Self {
        Self {
            walls: Group::start("wall", spread, metrics),
            consoles: Group::start("console", Duration::ZERO, metrics),
        }
    }

    /// The group that a socket belongs to, by its page.
    fn of(&self, socket: &Socket) -> Option<&Group> {
        match (socket.member.page, socket.member.role) {
            (PageKind::Wall, _) => Some(&self.walls),
            (PageKind::Console, Role::Staff) => Some(&self.consoles),
            _ => None,
        }
    }

    /// A socket was welcomed: if it watches, it is told where the news stand, and hears them from
    /// here on.
    pub(super) fn attach(&self, socket: &SocketRef) {
        if let Some(group) = self.of(socket) {
            group
                .shared
                .lock()
                .insert(socket.id, Arc::downgrade(socket));
            group.shared.count();
            group.shared.mark(socket);
        }
    }

    /// A socket is gone.
    pub(super) fn leave(&self, socket: SocketId) {
        for group in [&self.walls, &self.consoles] {
            if group.shared.lock().remove(&socket).is_some() {
                group.shared.count();
            }
        }
    }

    /// Takes news of the core over; false: it is another message.
    pub(crate) fn take(&self, outgoing: &Outgoing) -> bool {
        let (group, n) = match (&outgoing.to, &outgoing.body) {
            (Audience::Walls, ServerBody::WallNews(news)) => (&self.walls, news.n),
            (Audience::Consoles, ServerBody::ConsoleNews(news)) => (&self.consoles, news.n),
            (Audience::Walls | Audience::Consoles, _) => return true,
            (Audience::Persons(_) | Audience::Socket(..) | Audience::Everyone, _) => return false,
        };
        group.tell(n, &outgoing.body);
        true
    }

    /// Number of the last news of the wall that were handed out.
    pub(crate) fn wall_n(&self) -> u64 {
        self.walls.shared.n.load(Ordering::Acquire)
    }
}

/// The watchers of one kind.
#[derive(Debug)]
struct Group {
    shared: Arc<Shared>,
    news: mpsc::Sender<(u64, Utf8Bytes)>,
}

#[derive(Debug)]
struct Shared {
    page: &'static str,
    spread: Duration,
    sockets: Mutex<HashMap<SocketId, Weak<Socket>>>,
    /// Number of the last news; 0: none yet.
    n: AtomicU64,
    figures: Figures,
}

#[derive(Debug)]
struct Figures {
    watchers: IntGauge,
    /// What this fair adds to the gauge.
    counted: Mutex<i64>,
    news: IntCounter,
    bytes: IntCounter,
    dropped: IntCounter,
    passed_over: IntCounter,
}

impl Group {
    fn start(page: &'static str, spread: Duration, metrics: &Metrics) -> Self {
        let (news, inbox) = mpsc::channel(NEWS_WAITING);
        let shared = Arc::new(Shared {
            page,
            spread,
            sockets: Mutex::default(),
            n: AtomicU64::new(0),
            figures: Figures {
                watchers: metrics.news.watchers.with_label_values(&[page]),
                counted: Mutex::default(),
                news: metrics.news.told.with_label_values(&[page]),
                bytes: metrics.news.bytes.with_label_values(&[page]),
                dropped: metrics.news.dropped.with_label_values(&[page]),
                passed_over: metrics.news.passed_over.with_label_values(&[page]),
            },
        });
        tokio::spawn(spread_all(shared.clone(), inbox));
        Self { shared, news }
    }

    /// Hands news to the spreader. They are written as text once, and not at all where nobody
    /// watches.
    fn tell(&self, n: u64, body: &ServerBody) {
        self.shared.n.store(n, Ordering::Release);
        self.shared.figures.news.inc();
        if self.shared.lock().is_empty() {
            return;
        }
        let frame = Body::new(body, None).frame(None, None).into();
        if self.news.try_send((n, frame)).is_err() {
            self.shared.figures.dropped.inc();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<SocketId, Weak<Socket>>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the gauge up to date.
    fn count(&self) {
        let counted = self.figures.counted.lock();
        let mut counted = counted.unwrap_or_else(PoisonError::into_inner);
        let now = i64::try_from(self.lock().len()).unwrap_or(i64::MAX);
        self.figures.watchers.add(now - *counted);
        *counted = now;
    }

    /// Where the news stand, as a frame; `None` before the first.
    fn mark_frame(&self) -> Option<Utf8Bytes> {
        let n = match self.n.load(Ordering::Acquire) {
            0 => return None,
            n => n,
        };
        let body = match self.page {
            "wall" => ServerBody::WallNews(WallNews::mark(n)),
            _ => ServerBody::ConsoleNews(ConsoleNews::mark(n)),
        };
        Some(Body::new(&body, None).frame(None, None).into())
    }

    fn mark(&self, socket: &Socket) {
        if let Some(frame) = self.mark_frame() {
            socket.outbox.push_news(frame);
        }
    }

    /// All who watch now; those who are gone without a word are forgotten.
    fn watching(&self) -> Vec<SocketRef> {
        let mut sockets = self.lock();
        sockets.retain(|_, socket| socket.strong_count() > 0);
        let all = sockets.values().filter_map(Weak::upgrade).collect();
        drop(sockets);
        self.count();
        all
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.lock().clear();
        self.count();
    }
}

/// Hands news to sockets, one after the other, until the fair is closed.
async fn spread_all(shared: Arc<Shared>, mut inbox: mpsc::Receiver<(u64, Utf8Bytes)>) {
    let mut behind: Vec<Weak<Socket>> = Vec::new();
    loop {
        let news = tokio::select! {
            news = inbox.recv() => match news {
                Some(news) => Some(news),
                None => return,
            },
            () = tokio::time::sleep(BEHIND), if !behind.is_empty() => None,
        };
        match news {
            Some((n, frame)) => {
                behind.extend(spread(&shared, &frame).await);
                // The newest were dropped, and nothing may come for long that shows the gap.
                if inbox.is_empty()
                    && shared.n.load(Ordering::Acquire) != n
                    && let Some(mark) = shared.mark_frame()
                {
                    behind.extend(spread(&shared, &mark).await);
                }
            }
            None => catch_up(&shared, &mut behind),
        }
    }
}

/// Hands one frame to all; returns who was passed over.
async fn spread(shared: &Shared, frame: &Utf8Bytes) -> Vec<Weak<Socket>> {
    let sockets = shared.watching();
    let slices = sockets.len().div_ceil(SLICE);
    let pause = shared.spread / u32::try_from(slices).unwrap_or(u32::MAX).max(1);
    let mut behind = Vec::new();
    for (at, slice) in sockets.chunks(SLICE).enumerate() {
        if at > 0 {
            tokio::time::sleep(pause).await;
        }
        for socket in slice {
            if socket.outbox.push_news(frame.clone()) {
                shared
                    .figures
                    .bytes
                    .inc_by(u64::try_from(frame.len()).unwrap_or(0));
            } else {
                shared.figures.passed_over.inc();
                behind.push(Arc::downgrade(socket));
            }
        }
    }
    behind
}

/// Tells those who were passed over, and read again, where the news stand.
fn catch_up(shared: &Shared, behind: &mut Vec<Weak<Socket>>) {
    let Some(mark) = shared.mark_frame() else {
        return;
    };
    behind.retain(|socket| {
        socket
            .upgrade()
            .is_some_and(|socket| !socket.outbox.push_news(mark.clone()))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    use signaling_protocol::{Admission, FairId, PersonId, limits};
    use uuid::Uuid;

    use crate::session::{Member, Taken};

    fn socket(id: u64, page: PageKind) -> SocketRef {
        let role = Role::Student(Admission {
            admitted: true,
            resume_complete: true,
        });
        let member = Member {
            fair: FairId(Uuid::nil()),
            person: PersonId(Uuid::nil()),
            role,
            page,
            name: String::new(),
            headline: String::new(),
            since_s: 0,
        };
        Arc::new(Socket::new(SocketId(id), member, 0))
    }

    fn news(n: u64) -> Outgoing {
        Outgoing {
            to: Audience::Walls,
            body: ServerBody::WallNews(WallNews::mark(n)),
            urgency: signaling_core::Urgency::Joined,
            stamp: None,
        }
    }

    async fn hears(socket: &Socket) -> String {
        match socket.outbox.take().await {
            Taken::Frame(text, _) => text.to_string(),
            Taken::Bye(bye) => panic!("{bye:?}"),
        }
    }

    fn watchers() -> (Watchers, prometheus::Registry) {
        let registry = prometheus::Registry::new();
        let metrics = Metrics::new(&registry).unwrap();
        let spread = Duration::from_millis(20);
        (Watchers::spreading(spread, &metrics), registry)
    }

    #[tokio::test]
    async fn all_share_the_bytes_of_one_frame() {
        let (watchers, _registry) = watchers();
        let pages = [socket(1, PageKind::Wall), socket(2, PageKind::Wall)];
        pages.iter().for_each(|page| watchers.attach(page));
        let queues = socket(3, PageKind::Queues);
        watchers.attach(&queues);
        assert!(watchers.take(&news(9)));
        let mut frames = Vec::new();
        for page in &pages {
            let Taken::Frame(text, _) = page.outbox.take().await else {
                panic!("no frame")
            };
            frames.push(text.as_bytes().as_ptr());
        }
        assert_eq!(frames[0], frames[1], "one buffer");
        assert!(queues.outbox.try_take().is_none());
    }

    #[tokio::test]
    async fn who_comes_is_told_where_the_news_stand() {
        let (watchers, _registry) = watchers();
        watchers.take(&news(41));
        let page = socket(1, PageKind::Wall);
        watchers.attach(&page);
        assert!(hears(&page).await.contains(r#""n":41"#));
    }

    #[tokio::test]
    async fn who_does_not_read_is_passed_over_and_told_later_what_it_missed() {
        let (watchers, _registry) = watchers();
        let page = socket(1, PageKind::Wall);
        watchers.attach(&page);
        let load = "x".repeat(limits::NEWS_BACKLOG_BYTES);
        page.outbox.push(load.clone(), None);
        watchers.take(&news(7));
        while watchers.walls.shared.figures.passed_over.get() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(hears(&page).await, load);
        assert!(page.outbox.try_take().is_none(), "the news were not kept");
        page.outbox.sent(load.len());
        assert!(hears(&page).await.contains(r#""n":7"#));
    }

    #[tokio::test]
    async fn news_that_come_too_fast_are_dropped_and_a_mark_shows_the_gap() {
        let (watchers, _registry) = watchers();
        let pages: Vec<_> = (0..200).map(|id| socket(id, PageKind::Wall)).collect();
        pages.iter().for_each(|page| watchers.attach(page));
        for n in 1..=20 {
            watchers.take(&news(n));
        }
        let mut heard = String::new();
        while !heard.contains(r#""n":20,"#) {
            heard = hears(&pages[199]).await;
        }
        assert!(watchers.walls.shared.figures.dropped.get() > 0);
    }

    #[tokio::test]
    async fn those_who_leave_are_not_counted() {
        let (watchers, _registry) = watchers();
        let (page, ghost) = (socket(1, PageKind::Wall), socket(2, PageKind::Wall));
        watchers.attach(&page);
        watchers.attach(&ghost);
        let figure = watchers.walls.shared.figures.watchers.clone();
        assert_eq!(figure.get(), 2);
        watchers.leave(page.id);
        drop(ghost);
        watchers.walls.shared.watching();
        assert_eq!(figure.get(), 0);
    }
}
