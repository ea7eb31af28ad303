//! What is done from time to time: reports, senders that are gone, secrets that have ended, figures.

use base::shutdown::Shutdown;
use formats::beijing;

use super::{AT_ONCE, Outbox, TIDY_EVERY, pause, store};
use crate::notifications::channel::Channel;
use crate::notifications::sending::Happening;

/// Counts of the last days are kept, for people who look why a message was held back.
const KEEP_DAYS_MS: i64 = 7 * 86_400_000;
/// A report that belongs to nothing is kept for so long.
const KEEP_REPORTS_MS: i64 = 86_400_000;

impl Outbox {
    pub(super) async fn keep_tidy(self, shutdown: Shutdown) {
        loop {
            if let Err(error) = self.tidy().await {
                tracing::error!(%error, "the outbox could not be tidied");
            }
            if pause(&shutdown, TIDY_EVERY).await {
                return;
            }
        }
    }

    /// Wipes secrets that have ended, forgets what is over, and takes the figures.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tidy(&self) -> Result<(), sqlx::Error> {
        let now_ms = self.clock.now_ms();
        let oldest_day = beijing::iso(beijing::date_at(now_ms - KEEP_DAYS_MS));
        store::sweep(&self.db, &oldest_day, now_ms - KEEP_REPORTS_MS, now_ms).await?;
        let age_s = |oldest_ms: i64| (now_ms - oldest_ms).max(0) / 1_000;
        let waiting = store::waiting(&self.db, now_ms).await?;
        for channel in Channel::OUTSIDE {
            let row = waiting.iter().find(|row| row.channel == channel);
            let labels = [channel.as_str()];
            let (count, age) = row.map_or((0, 0), |row| (row.waiting, age_s(row.oldest_ms)));
            self.metrics.waiting.with_label_values(&labels).set(count);
            self.metrics
                .oldest_due_s
                .with_label_values(&labels)
                .set(age);
        }
        let unplanned = store::oldest_unplanned(&self.db, now_ms).await?;
        self.metrics.oldest_unplanned_s.set(age_s(unplanned));
        self.metrics.dead_letters.set(store::dead(&self.db).await?);
        Ok(())
    }

    /// Takes sends back whose sender is gone.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reclaim(&self) -> Result<(), sqlx::Error> {
        let now_ms = self.clock.now_ms();
        for id in store::stale(&self.db, AT_ONCE, now_ms).await? {
            let mut tx = self.db.begin().await?;
            let Some(mut send) = store::find_send(&mut tx, id).await? else {
                continue;
            };
            if self
                .step(&mut tx, &mut send, Happening::Stale, "stale")
                .await?
            {
                tx.commit().await?;
                self.metrics.reclaimed.inc();
                tracing::info!(send = %id, "a message is sent again: its sender is gone");
                if send.chain.stage.deadline_ms().is_none() {
                    self.count(send.channel, send.chain.stage.as_str());
                }
            }
        }
        Ok(())
    }

    /// Works off what providers reported.
    ///
    /// # Errors
    /// The database failed.
    pub async fn work_off_reports(&self) -> Result<(), sqlx::Error> {
        for report in store::reports(&self.db, AT_ONCE).await? {
            let mut tx = self.db.begin().await?;
            store::drop_report(&mut tx, &report.provider_id).await?;
            let happening = Happening::Reported {
                delivered: report.delivered,
            };
            if let Some(mut send) = store::find_send(&mut tx, report.id).await? {
                // A send that staff began anew meanwhile has nothing to do with the old report.
                self.step(&mut tx, &mut send, happening, &report.error)
                    .await?;
            }
            tx.commit().await?;
            let outcome = if report.delivered {
                "delivered"
            } else {
                "failed"
            };
            self.metrics.reports.with_label_values(&[outcome]).inc();
        }
        Ok(())
    }
}
