//! Students who are called, or in a call, over all fairs of this process: a person can be in one
//! interview at a time, whichever school holds the fair.

use dashmap::DashMap;
use signaling_protocol::{FairId, PersonId};

/// In which fair each of them is, as committed.
#[derive(Debug, Default)]
pub(crate) struct Busy(DashMap<PersonId, FairId>);

impl Busy {
    /// A call-up of this fair was committed.
    pub(crate) fn begin(&self, person: PersonId, fair: FairId) {
        self.0.insert(person, fair);
    }

    /// What the person was busy with in this fair is over.
    pub(crate) fn end(&self, person: PersonId, fair: FairId) {
        self.0.remove_if(&person, |_, busy| *busy == fair);
    }

    /// Is the person busy in another fair than this one?
    pub(crate) fn elsewhere(&self, person: PersonId, fair: FairId) -> bool {
        self.0.get(&person).is_some_and(|busy| *busy != fair)
    }

    /// Everyone who is busy in another fair than this one.
    pub(crate) fn all_elsewhere(&self, fair: FairId) -> Vec<PersonId> {
        let others = self.0.iter().filter(|busy| *busy.value() != fair);
        others.map(|busy| *busy.key()).collect()
    }

    /// A fair is closed here. Returns who is free by that, as far as this process knows.
    pub(crate) fn close(&self, fair: FairId) -> Vec<PersonId> {
        let own = self.0.iter().filter(|busy| *busy.value() == fair);
        let own: Vec<PersonId> = own.map(|busy| *busy.key()).collect();
        for person in &own {
            self.end(*person, fair);
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn busy_is_elsewhere_only_for_other_fairs() {
        let (busy, person) = (Busy::default(), PersonId(Uuid::from_u128(1)));
        let (a, b) = (FairId(Uuid::from_u128(1)), FairId(Uuid::from_u128(2)));
        busy.begin(person, a);
        assert!(busy.elsewhere(person, b) && !busy.elsewhere(person, a));
        busy.end(person, b);
        assert_eq!(busy.all_elsewhere(b), [person]);
        assert_eq!(busy.close(a), [person]);
        assert!(!busy.elsewhere(person, b));
    }
}
