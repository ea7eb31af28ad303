//! News of the company wall and of the console: who hears what, how often, and in how many bytes.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::collections::BTreeMap;

use signaling_core::{Accepted, Audience, Command, Outgoing, SocketId};
use signaling_protocol::*;
use support::*;

/// What one watcher of the wall is meant to have at most, bits per second.
const BITS_PER_SECOND: usize = 20_000;
/// Heads of a WebSocket frame, a TLS record, TCP and IP.
const HEADS_BYTES: usize = 4 + 22 + 52;

fn wall_page(stand: &mut Stand, n: u128) -> SocketId {
    let admission = Admission {
        admitted: true,
        resume_complete: true,
    };
    stand.connect(student(n), Role::Student(admission), PageKind::Wall)
}

/// News of the wall since the last hearing, with the bytes of each as it goes over the line.
fn wall_news(stand: &mut Stand) -> Vec<(WallNews, usize)> {
    let heard = stand.hear().into_iter();
    heard
        .filter_map(|(to, body, _)| match &body {
            ServerBody::WallNews(news) => {
                assert_eq!(to, Audience::Walls, "news go to walls alone");
                let frame = ServerFrame {
                    seq: None,
                    re: None,
                    stamp: None,
                    body: body.clone(),
                };
                let bytes = serde_json::to_string(&frame).unwrap().len();
                Some((news.clone(), bytes + HEADS_BYTES))
            }
            _ => None,
        })
        .collect()
}

fn console_news(stand: &mut Stand) -> Vec<ConsoleNews> {
    let heard = stand.hear().into_iter();
    heard
        .filter_map(|(_, body, _)| match body {
            ServerBody::ConsoleNews(news) => Some(news),
            _ => None,
        })
        .collect()
}

/// A page that fetched the wall once and follows the news.
struct Follower {
    n: u64,
    lines: BTreeMap<u32, WallLine>,
    notes: BTreeMap<u32, WallNote>,
}

impl Follower {
    fn of(snapshot: WallSnapshot) -> Self {
        let lines = snapshot.lines.into_iter().map(|line| (line.index, line));
        let notes = snapshot.notes.into_iter().map(|note| (note.index, note));
        Self {
            n: snapshot.n,
            lines: lines.collect(),
            notes: notes.collect(),
        }
    }

    fn hear(&mut self, news: &WallNews) {
        assert_eq!(news.n, self.n + 1, "no gap");
        self.n = news.n;
        for line in &news.lines {
            self.lines.insert(line.index, *line);
            if line.queue != QueueMark::Paused {
                self.notes.remove(&line.index);
            }
        }
        for note in &news.notes {
            self.notes.insert(note.index, note.clone());
        }
    }

    fn check(&self, stand: &mut Stand) {
        let now = Self::of(stand.fair.wall_snapshot());
        assert_eq!((&self.lines, &self.notes), (&now.lines, &now.notes));
    }
}

/// A crowd that the database is not asked about: thousands of rows would take a test of this kind
/// minutes.
struct Crowd {
    stand: Stand,
    /// Bytes of the wall's news so far.
    bytes: usize,
}

impl Crowd {
    fn drain(&mut self) {
        while let Some(command) = self.stand.fair.poll_command() {
            if let Command::Send(outgoing) = command {
                let Outgoing {
                    to, body, stamp, ..
                } = *outgoing;
                self.stand.said.push((to, body, stamp));
            }
        }
        let news = wall_news(&mut self.stand);
        self.bytes += news.iter().map(|(_, bytes)| bytes).sum::<usize>();
    }

    fn act(&mut self, socket: SocketId, body: ClientBody) -> Accepted {
        let actor = self.stand.actors[&socket].clone();
        let done = self.stand.fair.handle_action(self.stand.now, &actor, body);
        self.drain();
        done.unwrap()
    }

    fn pass(&mut self, ms: i64) {
        let until = self.stand.now + ms;
        while let Some(at) = self.stand.fair.poll_timeout().filter(|at| *at <= until) {
            self.stand.now = at;
            self.stand.fair.handle_timeout(at);
            self.drain();
        }
        self.stand.now = until;
    }
}

