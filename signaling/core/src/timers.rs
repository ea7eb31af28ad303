//! All deadlines of a fair in one ordered set: the next one is found at once, and each has one
//! name, so that setting it again moves it.

use std::collections::{BTreeMap, BTreeSet};

use signaling_protocol::{BoothId, CallId, EntryId, PersonId, SeatId};

/// What runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    /// Calling opens again after a restart.
    Settled,
    /// The fair begins.
    FairStart,
    /// The fair ends.
    FairEnd,
    /// Calls that ran on must be over.
    OverrunEnd,
    /// The ready check of an entry.
    ReadyCheck(EntryId),
    /// READY becomes IN_CALL.
    StartByItself(EntryId),
    /// A refusal or a MISSED can no longer be undone.
    Undo(EntryId),
    /// An entry was passed over at the head for too long.
    HeadSkip(EntryId),
    /// A seat is gone for too long.
    SeatGone(SeatId),
    /// An offline person becomes away.
    OfflineAway(PersonId),
    /// An offline person has left.
    OfflineLeft(PersonId),
    /// 暂时离开 is over.
    AwayOver(PersonId),
    /// Something about a call with a side gone is due.
    CallCheck(CallId),
    /// A paused queue resumes.
    QueueResumes(BoothId),
    /// Waits of a queue are worked out anew.
    WaitRefresh(BoothId),
    /// Joined refreshes to a person may go out.
    JoinPerson(PersonId),
    /// Joined refreshes to a booth's interviewers may go out.
    JoinBooth(BoothId),
    /// Joined changes of the wall may go out.
    Wall,
    /// Joined changes of the console may go out.
    Console,
}

/// The deadlines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Timers {
    by_time: BTreeSet<(i64, Deadline)>,
    by_name: BTreeMap<Deadline, i64>,
}

impl Timers {
    /// Sets or moves a deadline.
    pub(crate) fn set(&mut self, deadline: Deadline, at_ms: i64) {
        if let Some(before) = self.by_name.insert(deadline, at_ms) {
            self.by_time.remove(&(before, deadline));
        }
        self.by_time.insert((at_ms, deadline));
    }

    /// Takes a deadline away.
    pub(crate) fn clear(&mut self, deadline: Deadline) {
        if let Some(before) = self.by_name.remove(&deadline) {
            self.by_time.remove(&(before, deadline));
        }
    }

    /// When this one runs out.
    pub(crate) fn get(&self, deadline: Deadline) -> Option<i64> {
        self.by_name.get(&deadline).copied()
    }

    /// Moves every deadline but the fair's planned begin and end.
    pub(crate) fn shift(&mut self, by_ms: i64) {
        for (deadline, at_ms) in &mut self.by_name {
            if !matches!(deadline, Deadline::FairStart | Deadline::FairEnd) {
                *at_ms = at_ms.saturating_add(by_ms);
            }
        }
        let by_time = self.by_name.iter().map(|(name, at_ms)| (*at_ms, *name));
        self.by_time = by_time.collect();
    }

    /// The next one of all, ms since 1970.
    pub(crate) fn next(&self) -> Option<i64> {
        self.by_time.first().map(|(at_ms, _)| *at_ms)
    }

    /// Takes one that has run out.
    pub(crate) fn pop_due(&mut self, now_ms: i64) -> Option<Deadline> {
        let (at_ms, deadline) = *self.by_time.first()?;
        if at_ms > now_ms {
            return None;
        }
        self.by_time.pop_first();
        self.by_name.remove(&deadline);
        Some(deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_set_again_moves() {
        let mut timers = Timers::default();
        timers.set(Deadline::FairEnd, 30);
        timers.set(Deadline::Wall, 20);
        timers.set(Deadline::FairEnd, 10);
        assert_eq!(timers.next(), Some(10));
        assert_eq!(timers.pop_due(5), None);
        assert_eq!(timers.pop_due(25), Some(Deadline::FairEnd));
        assert_eq!(timers.pop_due(25), Some(Deadline::Wall));
        assert_eq!(timers.pop_due(99), None);
    }

    #[test]
    fn a_cleared_deadline_never_runs_out() {
        let mut timers = Timers::default();
        timers.set(Deadline::Wall, 20);
        timers.clear(Deadline::Wall);
        assert_eq!(timers.get(Deadline::Wall), None);
        assert_eq!(timers.next(), None);
    }
}
