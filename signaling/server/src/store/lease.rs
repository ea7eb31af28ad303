//! One node decides for a fair at a time: a lease with a fencing number.
//!
//! The owner is a configured node name, so a node that was killed takes its own lease back at
//! once; the fencing number grows each time, so what is left of an earlier run cannot commit.

use base::db::{Db, Text, Tx, on_db};
use signaling_protocol::FairId;

use super::{StoreError, queries};

/// A lease that is not prolonged for this long may be taken by another node, ms.
pub(crate) const LEASE_MS: i64 = 15_000;

/// The right to decide for a fair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The fair.
    pub fair: FairId,
    /// Grows with each start; first half of a client's sequence.
    pub epoch: u64,
    /// Grows each time that the lease is taken.
    pub fence: i64,
    /// How long nobody decided for this fair before, ms; 0 for a new one.
    pub down_ms: i64,
}

/// Why a lease was not had.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another node decides for this fair.
    #[error("another node decides for fair {0}")]
    Taken(FairId),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Takes the lease on `fair` for the node named `owner`.
///
/// # Errors
/// Another node has it, or the database failed.
pub(crate) async fn acquire(
    db: &Db,
    fair: FairId,
    owner: &str,
    now_ms: i64,
) -> Result<Lease, LeaseError> {
    let row: Option<(i64, i64, i64)> = on_db!(db.writer().await?, c => {
        sqlx::query_as(queries::TAKE_LEASE)
            .bind(Text(fair))
            .bind(owner)
            .bind(now_ms + LEASE_MS)
            .bind(now_ms)
            .fetch_optional(c)
            .await
    })?;
    let (epoch, fence, alive_at_ms) = row.ok_or(LeaseError::Taken(fair))?;
    Ok(Lease {
        fair,
        epoch: u64::try_from(epoch).unwrap_or_default(),
        fence,
        down_ms: (now_ms - alive_at_ms).max(0),
    })
}

/// Proves inside `tx` that the lease is still held, and prolongs it.
pub(super) async fn hold(tx: &mut Tx, lease: &Lease, now_ms: i64) -> Result<(), StoreError> {
    let row: Option<(i64,)> = on_db!(tx, c => {
        sqlx::query_as(queries::HOLD_LEASE)
            .bind(now_ms)
            .bind(now_ms + LEASE_MS)
            .bind(Text(lease.fair))
            .bind(lease.fence)
            .fetch_optional(c)
            .await
    })?;
    row.map(drop)
        .ok_or(StoreError::LeaseLost { fair: lease.fair })
}