/// For a minute, every two seconds one more stands in the queue of every booth: bits per second for
/// one watcher.
fn storm(booths: u128) -> usize {
    let mut stand = Stand::new(booths, 1);
    let rooms: Vec<_> = (0..booths).map(|b| stand.interviewer(b)).collect();
    stand.pass(MINUTE);
    stand.hear();
    let mut crowd = Crowd { stand, bytes: 0 };
    let queues = u128::from(setup(1, 1).max_queues);
    for round in 0..30 {
        let mut who = SocketId(0);
        for (b, room) in (0..booths).zip(&rooms) {
            if b % queues == 0 {
                who = crowd.stand.student(round * booths + b);
            }
            let apply = ClientBody::Apply {
                booth: booth(b),
                job: None,
            };
            let Accepted::Applied { entry, .. } = crowd.act(who, apply) else {
                panic!("not applied")
            };
            crowd.act(*room, ClientBody::Accept { entry });
        }
        crowd.pass(2 * SECOND);
    }
    crowd.bytes * 8 / 60
}

#[test]
fn a_watcher_is_sent_no_more_than_its_share_whatever_the_crowd_does() {
    let shares = [10, 250].map(storm);
    assert!(shares[0] > 0, "the wall hears something");
    // Were all told of at once, the second would hear 25 times as much as the first.
    assert!(shares[1] < 25 * shares[0], "{shares:?}");
    assert!(
        shares.iter().all(|share| *share <= BITS_PER_SECOND),
        "{shares:?} bits per second"
    );
}

#[test]
fn a_call_tab_hears_nothing_of_the_wall_and_nothing_of_it_is_sequenced() {
    let mut stand = Stand::new(3, 1);
    let call = stand.student(1);
    wall_page(&mut stand, 1);
    stand.staff();
    stand.pass(MINUTE);
    stand.hear();
    let (hr, other) = (stand.interviewer(0), stand.student(2));
    stand.queue_up(other, hr, 0);
    stand.pass(MINUTE);
    let heard = stand.hear();
    assert!(heard.iter().any(|(to, _, _)| *to == Audience::Walls));
    assert!(heard.iter().any(|(to, _, _)| *to == Audience::Consoles));
    let own = stand.actors[&call].person;
    for (to, body, stamp) in heard {
        let news = matches!(body.kind(), "wall_news" | "console_news");
        assert_eq!(news, matches!(to, Audience::Walls | Audience::Consoles));
        assert!(!news || stamp.is_none());
        let to_me = match &to {
            Audience::Persons(persons) => persons.contains(&own),
            Audience::Socket(person, _) => *person == own,
            _ => false,
        };
        assert!(!to_me, "{body:?} is another one's");
    }
}

#[test]
fn only_what_changed_is_told_and_a_change_taken_back_costs_nothing() {
    let mut stand = Stand::new(3, 1);
    let (hr, anna, ben) = (stand.interviewer(0), stand.student(1), stand.student(2));
    stand.queue_up(ben, hr, 0);
    stand.pass(MINUTE);
    stand.hear();
    let entry = stand.queue_up(anna, hr, 0);
    stand.ok(anna, ClientBody::Leave { entry });
    stand.pass(MINUTE);
    let told: Vec<_> = wall_news(&mut stand);
    // The first change goes out at once, and its way back with the next; no other booth does.
    let lines: Vec<_> = told
        .iter()
        .flat_map(|(news, _)| &news.lines)
        .map(|line| (line.index, line.waiting))
        .collect();
    assert_eq!(lines, [(0, 2), (0, 1)]);
    let entry = stand.queue_up(anna, hr, 0);
    stand.hear();
    // Within the window: two changes that come to nothing.
    stand.ok(anna, ClientBody::Leave { entry });
    stand.queue_up(anna, hr, 0);
    stand.pass(4 * SECOND);
    assert_eq!(wall_news(&mut stand), []);
}

#[test]
fn walls_wait_for_seconds_and_the_console_for_half_a_second() {
    let mut stand = Stand::new(1, 1);
    let hr = stand.interviewer(0);
    stand.pass(MINUTE);
    stand.hear();
    let (mut walls, mut consoles) = (Vec::new(), Vec::new());
    for n in 0..20 {
        let who = stand.student(n);
        stand.queue_up(who, hr, 0);
        stand.pass(SECOND / 2);
        let now = stand.now;
        let heard = stand.hear();
        let count = |kind: &str| {
            heard
                .iter()
                .filter(|(_, body, _)| body.kind() == kind)
                .count()
        };
        walls.extend(std::iter::repeat_n(now, count("wall_news")));
        consoles.extend(std::iter::repeat_n(now, count("console_news")));
    }
    assert!((3..=5).contains(&walls.len()), "{walls:?}");
    assert!(consoles.len() >= 15, "{consoles:?}");
}

