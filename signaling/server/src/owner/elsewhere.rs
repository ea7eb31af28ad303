//! Students who are busy in another fair: told to the core as other fairs of this process commit,
//! and learned from the database where another process has the fair.

use signaling_protocol::{PersonId, Stage};

use super::Owner;
use super::batch::Batch;
use crate::store::{self, Work};

impl Owner {
    /// Is the student called or in a call in another fair, as far as is known here?
    pub(super) fn is_elsewhere(&self, person: PersonId) -> bool {
        self.busy.elsewhere(person, self.lease.fair) || self.foreign.contains(&person)
    }

    /// A fair that was restored: whom it had called before counts here and elsewhere.
    pub(super) fn note_rows(&mut self) {
        let busy: Vec<_> = self.fair.busy_here().collect();
        for (person, entry) in busy {
            self.busy_here.insert(person, entry);
            self.busy.begin(person, self.lease.fair);
            self.fairs.tell_elsewhere(self.lease.fair, person);
        }
        self.sync_elsewhere();
    }

    /// A batch is committed: other fairs learn whom this one called, and who is free again.
    pub(super) fn note_busy(&mut self, work: &Work) {
        let fair = self.lease.fair;
        for (person, entry, stage) in work.stages() {
            let was = self.busy_here.get(&person).copied();
            let busy = matches!(stage, Stage::Called | Stage::Ready | Stage::InCall);
            if busy {
                self.busy_here.insert(person, entry);
                if was.is_none() {
                    self.busy.begin(person, fair);
                    self.fairs.tell_elsewhere(fair, person);
                }
            } else if was == Some(entry) {
                self.busy_here.remove(&person);
                self.busy.end(person, fair);
                self.fairs.tell_elsewhere(fair, person);
            }
        }
    }

    /// Looks at everyone of whom this fair may not have heard: a hint is lost when an inbox is full.
    pub(super) fn sync_elsewhere(&mut self) {
        let fair = self.lease.fair;
        let mut all: std::collections::BTreeSet<PersonId> = self.fair.busy_elsewhere().collect();
        let others = self.busy.all_elsewhere(fair);
        all.extend(others.into_iter().filter(|one| self.fair.is_active(*one)));
        for person in all {
            self.elsewhere(person);
        }
    }

    /// Asks the database whether those are still busy whom another process called.
    pub(super) async fn look_at_foreign(&mut self, batch: &mut Batch) {
        let fair = self.lease.fair;
        for person in self.foreign.clone() {
            if matches!(
                store::is_busy_elsewhere(&self.db, fair, person).await,
                Ok(false)
            ) {
                self.foreign.remove(&person);
                self.elsewhere(person);
                self.collect(batch, None);
            }
        }
    }
}
