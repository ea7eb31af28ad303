//! An orderly end: one signal that everyone hears, and a deadline by which all are done.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// The end of the process, as a value that is cloned into every server part.
#[derive(Debug, Clone)]
pub struct Shutdown {
    token: CancellationToken,
    tasks: TaskTracker,
    drain: Duration,
    deadline: Arc<OnceLock<Instant>>,
    failure: Arc<OnceLock<String>>,
}

/// Kept of the time before the deadline for closing what is left in order: goodbyes, commits.
const CLOSING: Duration = Duration::from_secs(2);

/// Longest time for what the parts hold when one of them cannot go on: whoever starts the process
/// again should not wait for a drain.
const FAILED_DRAIN: Duration = Duration::from_secs(10);

/// Keeps [`Shutdown::drained`] waiting until it is dropped.
#[derive(Debug, Clone)]
pub struct Hold(#[expect(dead_code, reason = "its drop is what counts")] TaskTrackerToken);

impl Shutdown {
    /// Once triggered, the parts have `drain` to finish what they hold.
    pub fn new(drain: Duration) -> Self {
        Self {
            token: CancellationToken::new(),
            tasks: TaskTracker::new(),
            drain,
            deadline: Arc::new(OnceLock::new()),
            failure: Arc::new(OnceLock::new()),
        }
    }

    /// Begins the end. Further calls change nothing.
    pub fn trigger(&self) {
        self.deadline.get_or_init(|| Instant::now() + self.drain);
        self.token.cancel();
    }

    /// Begins the end because a part cannot go on: the process ends with this message, and with a
    /// fault, so that it is started again. The first message counts.
    pub fn fail(&self, why: String) {
        tracing::error!(%why, "the process cannot go on");
        self.failure.get_or_init(|| why);
        let drain = self.drain.min(FAILED_DRAIN);
        self.deadline.get_or_init(|| Instant::now() + drain);
        self.token.cancel();
    }

    /// Why the process cannot go on, if a part said so.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Has the end begun? `/readyz` says no from then on.
    pub fn is_triggered(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits for the end to begin.
    pub async fn triggered(&self) {
        self.token.cancelled().await;
    }

    /// Waits until what may go on during a drain must be closed: shortly before the deadline.
    pub async fn closing(&self) {
        self.triggered().await;
        let closing = CLOSING.min(self.drain / 4);
        if let Some(at) = self.deadline().and_then(|at| at.checked_sub(closing)) {
            tokio::time::sleep_until(at.into()).await;
        }
    }

    /// When everything must be done; `None` before the end began.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline.get().copied()
    }

    /// Runs a task that [`Shutdown::drained`] waits for. It must end soon after the end began.
    pub fn spawn<F>(&self, task: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tasks.spawn(task)
    }

    /// Counts as a running task while it lives, for work that another library spawns.
    pub fn hold(&self) -> Hold {
        Hold(self.tasks.token())
    }

    /// Waits for the end to begin, then until all tasks of [`Shutdown::spawn`] are over or the
    /// deadline has passed. True: all were over in time.
    pub async fn drained(&self) -> bool {
        self.triggered().await;
        self.tasks.close();
        let left = self.deadline().map_or(self.drain, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        });
        tokio::time::timeout(left, self.tasks.wait()).await.is_ok()
    }

    /// Triggers at SIGTERM or SIGINT; a second SIGINT ends the process at once.
    ///
    /// # Errors
    /// The signals cannot be listened for.
    pub fn listen_for_signals(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!(drain_s = shutdown.drain.as_secs(), "shutting down");
            shutdown.trigger();
            interrupt.recv().await;
            std::process::exit(130);
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn closing_waits_for_most_of_the_drain() {
        let shutdown = Shutdown::new(Duration::from_secs(600));
        shutdown.trigger();
        let soon = tokio::time::timeout(Duration::ZERO, shutdown.closing());
        assert!(soon.await.is_err(), "closing begins with the drain");

        let shutdown = Shutdown::new(Duration::from_millis(40));
        shutdown.trigger();
        shutdown.closing().await;
        let deadline = shutdown.deadline().unwrap();
        assert!(Instant::now() >= deadline - Duration::from_millis(10));
    }

    #[tokio::test]
    async fn a_part_that_cannot_go_on_ends_the_process_soon_and_says_why() {
        let shutdown = Shutdown::new(Duration::from_secs(600));
        assert_eq!(shutdown.failure(), None);
        shutdown.fail("first".to_owned());
        shutdown.fail("second".to_owned());
        assert!(shutdown.is_triggered());
        assert_eq!(shutdown.failure(), Some("first"));
        assert!(shutdown.deadline().unwrap() <= Instant::now() + FAILED_DRAIN);
    }

    #[tokio::test]
    async fn waits_for_tasks_until_the_deadline() {
        let shutdown = Shutdown::new(Duration::from_secs(5));
        let waiting = shutdown.clone();
        shutdown.spawn(async move { waiting.triggered().await });
        shutdown.trigger();
        assert!(shutdown.drained().await);

        let shutdown = Shutdown::new(Duration::ZERO);
        shutdown.spawn(std::future::pending::<()>());
        shutdown.trigger();
        assert!(!shutdown.drained().await);
        assert!(shutdown.deadline().is_some());
    }
}
