//! News of the company wall and of the console: which booths changed since the last news, joined for
//! a window, and never more bits per second than a watcher is meant to have.
//!
//! The two are series of their own: a phone hears every few seconds, the console twice a second. A
//! booth that changed and changed back costs nothing. The window grows with the bytes of the last
//! news, so a watcher's share does not depend on how many booths there are or what the crowd does.

use std::collections::{BTreeMap, BTreeSet};

use signaling_protocol::wall::json_bytes;
use signaling_protocol::{
    BoothBrief, BoothId, ConsoleLine, ConsoleNews, FairTotals, ServerBody, WallLine, WallNews,
    WallNote, WallSnapshot,
};

use crate::command::{Audience, Command, Outgoing, Urgency};
use crate::fair::Fair;
use crate::timers::Deadline;

/// News for one watcher of the wall, bits per second: 20,000 are meant, and what is left of them is
/// for the heads of frame, TLS and TCP.
const WALL_BITS_PER_SECOND: usize = 18_000;
/// News for one console, bits per second: there are few, on lines of a school.
const CONSOLE_BITS_PER_SECOND: usize = 256_000;
/// News grow to this size; booths beyond it are told of in the next.
const NEWS_BYTES: usize = 16 * 1024;
/// Bytes of news besides their lines and notes.
const FRAME_BYTES: usize = 96;

/// What of a booth one kind of watcher is told.
trait Line: Copy + PartialEq + serde::Serialize {
    fn of(index: u32, brief: &BoothBrief) -> Self;
}

impl Line for WallLine {
    fn of(index: u32, brief: &BoothBrief) -> Self {
        Self::of(index, brief)
    }
}

impl Line for ConsoleLine {
    fn of(index: u32, brief: &BoothBrief) -> Self {
        Self::of(index, brief)
    }
}

/// A booth as it was told.
#[derive(Debug, Clone, PartialEq)]
struct Told<L> {
    line: L,
    note: Option<WallNote>,
}

impl<L: Line> Told<L> {
    fn of(index: u32, brief: &BoothBrief) -> Self {
        Self {
            line: L::of(index, brief),
            note: WallNote::of(index, &brief.queue),
        }
    }
}

/// What one kind of watcher has been told and is yet to be told. Booths go by their index.
#[derive(Debug)]
struct Series<L> {
    /// Number of the last news.
    n: u64,
    /// What everyone was told last; a booth that is not here was not told to everyone alike.
    told: BTreeMap<u32, Told<L>>,
    changed: BTreeSet<u32>,
    /// Where the next news begin: those that did not fit into the last come first.
    cursor: u32,
    /// News may go out from here on, ms since 1970.
    open_ms: i64,
}

/// What goes out, and how many bytes it takes.
struct Taken<L> {
    lines: Vec<L>,
    notes: Vec<WallNote>,
    bytes: usize,
}

impl<L: Line> Series<L> {
    fn new(now_ms: i64) -> Self {
        Self {
            n: u64::try_from(now_ms).unwrap_or(0),
            told: BTreeMap::new(),
            changed: BTreeSet::new(),
            cursor: 0,
            open_ms: i64::MIN,
        }
    }

    /// Takes what differs from what was told, as far as it fits.
    fn take(&mut self, now: impl Fn(u32) -> Option<BoothBrief>) -> Taken<L> {
        let (mut lines, mut notes, mut bytes) = (Vec::new(), Vec::new(), FRAME_BYTES);
        let behind = self.changed.range(self.cursor..);
        let order: Vec<u32> = behind
            .chain(self.changed.range(..self.cursor))
            .copied()
            .collect();
        self.cursor = 0;
        for index in order {
            if bytes >= NEWS_BYTES {
                self.cursor = index;
                break;
            }
            self.changed.remove(&index);
            let Some(brief) = now(index) else { continue };
            let booth = Told::of(index, &brief);
            let before = self.told.get(&index);
            if before == Some(&booth) {
                continue;
            }
            let noted = before.and_then(|before| before.note.as_ref());
            let note = booth.note.clone().filter(|note| noted != Some(note));
            bytes += json_bytes(&booth.line) + 1;
            bytes += note.as_ref().map_or(0, |note| json_bytes(note) + 1);
            lines.push(booth.line);
            notes.extend(note);
            self.told.insert(index, booth);
        }
        Taken {
            lines,
            notes,
            bytes,
        }
    }

