//! The fairs that are open in this process.

use dashmap::DashMap;
use signaling_protocol::{FairId, PersonId};

use super::FairHandle;
use crate::owner::Input;

/// Open fairs, and those whose owner task has ended a moment ago.
#[derive(Default)]
pub(crate) struct Fairs(DashMap<FairId, FairHandle>);

impl Fairs {
    pub(super) fn insert(&self, fair: FairId, handle: FairHandle) {
        self.0.insert(fair, handle);
    }

    /// A fair that is open.
    pub(super) fn get(&self, fair: FairId) -> Option<FairHandle> {
        let handle = self.0.get(&fair).filter(|handle| handle.is_open())?;
        Some(handle.clone())
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<FairHandle> {
        self.0.iter().map(|fair| fair.clone()).collect()
    }

    /// Lets every other fair look anew whether this student is busy. A hint that does not fit into
    /// an inbox is made up for by that fair's own look.
    pub(crate) fn tell_elsewhere(&self, except: FairId, person: PersonId) {
        for fair in self.0.iter().filter(|fair| *fair.key() != except) {
            fair.hint(Input::Elsewhere(person));
        }
    }
}
