//! From a send that is due to what became of it: claim, try, settle.

use std::sync::Arc;

use base::db::Tx;
use base::shutdown::Shutdown;
use formats::beijing;
use outside::{Cause, Refusal};
use tokio::task::JoinSet;

use super::looking::Bells;
use super::planning::Message;
use super::store::{Send, Step};
use super::{AT_ONCE, Found, Outbox, store};
use crate::ids::SendId;
use crate::notifications::channel::Channel;
use crate::notifications::letters::{Draft, NoLetter};
use crate::notifications::plan::{self, Why};
use crate::notifications::rules::{self, TOTAL_CAP};
use crate::notifications::sending::{Chain, Effect, Happening, Stage};

/// Sends that are on their way at once, by channel; a mail relay counts connections.
fn lane(channel: Channel) -> usize {
    match channel {
        Channel::Site => 0,
        Channel::Wechat | Channel::Sms => 16,
        Channel::Email => 4,
    }
}

/// How a try went.
#[derive(Debug)]
pub enum Tried {
    /// The provider has it, under this id.
    Taken(String),
    /// It was refused.
    Refused(Refusal),
    /// Something is not set up.
    NotSetUp(Why),
    /// There is no address.
    NoAddress(Why),
}

impl Outbox {
    pub(super) async fn keep_sending(
        self,
        channel: Channel,
        bells: Arc<Bells>,
        shutdown: Shutdown,
    ) {
        let mut running = JoinSet::new();
        while !shutdown.is_triggered() {
            let room = lane(channel).saturating_sub(running.len());
            if let Err(error) = self.begin_due(channel, room, &mut running).await {
                tracing::error!(%error, %channel, "messages could not be sent");
            }
            tokio::select! {
                () = shutdown.triggered() => {}
                Some(ended) = running.join_next(), if !running.is_empty() => told(ended),
                () = bells.channel(channel) => {}
            }
        }
        // What is on its way may finish; what does not in time is sent again after the restart.
        let finish = async {
            while let Some(ended) = running.join_next().await {
                told(ended);
            }
        };
        tokio::select! {
            () = finish => {}
            () = shutdown.closing() => {}
        }
    }

    async fn begin_due(
        &self,
        channel: Channel,
        room: usize,
        running: &mut JoinSet<()>,
    ) -> Result<(), sqlx::Error> {
        for id in store::due(&self.db, channel, room, self.clock.now_ms()).await? {
            if let Some(send) = self.claim(id).await? {
                running.spawn(self.clone().finish(send));
            }
        }
        Ok(())
    }

    async fn finish(self, send: Send) {
        let (id, channel) = (send.id, send.channel);
        let done = async {
            let tried = self.attempt(&send).await?;
            self.settle(&send, tried).await
        };
        if let Err(error) = done.await {
            // It stays claimed, and is sent again once the claim is stale.
            tracing::error!(%error, send = %id, %channel, "a message could not be settled");
        }
    }

    /// Sends what is due on a channel, one after the other.
    ///
    /// # Errors
    /// The database failed.
    pub async fn send_due(&self, channel: Channel) -> Result<(), sqlx::Error> {
        let most = usize::try_from(AT_ONCE).unwrap_or(0);
        for id in store::due(&self.db, channel, most, self.clock.now_ms()).await? {
            if let Some(send) = self.claim(id).await? {
                let tried = self.attempt(&send).await?;
                self.settle(&send, tried).await?;
            }
        }
        Ok(())
    }

