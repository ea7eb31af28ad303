//! A student of the `queue` scenario.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use signaling_protocol::{BoothId, ClientBody, EntryId, ServerBody, Stage};

use super::{Floor, count};
use crate::participant::passed_device_test;
use crate::signal::link::{Ear, Link};
use crate::signal::token::Who;

/// Share of call-ups that nobody answers.
const UNANSWERED: f64 = 0.1;
/// Someone who answers does so after this at the least, and at the most.
const ANSWER_MS: std::ops::Range<u64> = 200..2_000;

/// What makes a student.
pub struct Student {
    /// Who.
    pub who: Who,
    /// Where he applies.
    pub booths: Vec<BoothId>,
    /// When he applies, after the run's start.
    pub apply_after: Duration,
}

/// Applies, then answers call-ups until the run ends.
///
/// # Errors
/// When the socket ends.
pub async fn attend(
    floor: Arc<Floor>,
    link: Link,
    mut ear: Ear,
    student: Student,
    seed: u64,
) -> Result<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    tokio::time::sleep(student.apply_after).await;
    link.must(ClientBody::Visible { visible: true }).await?;
    link.must(passed_device_test()).await?;
    for booth in &student.booths {
        let answer = link
            .ask(ClientBody::Apply {
                booth: *booth,
                job: None,
            })
            .await?;
        match answer.body {
            ServerBody::Applied { entry } => floor.acknowledge(entry, student.who.clone()),
            other => {
                tracing::debug!(?other, "an application was refused");
                count(&floor.counts.refused);
            }
        }
    }
    let mut ringing: Option<EntryId> = None;
    while let Some(heard) = ear.recv().await {
        let ServerBody::Entry { entry } = heard.body else {
            continue;
        };
        if entry.stage != Stage::Called {
            ringing = ringing.filter(|ringing| *ringing != entry.entry);
            continue;
        }
        if ringing == Some(entry.entry) {
            continue;
        }
        ringing = Some(entry.entry);
        if rng.random_bool(UNANSWERED) {
            count(&floor.counts.unanswered);
            continue;
        }
        tokio::time::sleep(Duration::from_millis(rng.random_range(ANSWER_MS))).await;
        link.ask(ClientBody::Ready { entry: entry.entry }).await?;
    }
    Ok(())
}
