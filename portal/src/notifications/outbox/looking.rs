//! One look at the database for all lanes: what waits for whom.
//!
//! Most looks find nothing, for hours. So a lane does not ask by itself, it sleeps until its bell
//! rings: one question each half second instead of one for each lane and priority.

use std::time::Duration;

use base::shutdown::Shutdown;
use tokio::sync::Notify;

use super::{Outbox, pause, store};
use crate::notifications::channel::Channel;

/// How often the database is asked: a person who waits for a code does not notice it.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A bell for each lane. One that rings while its lane works is heard afterwards.
#[derive(Debug, Default)]
pub(super) struct Bells {
    planning: Notify,
    wechat: Notify,
    sms: Notify,
    email: Notify,
}

impl Bells {
    /// Until there is something to plan, to take back, or a report to work off.
    pub async fn planning(&self) {
        self.planning.notified().await;
    }

    /// Until something is due on a channel.
    pub async fn channel(&self, channel: Channel) {
        match self.of(channel) {
            Some(bell) => bell.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Something is due on each channel, as far as anybody knows.
    pub fn ring_channels(&self) {
        for channel in Channel::OUTSIDE {
            self.ring(channel);
        }
    }

    fn ring(&self, channel: Channel) {
        if let Some(bell) = self.of(channel) {
            bell.notify_one();
        }
    }

    fn of(&self, channel: Channel) -> Option<&Notify> {
        match channel {
            Channel::Site => None,
            Channel::Wechat => Some(&self.wechat),
            Channel::Sms => Some(&self.sms),
            Channel::Email => Some(&self.email),
        }
    }
}

impl Outbox {
    pub(super) async fn keep_looking(self, bells: std::sync::Arc<Bells>, shutdown: Shutdown) {
        loop {
            match store::what_waits(&self.db, self.clock.now_ms()).await {
                Ok(waits) => {
                    if waits.planning {
                        bells.planning.notify_one();
                    }
                    for channel in Channel::OUTSIDE {
                        if waits.on(channel) {
                            bells.ring(channel);
                        }
                    }
                }
                Err(error) => tracing::error!(%error, "the outbox could not be looked at"),
            }
            if pause(&shutdown, LOOK_EVERY).await {
                return;
            }
        }
    }
}
