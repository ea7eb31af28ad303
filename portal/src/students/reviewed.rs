//! What decisions of school staff change for students.

use base::db::Tx;

use crate::reviews::{DecideError, Decision, Review};

/// A student whom the roster did not know.
///
/// # Errors
/// The database failed.
pub async fn identity(
    _tx: &mut Tx,
    _review: &Review,
    _decision: &Decision,
    _now_ms: i64,
) -> Result<(), DecideError> {
    Err(DecideError::Refused("尚未实现"))
}
