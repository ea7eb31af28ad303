//! What a decision changes: each kind's domain says so, in the decision's own transaction.

use base::db::Tx;

use super::rules::{Decision, Kind};
use super::store::{DecideError, Review};
use crate::{companies, students};

/// Subjects that stand for nothing, for tests of the engine alone.
#[cfg(test)]
pub(super) const TEST_SUBJECT: &str = "test:";

/// Carries a decision out.
///
/// # Errors
/// The domain refuses, or the database failed.
pub(super) async fn apply(
    tx: &mut Tx,
    review: &Review,
    decision: &Decision,
    now_ms: i64,
) -> Result<(), DecideError> {
    #[cfg(test)]
    if review.subject_id.starts_with(TEST_SUBJECT) {
        return Ok(());
    }
    match review.kind {
        Kind::Company | Kind::Recertification => {
            companies::reviewed::certification(tx, review, decision, now_ms).await
        }
        Kind::AdminClaim => companies::reviewed::admin_claim(tx, review, decision, now_ms).await,
        Kind::SchoolJoin => companies::reviewed::school_join(tx, review, decision, now_ms).await,
        Kind::Membership => companies::reviewed::membership(tx, review, decision, now_ms).await,
        Kind::Identity => students::reviewed::identity(tx, review, decision, now_ms).await,
    }
}