    /// News of so many bytes go out: the next are numbered, and wait for their time.
    fn sent(&mut self, now_ms: i64, window_ms: i64, bytes: usize, bits_per_second: usize) -> u64 {
        let share_ms = (bytes * 8 * 1_000).div_ceil(bits_per_second);
        let share_ms = i64::try_from(share_ms).unwrap_or(i64::MAX);
        self.open_ms = now_ms.saturating_add(window_ms.max(share_ms));
        self.n += 1;
        self.n
    }

    /// Someone is shown the booths as they are now: those with news that wait are told of to
    /// everyone else in any case, also if they change back before.
    fn shown(&mut self) {
        for index in &self.changed {
            self.told.remove(index);
        }
    }
}

/// What wall and console are yet to be told.
#[derive(Debug)]
pub(crate) struct Walls {
    /// Booths of which something may have changed, noted by this input.
    pub(crate) booths: BTreeSet<BoothId>,
    /// The fair's figures may have changed, noted by this input.
    pub(crate) totals: bool,
    /// The booths by their index, in the order of the setup; those that come later are put behind.
    order: Vec<BoothId>,
    index: BTreeMap<BoothId, u32>,
    wall: Series<WallLine>,
    console: Series<ConsoleLine>,
    totals_changed: bool,
    totals_told: Option<FairTotals>,
}

impl Walls {
    /// `now_ms` begins both series: a start of the server repeats no number of an earlier one.
    pub(crate) fn new(booths: impl Iterator<Item = BoothId>, now_ms: i64) -> Self {
        let mut walls = Self {
            booths: BTreeSet::new(),
            totals: false,
            order: Vec::new(),
            index: BTreeMap::new(),
            wall: Series::new(now_ms),
            console: Series::new(now_ms),
            totals_changed: false,
            totals_told: None,
        };
        booths.for_each(|booth| walls.index_booth(booth));
        walls
    }

    /// The fair stood still for so long.
    pub(crate) fn shift(&mut self, by_ms: i64) {
        self.wall.open_ms = self.wall.open_ms.saturating_add(by_ms);
        self.console.open_ms = self.console.open_ms.saturating_add(by_ms);
    }

    fn index_booth(&mut self, booth: BoothId) {
        let next = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        if let std::collections::btree_map::Entry::Vacant(place) = self.index.entry(booth) {
            place.insert(next);
            self.order.push(booth);
        }
    }

    /// The booths in the order of their indexes.
    pub(crate) fn order(&self) -> &[BoothId] {
        &self.order
    }

    /// Takes over what this input noted.
    fn take_noted(&mut self) {
        for booth in std::mem::take(&mut self.booths) {
            self.index_booth(booth);
            let Some(index) = self.index.get(&booth) else {
                continue;
            };
            self.wall.changed.insert(*index);
            self.console.changed.insert(*index);
        }
        self.totals_changed |= std::mem::take(&mut self.totals);
    }

    fn console_waits(&self) -> bool {
        self.totals_changed || !self.console.changed.is_empty()
    }
}

