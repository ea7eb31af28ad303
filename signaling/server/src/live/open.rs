//! Opening a fair on this node: lease, rows, owner task.

use std::sync::Arc;

use anyhow::Context;
use signaling_core::{Fair, FairSetup};
use signaling_protocol::FairId;
use tokio::sync::mpsc;

use super::{FairHandle, Live};
use crate::clock::FairClock;
use crate::owner::{Health, Owner, OwnerParts, Tally};
use crate::session::Registry;
use crate::store;

impl Live {
    /// The name under which the lease on a fair is taken: the node's, which takes back at once
    /// what an earlier run of it had. Once this process has lost the fair to another one of that
    /// name, it must wait, as any other node, until that one is silent.
    fn lease_owner(&self, fair: FairId) -> String {
        let node = &self.0.config.node;
        if self.0.lost.contains(&fair) {
            return format!("{node} (process {})", std::process::id());
        }
        node.clone()
    }

    /// Opens a fair, or goes on with one that ran before. One that is open already takes over the
    /// booths, seats and jobs that it has gained; what is gone from the setup stays until the next
    /// start, since people may stand in line there.
    ///
    /// # Errors
    /// Another node has it, its rows cannot be read, or what is new was not committed.
    pub async fn open_fair(&self, setup: FairSetup) -> anyhow::Result<()> {
        let _one = self.0.opening.lock().await;
        let id = setup.fair;
        anyhow::ensure!(!self.is_draining(), "the server is shutting down");
        if let Some(fair) = self.fair(id) {
            let gained = fair.gain(setup).await;
            return gained.map_err(|refusal| anyhow::anyhow!("not taken over: {refusal:?}"));
        }
        let inner = &self.0;
        let time = Arc::new(FairClock::new(inner.clock.clone()));
        let now_ms = time.now_ms();
        let lease = store::acquire(&inner.db, id, &self.lease_owner(id), now_ms).await?;
        let rows = store::read_rows(&inner.db, id)
            .await
            .with_context(|| format!("fair {id} cannot be restored"))?;
        let tally = Tally::of(&rows, &inner.metrics);
        let entries = rows.entries.len();
        let fair = if rows.fair.is_some() {
            Fair::restore(setup.clone(), rows, rand::random(), now_ms, lease.down_ms)
        } else {
            Fair::new(setup.clone(), rand::random(), now_ms)
        };
        tracing::info!(fair = %id, epoch = lease.epoch, down_ms = lease.down_ms, entries, "live fair open");
        let (inputs, inbox) = mpsc::channel(inner.config.inbox);
        let (metrics, rings) = (inner.metrics.clone(), inner.rings.clone());
        let registry = Arc::new(Registry::new(lease.epoch, metrics, rings));
        let health = Arc::<Health>::default();
        let shared = (time.clone(), health.clone());
        let handle = FairHandle::new(inputs, registry.clone(), shared, setup.clone());
        let owner = Owner::new(OwnerParts {
            fair,
            setup,
            lease,
            db: inner.db.clone(),
            inputs: inbox,
            registry,
            desk: inner.desk.clone(),
            shut_out: inner.shut_out.clone(),
            busy: inner.busy.clone(),
            fairs: inner.fairs.clone(),
            health,
            time,
            metrics: inner.metrics.clone(),
            config: inner.config.clone(),
            shutdown: inner.shutdown.clone(),
            tally,
        });
        inner.fairs.insert(id, handle.clone());
        self.supervise(id, handle, owner);
        Ok(())
    }
}
