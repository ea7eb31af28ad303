//! Opens fairs on the live side as their time comes, and keeps a list of those that it could not.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::shutdown::Shutdown;
use prometheus::{IntGauge, Registry};
use signaling_server::LeaseError;

use super::{setup, store};
use crate::ids::FairId;
use crate::state::AppState;

/// A fair is open this long before its begin: device tests are possible from then on.
const OPEN_BEFORE_MS: i64 = 24 * 3_600_000;
/// A fair stays open this long after its planned end: school staff may extend it.
const KEEP_OPEN_MS: i64 = 12 * 3_600_000;
/// How often the database is asked for fairs that are due.
const LOOK_FOR_FAIRS: Duration = Duration::from_secs(10);

/// Why a fair is not open here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Another node decides for it.
    Elsewhere,
    /// Its rows cannot be read, or something failed; the log says what.
    Failed,
}

impl Reason {
    /// For the operators' page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Elsewhere => "由另一台服务器运行",
            Self::Failed => "数据无法读取，原因见日志",
        }
    }
}

/// A fair that should be open here and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOpen {
    /// The fair.
    pub fair: FairId,
    /// Why.
    pub reason: Reason,
    /// Since when, ms since 1970.
    pub since_ms: i64,
}

/// The fairs that should be open here and are not.
#[derive(Debug)]
pub struct FairsNotOpen {
    fairs: Mutex<BTreeMap<FairId, NotOpen>>,
    number: IntGauge,
}

impl FairsNotOpen {
    /// None.
    ///
    /// # Errors
    /// The figure is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let number = IntGauge::new(
            "pinhui_live_fairs_failed",
            "Fairs that should be open on this node and could not be opened.",
        )?;
        registry.register(Box::new(number.clone()))?;
        Ok(Self {
            fairs: Mutex::default(),
            number,
        })
    }

    /// All of them.
    pub fn list(&self) -> Vec<NotOpen> {
        self.lock().values().copied().collect()
    }

    /// Takes over what one look found. What the look before found as well is so since then.
    fn replace(&self, found: &[NotOpen]) {
        let mut fairs = self.lock();
        let before = std::mem::take(&mut *fairs);
        for it in found {
            let since_ms = before.get(&it.fair).map_or(it.since_ms, |old| old.since_ms);
            fairs.insert(it.fair, NotOpen { since_ms, ..*it });
        }
        self.number
            .set(i64::try_from(fairs.len()).unwrap_or(i64::MAX));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<FairId, NotOpen>> {
        self.fairs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the fairs that run, are about to, or have ended so lately that calls may go on. One that
/// cannot be opened keeps none of the others closed.
///
/// # Errors
/// The database does not tell which they are.
pub async fn open_due(state: &AppState) -> Result<(), sqlx::Error> {
    let now_ms = state.now_ms();
    let due = store::to_open(&state.db, now_ms - KEEP_OPEN_MS, now_ms + OPEN_BEFORE_MS).await?;
    let mut not_open = Vec::new();
    for fair in due {
        let Err(error) = setup::tell_live(state, fair).await else {
            continue;
        };
        let is_open = state.live.is_open(fair.into());
        tracing::error!(%fair, is_open, error = format!("{error:#}"), "a fair could not be opened");
        if !is_open {
            not_open.push(NotOpen {
                fair,
                reason: reason(&error),
                since_ms: now_ms,
            });
        }
    }
    state.fairs_not_open.replace(&not_open);
    Ok(())
}

fn reason(error: &anyhow::Error) -> Reason {
    match error.downcast_ref::<LeaseError>() {
        Some(LeaseError::Taken(_)) => Reason::Elsewhere,
        Some(LeaseError::Database(_)) | None => Reason::Failed,
    }
}

/// Opens fairs as their time comes, and those that are imported while the server runs; tells of
/// booths, seats and jobs that came to an open one; tries again what could not be opened.
pub async fn keep_opening(state: AppState, shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = shutdown.triggered() => return,
            () = tokio::time::sleep(LOOK_FOR_FAIRS) => {}
        }
        if let Err(error) = open_due(&state).await {
            tracing::error!(%error, "no fair could be looked for");
        }
    }
}
