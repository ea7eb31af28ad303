//! What the live side is told of a fair.

use std::collections::BTreeMap;

use anyhow::Context;
use base::db::Db;
use signaling_core::{BoothSetup, FairSetup, Rules, SeatSetup};
use signaling_protocol::JobView;

use super::store;
use crate::ids::{BoothId, FairId};
use crate::state::AppState;

/// Opens a fair on the live side, or tells it what an open one has gained in the database.
///
/// # Errors
/// The fair cannot be read, or the live side does not take it.
pub async fn tell_live(state: &AppState, fair: FairId) -> anyhow::Result<()> {
    match load(&state.db, fair).await? {
        Some(setup) => state.live.open_fair(setup).await,
        None => Ok(()),
    }
}

/// A fair as the live core wants it; `None`: there is no such published fair.
///
/// # Errors
/// The database failed, or the fair's rules cannot be read.
pub async fn load(db: &Db, fair: FairId) -> anyhow::Result<Option<FairSetup>> {
    let Some(row) = store::find(db, fair).await? else {
        return Ok(None);
    };
    let mut seats: BTreeMap<BoothId, Vec<SeatSetup>> = BTreeMap::new();
    for seat in store::seats(db, fair).await? {
        seats
            .entry(seat.registration_id)
            .or_default()
            .push(SeatSetup {
                seat: seat.id.into(),
                person: seat.account_id.into(),
                nickname: seat.nickname,
                department: seat.department,
            });
    }
    // The live side holds all booths: whom someone keeps out today may be back tomorrow.
    let booths = store::booths(db, fair, 0)
        .await?
        .into_iter()
        .map(|booth| BoothSetup {
            booth: booth.id.into(),
            number: booth.number,
            company: booth.company,
            jobs: booth
                .jobs
                .into_iter()
                .map(|job| JobView {
                    job: job.id.into(),
                    title: job.title,
                })
                .collect(),
            seats: seats.remove(&booth.id).unwrap_or_default(),
        })
        .collect();
    let rules: Rules = serde_json::from_value(row.rules.0).context("rules of the fair")?;
    Ok(Some(FairSetup {
        fair: fair.into(),
        title: row.title,
        starts_ms: row.starts_ms,
        ends_ms: row.ends_ms,
        slot_ms: u64::try_from(row.slot_ms)?,
        max_queues: u32::try_from(row.max_queues)?,
        rules,
        booths,
    }))
}
