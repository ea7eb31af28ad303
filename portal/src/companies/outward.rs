//! What companies ask of other parts of the portal, in one place.

use base::db::{Tx, on_db};

use crate::files::{FileRef, Purpose, attach};
use crate::ids::{AccountId, FileId};
use crate::state::AppState;

/// The agreement that everyone accepts who registers.
const USER_AGREEMENT: &str = "user";

base::queries! {
    /// Somebody accepts the newest version of an agreement.
    ACCEPT_AGREEMENT = "INSERT INTO agreement_acceptances (account_id, code, version, accepted_ms,
            address)
        SELECT $1, g.code, g.version, $3, $4 FROM agreements g
        WHERE g.code = $2 AND g.version = (SELECT MAX(n.version) FROM agreements n
            WHERE n.code = $2)
        ON CONFLICT (account_id, code, version) DO NOTHING";
}

/// Keeps that someone who registers has accepted the user agreement, in its newest version.
// Seam: `agreements::store::accept`.
pub(super) async fn accept_agreement(
    tx: &mut Tx,
    account: AccountId,
    address: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ACCEPT_AGREEMENT)
        .bind(account).bind(USER_AGREEMENT).bind(now_ms).bind(address)
        .execute(c).await.map(drop))
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
