//! What decisions of reviewers change for companies.

use base::db::Tx;

use crate::reviews::{DecideError, Decision, Review};

/// A company's certification, the first or a changed one.
///
/// # Errors
/// The database failed.
pub async fn certification(
    _tx: &mut Tx,
    _review: &Review,
    _decision: &Decision,
    _now_ms: i64,
) -> Result<(), DecideError> {
    Err(DecideError::Refused("尚未实现"))
}

/// A claim of a company's administration: the swap leaves exactly one administrator.
///
/// # Errors
/// The database failed.
pub async fn admin_claim(
    _tx: &mut Tx,
    _review: &Review,
    _decision: &Decision,
    _now_ms: i64,
) -> Result<(), DecideError> {
    Err(DecideError::Refused("尚未实现"))
}

/// A company's request to join a school.
///
/// # Errors
/// The database failed.
pub async fn school_join(
    _tx: &mut Tx,
    _review: &Review,
    _decision: &Decision,
    _now_ms: i64,
) -> Result<(), DecideError> {
    Err(DecideError::Refused("尚未实现"))
}

/// A person's request to join a company.
///
/// # Errors
/// The database failed.
pub async fn membership(
    _tx: &mut Tx,
    _review: &Review,
    _decision: &Decision,
    _now_ms: i64,
) -> Result<(), DecideError> {
    Err(DecideError::Refused("尚未实现"))
}
