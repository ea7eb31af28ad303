//! The one explicit ordered list of a booth and where an entry is put in.
//!
//! A class only chooses the place of insertion; afterwards the list is never sorted. Each place has
//! a sparse rank for its row, so that an insertion writes one row; when a gap is used up, all ranks
//! are dealt out anew.

use signaling_protocol::{EntryId, PersonId};

/// Distance between the ranks of neighbours that were dealt out anew.
const GAP: i64 = 1 << 20;

/// Where an entry is put in. Later classes (invited, transferred, booked) choose places here too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Insertion {
    /// At the tail: applied and accepted.
    Tail,
    /// At the front, behind those returned before: returned by the booth's fault. Where that is
    /// depends on the entries, so [`crate::Fair`] turns it into an index.
    Front,
    /// Where an entry of this rank stood.
    AtRank(i64),
    /// At this index.
    At(usize),
}

/// One place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) entry: EntryId,
    pub(crate) person: PersonId,
    pub(crate) rank: i64,
}

/// The WAITING entries of a booth, the next one first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Queue {
    places: Vec<Place>,
}

/// What an insertion changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inserted {
    /// The new place, from 0.
    pub(crate) index: usize,
    /// Every rank of the list is new.
    pub(crate) dealt_anew: bool,
}

impl Queue {
    /// A queue from rows, in any order.
    pub(crate) fn from_places(mut places: Vec<Place>) -> Self {
        places.sort_by_key(|place| (place.rank, place.entry));
        Self { places }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    /// The place of an entry, from 0.
    pub(crate) fn index_of(&self, entry: EntryId) -> Option<usize> {
        self.places.iter().position(|place| place.entry == entry)
    }

    /// The rank of an entry.
    pub(crate) fn rank_of(&self, entry: EntryId) -> Option<i64> {
        self.places
            .iter()
            .find(|place| place.entry == entry)
            .map(|place| place.rank)
    }

    /// Takes an entry out; the place it had, from 0.
    pub(crate) fn remove(&mut self, entry: EntryId) -> Option<usize> {
        let index = self.index_of(entry)?;
        self.places.remove(index);
        Some(index)
    }

    /// Puts an entry in.
    pub(crate) fn insert(&mut self, entry: EntryId, person: PersonId, at: Insertion) -> Inserted {
        let index = match at {
            Insertion::Tail => self.places.len(),
            Insertion::Front => 0,
            Insertion::AtRank(rank) => self.places.partition_point(|place| place.rank < rank),
            Insertion::At(index) => index.min(self.places.len()),
        };
        let rank = self.rank_at(index);
        self.places.insert(
            index,
            Place {
                entry,
                person,
                rank: rank.unwrap_or(0),
            },
        );
        if rank.is_none() {
            self.deal_anew();
        }
        Inserted {
            index,
            dealt_anew: rank.is_none(),
        }
    }

    /// A rank between the neighbours of a new place, if there is one left.
    fn rank_at(&self, index: usize) -> Option<i64> {
        let before = index
            .checked_sub(1)
            .and_then(|i| self.places.get(i))
            .map(|p| p.rank);
        let after = self.places.get(index).map(|p| p.rank);
        match (before, after) {
            (None, None) => Some(0),
            (Some(before), None) => before.checked_add(GAP),
            (None, Some(after)) => after.checked_sub(GAP),
            (Some(before), Some(after)) => {
                let middle = before + (after - before) / 2;
                (middle > before && middle < after).then_some(middle)
            }
        }
    }

    fn deal_anew(&mut self) {
        let mut rank = 0;
        for place in &mut self.places {
            place.rank = rank;
            rank += GAP;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn entry(n: u128) -> EntryId {
        EntryId(Uuid::from_u128(n))
    }

    fn put(queue: &mut Queue, n: u128, at: Insertion) -> Inserted {
        queue.insert(entry(n), PersonId(Uuid::from_u128(n)), at)
    }

    fn order(queue: &Queue) -> Vec<u128> {
        queue
            .places()
            .iter()
            .map(|place| place.entry.0.as_u128())
            .collect()
    }

    #[test]
    fn a_class_chooses_only_the_place_of_insertion() {
        let mut queue = Queue::default();
        put(&mut queue, 1, Insertion::Tail);
        put(&mut queue, 2, Insertion::Tail);
        put(&mut queue, 3, Insertion::Front);
        put(&mut queue, 4, Insertion::At(1));
        put(&mut queue, 5, Insertion::At(99));
        assert_eq!(order(&queue), [3, 4, 1, 2, 5]);
        assert_eq!(queue.remove(entry(4)), Some(1));
        assert_eq!(queue.remove(entry(4)), None);
        assert_eq!(order(&queue), [3, 1, 2, 5]);
    }

    #[test]
    fn ranks_follow_the_order_also_when_a_gap_is_used_up() {
        let mut queue = Queue::default();
        put(&mut queue, 1, Insertion::Tail);
        put(&mut queue, 2, Insertion::Tail);
        let mut dealt = 0;
        for n in 3..60 {
            dealt += usize::from(put(&mut queue, n, Insertion::At(1)).dealt_anew);
            assert!(
                queue
                    .places()
                    .windows(2)
                    .all(|pair| pair[0].rank < pair[1].rank)
            );
        }
        assert!((1..5).contains(&dealt), "{dealt}");
        let rebuilt = Queue::from_places(queue.places().iter().rev().copied().collect());
        assert_eq!(rebuilt, queue);
    }
}
