//! Waiting for a condition.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long any condition may take before a test gives up. Far above what is ever seen: a test
/// that waits here so long has failed, it is not slow.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// Asks `probe` again and again until it answers `Some`.
///
/// # Errors
/// When [`PATIENCE`] is over, with `what` and the last error of the probe.
pub async fn until<T>(what: &str, probe: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    until_within(PATIENCE, what, probe).await
}

/// [`until`] with a patience of its own, for conditions that take long by their nature.
///
/// # Errors
/// As [`until`].
pub async fn until_within<T>(
    patience: Duration,
    what: &str,
    mut probe: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let begun = Instant::now();
    let mut last: Option<Box<dyn Debug + Send>> = None;
    while begun.elapsed() < patience {
        match probe().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(error) => last = Some(Box::new(error)),
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    match last {
        Some(error) => bail!("waited {patience:?} for {what}; last error: {error:?}"),
        None => bail!("waited {patience:?} for {what}"),
    }
}
