//! Persons whom the portal signs out or shuts out: nothing that they hold lets them in any more.

use dashmap::DashMap;
use signaling_core::PortalCommand;
use signaling_protocol::PersonId;

use super::{FairHandle, Live};
use crate::store;

/// Up to when tokens of a person are void, ms since 1970.
#[derive(Debug, Default)]
pub(crate) struct ShutOut(DashMap<PersonId, i64>);

impl ShutOut {
    /// Those of an earlier run.
    pub(super) fn restore(rows: Vec<(PersonId, i64)>) -> Self {
        Self(rows.into_iter().collect())
    }

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

    /// Forgets those of whom everything has expired that they could hold. True: there were some.
    fn forget(&self, before_ms: i64) -> bool {
        let before = self.0.len();
        self.0.retain(|_, until_ms| *until_ms >= before_ms);
        self.0.len() < before
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
    /// calls end. With a reason, which he reads, he is removed; without one he leaves by his own
    /// wish.
    pub async fn shut_out(&self, person: PersonId, why: Option<&str>) {
        let why = why.map(str::to_owned);
        self.close_all_of(person, PortalCommand::ShutOut { person, why })
            .await;
    }

    async fn close_all_of(&self, person: PersonId, command: PortalCommand) {
        // First of all: whoever comes from now on is refused by the owner task. Whoever came before
        // is attached once the owner task has answered.
        let now_ms = self.0.clock.now_ms();
        self.0.shut_out.put(person, now_ms);
        self.0.metrics.shut_outs.inc();
        // What a page could come back with outlives this process, so this must, too.
        if let Err(error) = store::put_shut_out(&self.0.db, person, now_ms).await {
            tracing::error!(%error, "who is shut out was not stored: a restart forgets it");
        }
        let open = |fair: &FairHandle| fair.is_open();
        for fair in self.0.fairs.all().into_iter().filter(open) {
            if let Err(refusal) = fair.portal(command.clone()).await {
                tracing::warn!(?refusal, "a fair did not take over who is shut out");
            }
            fair.registry().shut_out(person);
        }
        self.0.desk.shut_out(person);
    }

    /// Forgets whoever holds nothing any more that could let him in.
    pub(super) async fn forget_shut_outs(&self, now_ms: i64) {
        let config = &self.0.config;
        let life_s = config.token_life_s.max(config.resume_life_s);
        let before_ms = now_ms - life_s.saturating_mul(1_000).saturating_add(60_000);
        if self.0.shut_out.forget(before_ms)
            && let Err(error) = store::forget_shut_outs(&self.0.db, before_ms).await
        {
            tracing::debug!(%error, "old rows stay for now");
        }
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
        assert!(!shut.forget(10_500));
        assert!(shut.voids(one, 10));
        assert!(shut.forget(10_501));
        assert!(!shut.voids(one, 10));
    }
}
