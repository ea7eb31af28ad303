//! The outbox at work: plans what is sent of each message, sends what is due, and works off what
//! providers report.
//!
//! Each step is one transaction, so the process may be killed at any moment. A send is claimed
//! before it leaves and settled afterwards; between the two nobody can know whether the provider
//! has it, so it is sent again after [`STALE_MS`](super::sending::STALE_MS), under the same id:
//! WeChat drops the second one, a mailbox joins it, an SMS comes twice at worst.

mod looking;
mod planning;
mod sending;
pub mod store;
mod tidying;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::clock::Clock;
use base::db::{Db, Tx};
use base::shutdown::Shutdown;
use rand::rngs::StdRng;

use super::channel::Channel;
use super::channels::Channels;
use super::events::Event;
use super::metrics::OutboxMetrics;
use super::plan::{Circumstances, Settings};
use super::rules::Rules;
use super::sending::{Chain, Effect, Happening};
use crate::ids::AccountId;

/// How often figures are taken and what is over is cleared away.
const TIDY_EVERY: Duration = Duration::from_secs(10);
/// Messages that are planned between two looks, and as many reports worked off.
const AT_ONCE: i64 = 100;

/// What the outbox needs. Clones share it.
#[derive(Debug, Clone)]
pub struct Outbox {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The channels that are set up.
    pub channels: Channels,
    /// Its figures.
    pub metrics: OutboxMetrics,
    /// Address of the site for links in messages, without a slash at its end.
    pub site: Arc<str>,
    /// Draws the jitter of retries.
    pub rng: Arc<Mutex<StdRng>>,
}

impl Outbox {
    /// Runs it until the end begins; what is on its way may finish.
    pub fn spawn(&self, shutdown: &Shutdown) {
        let bells = Arc::new(looking::Bells::default());
        let (own, end) = (|| Arc::clone(&bells), || shutdown.clone());
        shutdown.spawn(self.clone().keep_looking(own(), end()));
        shutdown.spawn(self.clone().keep_planning(own(), end()));
        shutdown.spawn(self.clone().keep_tidy(end()));
        // A lane each: a mail relay that hangs must not keep codes from leaving.
        for channel in Channel::OUTSIDE {
            shutdown.spawn(self.clone().keep_sending(channel, own(), end()));
        }
    }

    /// Plans, sends and works off all that is due, once.
    ///
    /// # Errors
    /// The database failed.
    pub async fn round(&self) -> Result<(), sqlx::Error> {
        self.work_off_reports().await?;
        self.plan_due().await?;
        self.reclaim().await?;
        for channel in Channel::OUTSIDE {
            self.send_due(channel).await?;
        }
        Ok(())
    }

    fn on(&self, chain: Chain, happening: Happening) -> Option<(Chain, Vec<Effect>)> {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        chain.on(happening, self.clock.now_ms(), &mut *rng).ok()
    }

    fn count(&self, channel: Channel, outcome: &str) {
        let labels = [channel.as_str(), outcome];
        self.metrics.sends.with_label_values(&labels).inc();
    }
}

/// All that a plan for one person depends on, as read in a transaction.
struct Found {
    rules: Rules,
    addresses: store::Addresses,
    settings: Settings,
}

impl Found {
    async fn read(tx: &mut Tx, account: AccountId, event: Event) -> Result<Self, sqlx::Error> {
        Ok(Self {
            rules: store::rules(tx).await?,
            addresses: store::addresses(tx, account).await?,
            settings: store::settings_of(tx, account, event).await?,
        })
    }

    fn circumstances(&self, channels: &Channels) -> Circumstances<'_> {
        Circumstances {
            rules: &self.rules,
            set_up: channels.set_up(),
            reach: self.addresses.reach(),
            settings: &self.settings,
        }
    }
}

/// Waits until it is time to look again; true: the end has begun.
async fn pause(shutdown: &Shutdown, time: Duration) -> bool {
    tokio::select! {
        () = shutdown.triggered() => true,
        () = tokio::time::sleep(time) => false,
    }
}

#[cfg(test)]
mod tests;
