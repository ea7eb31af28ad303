//! The one deadline heap of a worker, with lazy deletion.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use crate::slab::Key;

/// When which peer wants to be looked at. A peer has at most one live entry: an earlier deadline
/// replaces it, a later one waits until the entry fires and the peer says its next wish.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    heap: BinaryHeap<Reverse<(Instant, Key)>>,
}

/// The deadline of one peer that is in the heap now; kept with the peer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Armed(Option<Instant>);

impl Deadlines {
    /// Makes sure that `key` fires at `at` or before.
    pub fn arm(&mut self, key: Key, armed: &mut Armed, at: Instant) {
        if armed.0.is_none_or(|current| at < current) {
            armed.0 = Some(at);
            self.heap.push(Reverse((at, key)));
        }
    }

    /// The next due entry at `now`; the caller compares it with the peer's [`Armed`] by
    /// [`Armed::take_if`] and ignores a stale one.
    pub fn pop_due(&mut self, now: Instant) -> Option<(Instant, Key)> {
        let Reverse((at, _)) = *self.heap.peek()?;
        if at > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }

    /// The earliest entry, stale or not.
    pub fn earliest(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }
}

impl Armed {
    /// Whether it fires at `at` or before.
    pub fn is_by(self, at: Instant) -> bool {
        self.0.is_some_and(|armed| armed <= at)
    }

    /// True, and disarmed, if `at` is the live entry.
    pub fn take_if(&mut self, at: Instant) -> bool {
        let live = self.0 == Some(at);
        if live {
            self.0 = None;
        }
        live
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::slab::Slab;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a test needs some instant to start from"
    )]
    fn only_the_earliest_wish_is_live() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut slab = Slab::default();
        let key = slab.insert(Armed::default());
        let mut deadlines = Deadlines::default();
        for ms in [50, 80, 20] {
            let armed = slab.get_mut(key).unwrap();
            deadlines.arm(key, armed, at(ms));
        }
        assert_eq!(deadlines.earliest(), Some(at(20)));
        assert_eq!(deadlines.pop_due(at(10)), None);
        let (first, _) = deadlines.pop_due(at(100)).unwrap();
        assert!(slab.get_mut(key).unwrap().take_if(first));
        let (second, _) = deadlines.pop_due(at(100)).unwrap();
        assert!(
            !slab.get_mut(key).unwrap().take_if(second),
            "the entry of 50 ms is stale"
        );
        assert_eq!(deadlines.pop_due(at(100)), None);
    }
}