#[test]
fn who_follows_the_news_from_any_snapshot_shows_what_is() {
    let mut stand = Stand::new(3, 1);
    let hr = stand.interviewer(0);
    let mut pages = vec![Follower::of(stand.fair.wall_snapshot())];
    stand.hear();
    let mut entries = Vec::new();
    for n in 0..30u128 {
        if matches!(n % 7, 3 | 6) {
            stand.ok(hr, ClientBody::ResumeQueue);
        }
        let who = stand.student(n);
        entries.push(stand.queue_up(who, hr, 0));
        // A snapshot between two news, of a change that is taken back before the next.
        if n % 3 == 0 {
            pages.push(Follower::of(stand.fair.wall_snapshot()));
            let entry = entries.pop().unwrap();
            stand.ok(who, ClientBody::Leave { entry });
        }
        let pause = ClientBody::PauseQueue {
            minutes: Some(5),
            message: format!("休息{n}"),
        };
        if matches!(n % 7, 2 | 5) {
            stand.ok(hr, pause);
        }
        stand.pass(700);
        for (news, _) in wall_news(&mut stand) {
            for page in &mut pages {
                if news.n > page.n {
                    page.hear(&news);
                }
            }
        }
    }
    stand.pass(MINUTE);
    for (news, _) in wall_news(&mut stand) {
        pages.iter_mut().for_each(|page| page.hear(&news));
    }
    assert!(pages.len() > 5);
    for page in &pages {
        page.check(&mut stand);
    }
}

#[test]
fn words_of_a_pause_are_told_once_and_long_ones_wait_for_their_bytes() {
    let mut stand = Stand::new(30, 1);
    let staff = stand.staff();
    stand.pass(MINUTE);
    stand.hear();
    for b in 0..30 {
        let message = "长".repeat(limits::TEXT_CHARS);
        stand.ok(
            staff,
            ClientBody::PauseBooth {
                booth: booth(b),
                message,
            },
        );
    }
    let mut told = Vec::new();
    let begun = stand.now;
    let mut bytes = 0;
    while told.len() < 30 {
        stand.pass(SECOND);
        for (news, size) in wall_news(&mut stand) {
            assert!(
                size < limits::NEWS_BACKLOG_BYTES,
                "one message of {size} bytes"
            );
            bytes += size;
            told.extend(news.notes.iter().map(|note| note.index));
        }
    }
    let seconds = usize::try_from((stand.now - begun) / 1_000).unwrap();
    let first = limits::NEWS_BACKLOG_BYTES;
    assert!(
        (bytes - first) * 8 <= seconds * BITS_PER_SECOND,
        "{bytes} bytes in {seconds} s"
    );
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), 30, "each booth once");
}

#[test]
fn a_restart_goes_on_with_numbers_that_were_never_used() {
    let mut stand = Stand::new(2, 1);
    stand.staff();
    for n in 0..10 {
        let who = stand.student(n);
        stand.apply(who, n % 2);
        stand.pass(10 * SECOND);
    }
    let before = (stand.fair.wall_snapshot().n, stand.fair.wall_view().n);
    stand.hear();
    stand.restart(setup(2, 1), SECOND);
    let heard = stand.hear();
    let marks: Vec<_> = heard
        .iter()
        .filter_map(|(_, body, _)| match body {
            ServerBody::WallNews(news) => Some((news.is_mark(), news.n)),
            ServerBody::ConsoleNews(news) => Some((news.is_mark(), news.n)),
            _ => None,
        })
        .collect();
    assert!(
        matches!(marks[..], [(true, wall), (true, console)]
        if wall > before.0 && console > before.1),
        "{marks:?} after {before:?}"
    );
    assert_eq!(stand.fair.wall_snapshot().n, marks[0].1);
}

#[test]
fn a_console_that_was_shown_a_change_hears_that_it_was_taken_back() {
    let mut stand = Stand::new(1, 1);
    let staff = stand.staff();
    let (anna, ben) = (stand.student(1), stand.student(2));
    stand.pass(SECOND);
    stand.hear();
    stand.apply(ben, 0);
    let first = console_news(&mut stand);
    assert_eq!(first.len(), 1, "the first at once");
    let entry = stand.apply(anna, 0);
    let Accepted::Snapshot(shown) = stand.ok(staff, ClientBody::Refresh) else {
        panic!("no snapshot");
    };
    let ServerBody::Wall(view) = *shown else {
        panic!("{shown:?}");
    };
    assert_eq!((view.n, view.booths[0].applied), (first[0].n, 2));
    stand.ok(anna, ClientBody::Leave { entry });
    stand.pass(SECOND);
    let news = console_news(&mut stand);
    assert_eq!(news.len(), 1);
    assert_eq!((news[0].n, news[0].lines[0].applied), (view.n + 1, 1));
}
