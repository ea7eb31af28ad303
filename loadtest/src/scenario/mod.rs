//! The scenarios: who comes, what they do, what is measured.

pub mod call;
pub mod fair;
pub mod fanout;
pub mod floor;
pub mod media;
pub mod queue;
pub mod room;
pub mod rooms;
pub mod stored;

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

/// Joins per second.
pub const JOINS_PER_SECOND: u64 = 10;

/// Runs `work` for every item, one begun each `every`, and gives the results in the items' order.
///
/// # Errors
/// The first error of any.
pub async fn paced<T, R, F>(
    items: impl IntoIterator<Item = T>,
    every: Duration,
    work: impl Fn(usize, T) -> F,
) -> anyhow::Result<Vec<R>>
where
    F: Future<Output = anyhow::Result<R>>,
{
    let mut running = FuturesUnordered::new();
    for (index, item) in items.into_iter().enumerate() {
        let pause = every * u32::try_from(index).unwrap_or(u32::MAX);
        let work = work(index, item);
        running.push(async move {
            tokio::time::sleep(pause).await;
            work.await.map(|result| (index, result))
        });
    }
    let mut results = Vec::new();
    while let Some(result) = running.next().await {
        results.push(result?);
    }
    results.sort_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// Time between two joins.
#[must_use]
pub fn join_pace() -> Duration {
    Duration::from_millis(1_000 / JOINS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn results_keep_the_order_of_the_items() {
        let pace = Duration::from_millis(1);
        let work = |_, item: u64| async move {
            // The first item is done last.
            tokio::time::sleep(Duration::from_millis(20 - 5 * item)).await;
            Ok(item)
        };
        assert_eq!(paced([0, 1, 2], pace, work).await.unwrap(), vec![0, 1, 2]);
    }
}