impl Fair {
    /// Sends news whose time has come, and sets the deadline of the others.
    pub(crate) fn tell_walls(&mut self) {
        self.wall.take_noted();
        if !self.wall.wall.changed.is_empty() && self.wall.wall.open_ms <= self.now_ms {
            self.flush_wall();
        }
        if self.wall.wall.changed.is_empty() {
            self.timers.clear(Deadline::Wall);
        } else {
            self.timers.set(Deadline::Wall, self.wall.wall.open_ms);
        }
        if self.wall.console_waits() && self.wall.console.open_ms <= self.now_ms {
            self.flush_console();
        }
        if self.wall.console_waits() {
            self.timers
                .set(Deadline::Console, self.wall.console.open_ms);
        } else {
            self.timers.clear(Deadline::Console);
        }
    }

    fn flush_wall(&mut self) {
        let mut series = std::mem::replace(&mut self.wall.wall, Series::new(0));
        let taken = series.take(|index| self.brief_at(index));
        if !taken.lines.is_empty() {
            let window_ms = self.rules.wall_window_ms;
            let n = series.sent(self.now_ms, window_ms, taken.bytes, WALL_BITS_PER_SECOND);
            let Taken { lines, notes, .. } = taken;
            let news = ServerBody::WallNews(WallNews { n, lines, notes });
            self.send_news(Audience::Walls, news);
        }
        self.wall.wall = series;
    }

    fn flush_console(&mut self) {
        let mut series = std::mem::replace(&mut self.wall.console, Series::new(0));
        let taken = series.take(|index| self.brief_at(index));
        self.wall.totals_changed = false;
        let totals = Some(self.totals()).filter(|now| Some(*now) != self.wall.totals_told);
        if !taken.lines.is_empty() || totals.is_some() {
            let bytes = taken.bytes + totals.as_ref().map_or(0, json_bytes);
            let window_ms = self.rules.console_window_ms;
            let n = series.sent(self.now_ms, window_ms, bytes, CONSOLE_BITS_PER_SECOND);
            self.wall.totals_told = totals.or(self.wall.totals_told);
            let Taken { lines, notes, .. } = taken;
            let news = ServerBody::ConsoleNews(ConsoleNews {
                n,
                lines,
                notes,
                totals,
            });
            self.send_news(Audience::Consoles, news);
        }
        self.wall.console = series;
    }

    /// Says where both series stand: a new one has begun.
    pub(crate) fn mark_walls(&mut self) {
        let wall = WallNews::mark(self.wall.wall.n);
        self.send_news(Audience::Walls, ServerBody::WallNews(wall));
        let console = ConsoleNews::mark(self.wall.console.n);
        self.send_news(Audience::Consoles, ServerBody::ConsoleNews(console));
    }

    fn send_news(&mut self, to: Audience, body: ServerBody) {
        self.commands.push_back(Command::Send(Box::new(Outgoing {
            to,
            body,
            urgency: Urgency::Joined,
            stamp: None,
        })));
    }

    fn brief_at(&self, index: u32) -> Option<BoothBrief> {
        let index = usize::try_from(index).ok()?;
        self.brief(*self.wall.order.get(index)?)
    }

    /// The whole company wall, for a page that has not heard the news up to now.
    pub fn wall_snapshot(&mut self) -> WallSnapshot {
        self.wall.take_noted();
        self.wall.wall.shown();
        let (mut lines, mut notes) = (Vec::new(), Vec::new());
        for index in 0..u32::try_from(self.wall.order.len()).unwrap_or(u32::MAX) {
            let Some(brief) = self.brief_at(index) else {
                continue;
            };
            lines.push(WallLine::of(index, &brief));
            notes.extend(WallNote::of(index, &brief.queue));
        }
        WallSnapshot {
            n: self.wall.wall.n,
            booths: self.wall.order.clone(),
            lines,
            notes,
        }
    }

    /// Number of the console's last news.
    pub(crate) fn console_n(&self) -> u64 {
        self.wall.console.n
    }

    /// A console is shown everything as it is now.
    pub(crate) fn console_shown(&mut self) {
        self.wall.take_noted();
        self.wall.console.shown();
        if self.wall.totals_changed {
            self.wall.totals_told = None;
        }
    }
}
