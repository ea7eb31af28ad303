//! Persons whom the portal signs out or shuts out: nothing that they hold lets them in any more.

use dashmap::DashMap;
use signaling_core::PortalCommand;
use signaling_protocol::PersonId;

use super::{FairHandle, Live};

/// Up to when tokens of a person are void, ms since 1970.
#[derive(Debug, Default)]
pub(crate) struct ShutOut(DashMap<PersonId, i64>);

impl ShutOut {
    /// Voids what was made for the person up to now.
    fn put(&self, person: PersonId, now_ms: i64) {
        let mut until = self.0.entry(person).or_insert(now_ms);
        *until = (*until).max(now_ms);
    }

    /// Is a token void that was made then? Its time is in whole seconds: one of the same second
    /// counts as earlier.
    pub(crate) fn voids(&self, person: PersonId, since_s: i64) -> bool {
        let until = self.0.get(&person);
        until.is_some_and(|until_ms| since_s.saturating_mul(1_000) <= *until_ms)
    }

    /// Forgets those whose tokens have all expired.
    pub(super) fn forget(&self, now_ms: i64, token_life_s: i64) {
        let keep_ms = token_life_s.saturating_mul(1_000).saturating_add(60_000);
        self.0
            .retain(|_, until_ms| now_ms.saturating_sub(*until_ms) < keep_ms);
    }
}

impl Live {
    /// The person's sessions have ended: his sockets are closed in all fairs, and what he could
    /// come back with is void. With a new session he takes up his places again.
    pub async fn sign_out(&self, person: PersonId) {
        self.close_all_of(person, PortalCommand::SignedOut { person })
            .await;
    }

    /// The person may not take part any more: as [`Live::sign_out`], and his queue entries and
    /// calls end as if he had left for good.
    pub async fn shut_out(&self, person: PersonId) {
        self.close_all_of(person, PortalCommand::ShutOut { person })
            .await;
    }

    async fn close_all_of(&self, person: PersonId, command: PortalCommand) {
        // First of all: whoever comes from now on is refused by the owner task. Whoever came before
        // is attached once the owner task has answered.
        self.0.shut_out.put(person, self.0.clock.now_ms());
        self.0.metrics.shut_outs.inc();
        let fairs: Vec<FairHandle> = self.0.fairs.iter().map(|fair| fair.clone()).collect();
        for fair in fairs {
            if let Err(refusal) = fair.portal(command).await {
                tracing::warn!(?refusal, "a fair did not take over who is shut out");
            }
            fair.registry().shut_out(person);
        }
        self.0.desk.shut_out(person);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_before_is_void_and_a_later_one_is_good() {
        let (shut, one) = (ShutOut::default(), PersonId(uuid::Uuid::nil()));
        assert!(!shut.voids(one, 10));
        shut.put(one, 10_500);
        shut.put(one, 9_000);
        assert!(shut.voids(one, 10));
        assert!(!shut.voids(one, 11));
        shut.forget(10_500 + 359_999, 300);
        assert!(shut.voids(one, 10));
        shut.forget(10_500 + 360_000, 300);
        assert!(!shut.voids(one, 10));
    }
}
