//! What all people of a fair share: where the server is, when what happens, and what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signaling_protocol::{BoothId, EntryId, FairId};
use tokio::time::Instant;

use crate::clock::now_ns;
use crate::signal::informed::Informed;
use crate::stats::Durations;

/// The ground that everybody stands on.
pub struct Ground {
    /// Where the server answers.
    pub address: SocketAddr,
    /// The fair.
    pub fair: FairId,
    /// When what happens.
    pub times: Times,
    /// When the server was gone.
    pub outage: Outage,
    /// Who heard of what.
    pub informed: Informed,
    /// What must not happen.
    pub faults: Tally,
    /// Refusals that a person understands.
    pub refused: Tally,
    /// What happened, in numbers.
    pub counts: Counts,
    /// How long what took.
    pub took: Mutex<Took>,
    /// Places that the server acknowledged.
    pub acknowledged: Mutex<BTreeSet<EntryId>>,
    /// Booths that called somebody before the server was killed.
    pub calling: Mutex<BTreeSet<BoothId>>,
    /// What each socket on the wall has received.
    pub watchers: Mutex<Vec<Arc<Received>>>,
    /// The same of consoles.
    pub consoles: Mutex<Vec<Arc<Received>>>,
    /// The run is over: what fails now fails for that.
    pub is_over: AtomicBool,
    /// Wall pages fetch what they show over HTTP from here, if the server has it there.
    pub wall_over_http: Option<String>,
}

/// When what happens, on the clock of [`tokio::time`].
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The first arrives.
    pub arrive: Instant,
    /// The fair opens.
    pub open: Instant,
    /// Everyone has applied everywhere.
    pub storm_end: Instant,
}

/// The one restart of a run, nanoseconds since 1970; 0: not yet.
#[derive(Debug, Default)]
pub struct Outage {
    /// The server was killed.
    pub killed_ns: AtomicI64,
    /// Its successor was started.
    pub started_ns: AtomicI64,
    /// The successor said that it is ready.
    pub ready_ns: AtomicI64,
}

impl Outage {
    /// The server is gone, and what fails now fails for that.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.killed_ns.load(Ordering::Acquire) > 0 && self.ready_ns.load(Ordering::Acquire) == 0
    }

    /// When the successor was started, if the server was killed.
    #[must_use]
    pub fn started_ns(&self) -> Option<i64> {
        let at_ns = self.started_ns.load(Ordering::Acquire);
        (at_ns > 0).then_some(at_ns)
    }

    /// The server was killed in this run.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.killed_ns.load(Ordering::Acquire) > 0
    }
}

/// How often what happened, by name.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<String, u64>>);

impl Tally {
    /// Counts one.
    pub fn add(&self, what: impl Into<String>) {
        *lock(&self.0).entry(what.into()).or_default() += 1;
    }

    /// Counts several.
    pub fn add_many(&self, what: &str, times: u64) {
        if times > 0 {
            *lock(&self.0).entry(what.to_owned()).or_default() += times;
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, u64> {
        lock(&self.0).clone()
    }

    /// How many in all.
    #[must_use]
    pub fn sum(&self) -> u64 {
        lock(&self.0).values().sum()
    }
}

/// What happened, in numbers.
#[derive(Debug, Default)]
pub struct Counts {
    /// Pages opened.
    pub pages: AtomicU64,
    /// Their bytes, as they came.
    pub page_bytes: AtomicU64,
    /// Bodies of the wall fetched over HTTP.
    pub walls: AtomicU64,
    /// Their bytes, as they came.
    pub wall_bytes: AtomicU64,
    /// Tokens taken.
    pub tokens: AtomicU64,
    /// Sockets that were welcomed.
    pub welcomes: AtomicU64,
    /// Of these, those that came back by their secret.
    pub resumed: AtomicU64,
    /// Secrets that a restarted server did not know.
    pub secrets_unknown: AtomicU64,
    /// Sockets that the kill closed.
    pub lost: AtomicU64,
    /// Of their pages, those that were welcomed again.
    pub back: AtomicU64,
    /// Applications that the kill left without an answer.
    pub interrupted: AtomicU64,
    /// Applications accepted.
    pub accepted: AtomicU64,
    /// Calls begun.
    pub calls: AtomicU64,
    /// Calls ended.
    pub ended: AtomicU64,
    /// Evaluations saved.
    pub evaluated: AtomicU64,
    /// Résumés read.
    pub resumes: AtomicU64,
    /// Call-ups left unanswered on purpose.
    pub unanswered: AtomicU64,
    /// Call-ups that found nobody: another booth was quicker.
    pub outrun: AtomicU64,
}

/// Counts one.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// How long what took.
#[derive(Debug, Default)]
pub struct Took {
    /// An application to its acknowledgement.
    pub join_ack: Durations,
    /// A page.
    pub page: Durations,
    /// The wall's figures over HTTP.
    pub wall: Durations,
    /// A join token.
    pub token: Durations,
    /// A socket opened to its welcome.
    pub welcome: Durations,
    /// The successor's start to a page's welcome.
    pub back: Durations,
    /// The successor's start to a booth's first call-up or start, of those that were not in an
    /// interview when the server was killed.
    pub calling_again: Durations,
    /// The same of those that were: their interview ends first.
    pub calling_after_interview: Durations,
}

/// What a socket received while the storm lasted.
#[derive(Debug, Default)]
pub struct Received {
    /// Bytes of all WebSocket frames, with their headers.
    pub bytes: AtomicU64,
    /// Of these, bytes of frames about booths.
    pub wall_bytes: AtomicU64,
    /// Frames.
    pub frames: AtomicU64,
    /// When the socket was first welcomed, nanoseconds since 1970.
    pub since_ns: AtomicI64,
    /// When it left the wall, nanoseconds since 1970; 0: it has not.
    pub until_ns: AtomicI64,
}

/// The figures are whole at each moment, also where a person panicked.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ground {
    /// Something went wrong. What the killed server could not do is no fault of its.
    pub fn fault(&self, what: impl Into<String>) {
        let what = what.into();
        if self.outage.is_on() || self.is_over.load(Ordering::Relaxed) {
            return;
        }
        tracing::debug!(what, "a fault");
        self.faults.add(what);
    }

    /// Is it the storm now?
    #[must_use]
    pub fn is_storm(&self) -> bool {
        let now = Instant::now();
        self.times.open <= now && now < self.times.storm_end
    }

    /// Notes how long something took.
    pub fn note(&self, which: impl FnOnce(&mut Took) -> &mut Durations, took_ns: i64) {
        which(&mut lock(&self.took)).add_ns(took_ns);
    }

    /// A page was welcomed for the first time since the kill.
    pub fn note_back(&self) {
        count(&self.counts.back);
        if let Some(started_ns) = self.outage.started_ns() {
            self.note(|took| &mut took.back, now_ns() - started_ns);
        }
    }
}
