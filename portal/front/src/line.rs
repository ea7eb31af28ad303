//! What a connection is doing: who waits for whom, and until when.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

use crate::limits::Times;
use crate::pace::Pace;

/// How long a connection has to close in order once it was asked to.
const CLOSING: Duration = Duration::from_secs(5);

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    /// The TLS handshake.
    Handshake,
    /// The rest of a header.
    Header,
    /// A next request.
    Idle,
    /// The rest of a body.
    Body,
    /// The client's reading of an answer.
    Answer,
    /// The server.
    Busy,
    /// The client's closing its side.
    Closing,
    /// Nothing: it is no HTTP connection any more.
    Upgraded,
}

impl Stand {
    /// The word for figures.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Header => "header",
            Self::Idle => "idle",
            Self::Body => "body",
            Self::Answer => "answer",
            Self::Busy => "busy",
            Self::Closing => "closing",
            Self::Upgraded => "upgraded",
        }
    }
}

/// What a guard sees of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    pub stand: Stand,
    /// Since when the client keeps the server waiting; `None`: it is the server's turn.
    pub waits: Option<Instant>,
    /// When it is too late.
    pub deadline: Option<Instant>,
}

/// A connection's state, shared by its stream, its requests and its guard.
#[derive(Debug)]
pub(crate) struct Line {
    state: Mutex<State>,
    guard: AtomicWaker,
    times: Times,
}

#[derive(Debug)]
struct State {
    /// Outside of any request.
    between: Stand,
    /// Since when it is in `between`.
    since: Instant,
    /// Speaks HTTP/2: bytes between two requests are no header, but pings.
    multiplexed: bool,
    /// Requests that are not answered to the end.
    asks: usize,
    /// Of them, those whose body is waited for.
    hears: usize,
    /// Since when.
    heard_since: Option<Instant>,
    /// Of them, those whose answer the connection has yet to take.
    tells: usize,
    /// The system takes no more bytes: the client does not read.
    blocked: bool,
    reading: Pace,
}

impl Line {
    pub(crate) fn new(times: Times, now: Instant) -> Self {
        Self {
            state: Mutex::new(State {
                between: Stand::Handshake,
                since: now,
                multiplexed: false,
                asks: 0,
                hears: 0,
                heard_since: None,
                tells: 0,
                blocked: false,
                reading: Pace::new(times.stall, times.stall_bytes),
            }),
            guard: AtomicWaker::new(),
            times,
        }
    }

    pub(crate) fn times(&self) -> Times {
        self.times
    }

    /// Who is woken when something changes.
    pub(crate) fn register(&self, waker: &Waker) {
        self.guard.register(waker);
    }

    /// What the connection waits for, since when, and until when.
    pub(crate) fn look(&self) -> View {
        let state = self.lock();
        let stand = state.stand();
        let limit = match stand {
            Stand::Handshake => Some(self.times.handshake),
            Stand::Header => Some(self.times.header),
            Stand::Idle => Some(self.times.idle),
            Stand::Closing => Some(CLOSING),
            Stand::Body | Stand::Answer | Stand::Busy | Stand::Upgraded => None,
        };
        let waits = match stand {
            // A body has its own clock, and tells its reader.
            Stand::Body => state.heard_since,
            Stand::Answer => state.reading.began(),
            _ => limit.map(|_| state.since),
        };
        let deadline = match stand {
            Stand::Answer => state.reading.deadline(),
            _ => limit.map(|limit| state.since + limit),
        };
        View {
            stand,
            waits,
            deadline,
        }
    }

    /// HTTP begins.
    pub(crate) fn speak(&self, now: Instant) {
        self.lock().enter(Stand::Header, now);
    }

    /// It is to be closed in order.
    pub(crate) fn close(&self, now: Instant) {
        self.change(|state| state.enter(Stand::Closing, now));
    }

    /// It became something else.
    pub(crate) fn upgrade(&self, now: Instant) {
        self.change(|state| state.enter(Stand::Upgraded, now));
    }

    pub(crate) fn multiplex(&self) {
        self.lock().multiplexed = true;
    }

    /// Bytes came.
    pub(crate) fn received(&self, now: Instant) {
        let mut state = self.lock();
        if state.between == Stand::Idle && !state.multiplexed && state.asks == 0 {
            state.enter(Stand::Header, now);
        }
    }

    /// The system took bytes.
    pub(crate) fn sent(&self, bytes: usize, now: Instant) {
        let mut state = self.lock();
        state.blocked = false;
        state.reading.pass(bytes, now);
        state.expect_reading(now);
    }

    /// The system takes none until the client has read.
    pub(crate) fn blocked(&self, now: Instant) {
        let mut state = self.lock();
        state.blocked = true;
        state.expect_reading(now);
    }

    /// All that was written is with the system. What the connection has yet to take of an answer
    /// is not: HTTP/2 flushes whenever it is looked at.
    pub(crate) fn flushed(&self, now: Instant) {
        let mut state = self.lock();
        state.blocked = false;
        state.expect_reading(now);
        if state.tells == 0 {
            state.reading.rest();
        }
    }

    /// A request came whole but for its body.
    pub(crate) fn asked(&self) {
        self.change(|state| state.asks += 1);
    }

    /// A request is answered to the end, or nobody is there any more to answer.
    pub(crate) fn answered(&self, now: Instant) {
        self.change(|state| {
            state.asks -= 1;
            if state.asks == 0 {
                let between = match state.between {
                    Stand::Header => Stand::Idle,
                    other => other,
                };
                state.enter(between, now);
            }
        });
    }

    /// A body is waited for since some time, or no longer.
    pub(crate) fn hears(&self, since: Option<Instant>) {
        self.change(|state| {
            count(&mut state.hears, since.is_some());
            state.heard_since = match state.hears {
                0 => None,
                _ => state.heard_since.min(since).or(since).or(state.heard_since),
            };
        });
    }

    /// An answer has more for the connection to take, or it has not.
    pub(crate) fn tells(&self, waits: bool, now: Instant) {
        self.change(|state| {
            count(&mut state.tells, waits);
            state.expect_reading(now);
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.guard.wake();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(number: &mut usize, up: bool) {
    if up {
        *number += 1;
    } else {
        *number -= 1;
    }
}

impl State {
    fn enter(&mut self, stand: Stand, now: Instant) {
        (self.between, self.since) = (stand, now);
    }

    fn stand(&self) -> Stand {
        match self.between {
            stand @ (Stand::Handshake | Stand::Upgraded) => stand,
            _ if self.blocked || self.tells > 0 => Stand::Answer,
            between if self.asks == 0 => between,
            _ if self.hears == self.asks => Stand::Body,
            _ => Stand::Busy,
        }
    }

    fn expect_reading(&mut self, now: Instant) {
        if self.blocked || self.tells > 0 {
            self.reading.wait(now);
        } else {
            self.reading.hold(now);
        }
    }
}
