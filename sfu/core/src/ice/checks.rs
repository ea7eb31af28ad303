//! The checks of the last while, so that a copy of one changes nothing and none comes too often.
//!
//! STUN has no protection against replays: whoever overhears an authentic check can send it again
//! from any address. A transaction id is fresh for every check (RFC 8489 §5), so one that was seen
//! before is a repeat for want of an answer, over the same path, or somebody else's copy.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rtc_stun::message::TransactionId;

use crate::path::Path;

/// How long a check is remembered: longer than a browser lets pass between two of them.
pub const CHECK_MEMORY: Duration = Duration::from_secs(30);
/// Most checks that are remembered; a browser sends some dozens in that time.
const REMEMBERED_CHECKS: usize = 256;
/// Authentic checks of one peer per second that are taken. A browser paces all its checks at 20 to
/// 50 ms (RFC 8445 §14.2).
pub const CHECKS_PER_SECOND: u32 = 100;
/// Repeats of one peer per second that are answered.
pub const REPEATS_PER_SECOND: u32 = 20;

/// What a transaction id says of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Novelty {
    /// It was not seen before.
    New,
    /// It was seen over the same path.
    Repeat,
    /// It was seen over another path.
    Copy,
}

/// The checks of one peer.
#[derive(Debug)]
pub(super) struct Checks {
    seen: VecDeque<(TransactionId, Path, Instant)>,
    second: Instant,
    taken: u32,
    repeated: u32,
}

impl Checks {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            seen: VecDeque::new(),
            second: now,
            taken: 0,
            repeated: 0,
        }
    }

    /// Looks at a check before it is authenticated.
    pub(super) fn look(&mut self, now: Instant, id: TransactionId, from: Path) -> Novelty {
        let is_old =
            |(_, _, at): &(_, _, Instant)| now.saturating_duration_since(*at) >= CHECK_MEMORY;
        while self.seen.front().is_some_and(is_old) {
            self.seen.pop_front();
        }
        match self.seen.iter().find(|(seen, _, _)| *seen == id) {
            None => Novelty::New,
            Some((_, path, _)) if *path == from => Novelty::Repeat,
            Some(_) => Novelty::Copy,
        }
    }

    /// Whether the peer's second has room for a check of this kind. Only what was authentic has
    /// filled it, and copies of it have not taken the place of new ones.
    pub(super) fn has_room(&mut self, now: Instant, novelty: Novelty) -> bool {
        if now.saturating_duration_since(self.second) >= Duration::from_secs(1) {
            self.second = now;
            self.taken = 0;
            self.repeated = 0;
        }
        match novelty {
            Novelty::New => self.taken < CHECKS_PER_SECOND,
            Novelty::Repeat => self.repeated < REPEATS_PER_SECOND,
            Novelty::Copy => false,
        }
    }

    /// Notes an authentic check.
    pub(super) fn note(&mut self, now: Instant, id: TransactionId, from: Path, novelty: Novelty) {
        if novelty != Novelty::New {
            self.repeated += 1;
            return;
        }
        self.taken += 1;
        if self.seen.len() == REMEMBERED_CHECKS {
            self.seen.pop_front();
        }
        self.seen.push_back((id, from, now));
    }
}
