//! That somebody joins a fair: his consent, and a row of the audit log.
//!
//! After a restart thousands come at one moment. Their rows share commits ([`base::db::Group`]):
//! none of them waits for a sync of the disk of his own, and each has his token when his rows are
//! on the disk. Writing them behind the answer would be quicker still, but then a crash could lose
//! the consent of somebody who has applied with that token, and his application would show no
//! résumé.

use std::net::IpAddr;

use base::db::{Job, Tx};
use signaling_protocol::PageKind;

use crate::audit;
use crate::ids::{AccountId, FairId};
use crate::privacy::consents;

/// Somebody joins.
#[derive(Debug, Clone)]
pub struct Join {
    /// Who.
    pub(super) account: AccountId,
    /// Where.
    pub(super) fair: FairId,
    /// From which address a student agrees that companies read his résumé; `None`: he does not.
    pub(super) agrees_from: Option<IpAddr>,
    /// As whom.
    pub(super) role: &'static str,
    /// With which page.
    pub(super) page: PageKind,
    /// When, ms since 1970.
    pub(super) at_ms: i64,
}

impl Job for Join {
    /// Did he agree just now?
    type Done = bool;

    async fn write(&self, tx: &mut Tx) -> Result<bool, sqlx::Error> {
        let mut agreed = false;
        if let Some(from) = self.agrees_from {
            agreed = consents::give_at_fair(tx, self.account, self.fair, from, self.at_ms).await?;
        }
        audit::Entry::by(self.account, "live.join", "fair", &self.fair)
            .with(serde_json::json!({ "role": self.role, "page": self.page }))
            .write_in(tx, self.at_ms)
            .await?;
        Ok(agreed)
    }
}
