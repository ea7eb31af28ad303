//! From a message to its sends.

use std::sync::Arc;

use base::db::Tx;
use base::shutdown::Shutdown;

use super::looking::Bells;
use super::{AT_ONCE, Found, Outbox, store};
use crate::ids::NotificationId;
use crate::notifications::args::{self, Args};
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::plan::{self, Decision};
use crate::notifications::rules;
use crate::notifications::sending::Stage;

/// A message whose sends are added.
pub(super) struct Message<'a> {
    pub id: NotificationId,
    pub event: Event,
    pub args: &'a Args,
    pub expires_ms: Option<i64>,
}

impl Outbox {
    pub(super) async fn keep_planning(self, bells: Arc<Bells>, shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.triggered() => return,
                () = bells.planning() => {}
            }
            let done = async {
                self.work_off_reports().await?;
                self.plan_due().await?;
                self.reclaim().await
            };
            if let Err(error) = done.await {
                tracing::error!(%error, "messages could not be planned");
            }
            bells.ring_channels();
        }
    }

    /// Plans the messages that are new.
    ///
    /// # Errors
    /// The database failed.
    pub async fn plan_due(&self) -> Result<(), sqlx::Error> {
        for id in store::unplanned(&self.db, AT_ONCE).await? {
            self.plan_one(id).await?;
        }
        Ok(())
    }

    async fn plan_one(&self, id: NotificationId) -> Result<(), sqlx::Error> {
        let now_ms = self.clock.now_ms();
        let mut tx = self.db.begin().await?;
        let Some(row) = store::take_unplanned(&mut tx, id, now_ms).await? else {
            return Ok(());
        };
        let Ok(event) = row.event.parse::<Event>() else {
            // Written by a newer version; it stays a message in the site.
            tracing::warn!(notification = %id, event = row.event, "an unknown event");
            return tx.commit().await;
        };
        let args = args::read(&row.args.0);
        let message = Message {
            id: row.id,
            event,
            args: &args,
            expires_ms: event.life_ms().map(|life_ms| row.created_ms + life_ms),
        };
        let found = Found::read(&mut tx, row.account_id, event).await?;
        let decisions = plan::plan(event, &found.circumstances(&self.channels));
        self.add_sends(&mut tx, &message, &decisions).await?;
        if event.secrets().next().is_some() {
            let mut open = args.clone();
            event.secrets().for_each(|name| drop(open.remove(name)));
            store::strip_secrets(&mut tx, id, &open).await?;
        }
        tx.commit().await
    }

    /// Adds a send for each decision; what is not sent is written down with its reason.
    pub(super) async fn add_sends(
        &self,
        tx: &mut Tx,
        message: &Message<'_>,
        decisions: &[(Channel, Decision)],
    ) -> Result<(), sqlx::Error> {
        let now_ms = self.clock.now_ms();
        for (channel, decision) in decisions {
            let next_ms = rules::earliest(*channel, message.event.priority(), now_ms);
            let (stage, error) = match decision {
                Decision::Send => (Stage::Waiting { next_ms }, ""),
                Decision::Off(why) => (Stage::Off, why.as_str()),
                Decision::Unreachable(why) => (Stage::Unreachable, why.as_str()),
            };
            let send = store::NewSend {
                notification: message.id,
                event: message.event,
                channel: *channel,
                args: message.args,
                stage,
                next_ms,
                expires_ms: message.expires_ms,
                error,
            };
            store::add_send(tx, &send, now_ms).await?;
            if stage.deadline_ms().is_none() {
                self.count(*channel, stage.as_str());
            }
        }
        Ok(())
    }
}
