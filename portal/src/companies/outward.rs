//! What companies ask of other parts of the portal, in one place.

use base::db::Tx;

use crate::agreements::store as agreements;
use crate::files::{FileRef, Purpose, attach};
use crate::ids::{AccountId, FileId};
use crate::state::AppState;

/// Keeps that someone has accepted agreements, each in its newest version.
pub(super) async fn accept_agreements(
    tx: &mut Tx,
    account: AccountId,
    codes: &[&str],
    address: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    for code in codes {
        // Without a published text there was nothing to accept.
        if let Some(latest) = agreements::latest_in(tx, code).await? {
            agreements::accept(tx, account, code, latest.version, address, now_ms).await?;
        }
    }
    Ok(())
}

/// An upload as a form names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Upload {
    /// What the form's field says.
    pub(super) reference: FileRef,
    /// What it must be for.
    pub(super) purpose: Purpose,
}

impl Upload {
    /// Reads a form's field; `None`: nothing usable is there.
    pub(super) fn read(state: &AppState, text: &str, purpose: Purpose) -> Option<Self> {
        FileRef::parse(&state.signer, text, purpose).map(|reference| Self { reference, purpose })
    }

    /// Makes it part of a thing. One that is `kept` is part of an earlier state of the thing and
    /// stays what it is. `None`: it is gone, or part of something else.
    pub(super) async fn attach(
        self,
        tx: &mut Tx,
        to: (&str, &str),
        kept: Option<FileId>,
        now_ms: i64,
    ) -> Result<Option<FileId>, sqlx::Error> {
        if kept == Some(self.reference.id()) {
            return Ok(kept);
        }
        attach(tx, self.reference, self.purpose, to, now_ms).await
    }
}