    /// Takes a send on, if it is still due and the hour and the person's caps allow it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn claim(&self, id: SendId) -> Result<Option<Send>, sqlx::Error> {
        let now_ms = self.clock.now_ms();
        let mut tx = self.db.begin().await?;
        let Some(mut send) = store::find_send(&mut tx, id).await? else {
            return Ok(None);
        };
        let first = send.chain.tries == 0;
        if !self
            .step(&mut tx, &mut send, Happening::Claimed, "")
            .await?
        {
            return Ok(None);
        }
        let is_claimed = |send: &Send| matches!(send.chain.stage, Stage::Sending { .. });
        if is_claimed(&send) {
            let until_ms = rules::earliest(send.channel, send.priority, now_ms);
            if until_ms > now_ms {
                self.step(&mut tx, &mut send, Happening::Quiet { until_ms }, "")
                    .await?;
            } else if first && !self.count_today(&mut tx, &send).await? {
                let why = Why::OverCap.as_str();
                self.step(&mut tx, &mut send, Happening::OverCap, why)
                    .await?;
            }
        }
        tx.commit().await?;
        match send.chain.stage {
            Stage::Sending { .. } => return Ok(Some(send)),
            Stage::Waiting { .. } => self.count(send.channel, "quiet"),
            ended => self.count(send.channel, ended.as_str()),
        }
        Ok(None)
    }

    /// Counts it among today's messages of the person; false: he has had enough. A code belongs to
    /// no account, and is counted where it is asked for.
    async fn count_today(&self, tx: &mut Tx, send: &Send) -> Result<bool, sqlx::Error> {
        let Some(account) = send.account else {
            return Ok(true);
        };
        let rules = store::rules(tx).await?;
        let cap = rules
            .of(send.event, send.channel)
            .map_or(0, |rule| rule.daily_cap);
        let day = beijing::iso(beijing::date_at(self.clock.now_ms()));
        let event = (account, send.channel, send.event.as_str());
        let all = (account, send.channel, "*");
        Ok(store::count_today(tx, event, &day, cap).await?
            && store::count_today(tx, all, &day, TOTAL_CAP).await?)
    }

    /// Writes the letter and hands it to the provider. Nothing is written down.
    ///
    /// # Errors
    /// The database failed.
    pub async fn attempt(&self, send: &Send) -> Result<Tried, sqlx::Error> {
        let Some((template, _)) = store::template(&self.db, send.event, send.channel).await? else {
            return Ok(Tried::NotSetUp(Why::NoTemplate));
        };
        if !self.channels.set_up().has(send.channel) {
            return Ok(Tried::NotSetUp(Why::NotConfigured));
        }
        let addresses = match send.account {
            Some(account) => store::addresses_now(&self.db, account).await?,
            None => store::Addresses::default(),
        };
        let Some(to) = send.target.as_deref().or(addresses.on(send.channel)) else {
            return Ok(Tried::NoAddress(no_address(send.channel)));
        };
        let draft = Draft {
            id: send.id,
            event: send.event,
            to,
            to_name: &addresses.real_name,
            template: &template,
            args: &send.args,
            link: &send.link,
            site: &self.site,
            optional: rules::built_in(send.event, send.channel).is_some_and(|r| !r.mandatory),
            now_ms: self.clock.now_ms(),
        };
        let letter = match draft.write(send.channel) {
            Ok(letter) => letter,
            Err(NoLetter::NotSetUp(why)) => return Ok(Tried::NotSetUp(why)),
            Err(NoLetter::Refused(refusal)) => return Ok(Tried::Refused(refusal)),
        };
        Ok(match self.channels.send(&letter).await {
            None => Tried::NotSetUp(Why::NotConfigured),
            Some(Ok(provider_id)) => Tried::Taken(provider_id),
            Some(Err(refusal)) => Tried::Refused(refusal),
        })
    }

    /// Writes down how a try went.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settle(&self, send: &Send, tried: Tried) -> Result<(), sqlx::Error> {
        let (happening, error, provider_id) = match &tried {
            Tried::Taken(id) => (Happening::Taken, String::new(), Some(id.as_str())),
            Tried::Refused(refusal) => {
                let labels = [send.channel.as_str(), refusal.cause.as_str()];
                self.metrics.refusals.with_label_values(&labels).inc();
                let error = format!("{}:{}", refusal.cause, refusal.code);
                (Happening::Refused(refusal.cause), error, None)
            }
            Tried::NotSetUp(why) => (Happening::NotSetUp, why.as_str().to_owned(), None),
            Tried::NoAddress(why) => (Happening::NoAddress, why.as_str().to_owned(), None),
        };
        let Some((to, effects)) = self.on(send.chain, happening) else {
            return Ok(());
        };
        let mut tx = self.db.begin().await?;
        let step = Step {
            id: send.id,
            from: send.chain,
            to,
            error: &error,
            provider_id,
        };
        if !store::take_step(&mut tx, &step, self.clock.now_ms()).await? {
            // The claim went stale meanwhile, and someone else has it now.
            return Ok(());
        }
        if happening == Happening::Refused(Cause::NotFollowing) {
            self.note_unreachable(&mut tx, send).await?;
        }
        self.follow(&mut tx, send, &effects).await?;
        tx.commit().await?;
        self.told(send, to, &error);
        Ok(())
    }

    fn told(&self, send: &Send, to: Chain, error: &str) {
        let outcome = match to.stage {
            Stage::Waiting { .. } => "retry",
            ended => ended.as_str(),
        };
        self.count(send.channel, outcome);
        let (id, event, channel) = (send.id, send.event, send.channel);
        match to.stage {
            Stage::Dead => {
                tracing::warn!(send = %id, %event, %channel, error, "a message could not be sent");
            }
            _ => tracing::debug!(send = %id, %event, %channel, outcome, error, "a try ended"),
        }
    }

    async fn note_unreachable(&self, tx: &mut Tx, send: &Send) -> Result<(), sqlx::Error> {
        let Some(account) = send.account else {
            return Ok(());
        };
        let addresses = store::addresses(tx, account).await?;
        match addresses.openid {
            Some(openid) => store::note_unreachable(tx, account, &openid).await,
            None => Ok(()),
        }
    }

    /// Moves a send within a transaction; false: it cannot happen to it, or someone else was
    /// quicker, and the transaction is to be dropped.
    pub(super) async fn step(
        &self,
        tx: &mut Tx,
        send: &mut Send,
        happening: Happening,
        error: &str,
    ) -> Result<bool, sqlx::Error> {
        let Some((to, effects)) = self.on(send.chain, happening) else {
            return Ok(false);
        };
        let step = Step {
            id: send.id,
            from: send.chain,
            to,
            error,
            provider_id: None,
        };
        if !store::take_step(tx, &step, self.clock.now_ms()).await? {
            return Ok(false);
        }
        send.chain = to;
        self.follow(tx, send, &effects).await?;
        Ok(true)
    }

    /// What staff do to a send. `None`: there is no such send; false: it cannot happen to it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn by_staff(
        &self,
        tx: &mut Tx,
        id: SendId,
        happening: Happening,
    ) -> Result<Option<bool>, sqlx::Error> {
        let Some(mut send) = store::find_send(tx, id).await? else {
            return Ok(None);
        };
        self.step(tx, &mut send, happening, "").await.map(Some)
    }

    /// Does what follows from a step.
    async fn follow(
        &self,
        tx: &mut Tx,
        send: &Send,
        effects: &[Effect],
    ) -> Result<(), sqlx::Error> {
        for effect in effects {
            match effect {
                Effect::Wipe if send.event.secrets().next().is_some() => {
                    store::wipe(tx, send.id).await?;
                }
                Effect::Wipe => {}
                Effect::StandIn => self.let_another_stand_in(tx, send).await?,
            }
        }
        Ok(())
    }

    async fn let_another_stand_in(&self, tx: &mut Tx, send: &Send) -> Result<(), sqlx::Error> {
        let (Some(notification), Some(account)) = (send.notification, send.account) else {
            return Ok(());
        };
        if store::alive(tx, notification).await? {
            return Ok(());
        }
        let message = Message {
            id: notification,
            event: send.event,
            args: &send.args,
            expires_ms: send.chain.expires_ms,
        };
        let found = Found::read(tx, account, send.event).await?;
        let here = found.circumstances(&self.channels);
        let decisions = plan::stand_in(send.event, send.channel, &here);
        self.add_sends(tx, &message, &decisions).await
    }
}

fn no_address(channel: Channel) -> Why {
    match channel {
        Channel::Site | Channel::Wechat => Why::NotBound,
        Channel::Sms => Why::NoMobile,
        Channel::Email => Why::NoEmail,
    }
}

fn told(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a sender broke off");
    }
}
