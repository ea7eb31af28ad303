//! The end of a listener.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Ends a listener; clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// No new connections; open ones end with what they do.
    pub(crate) orderly: CancellationToken,
    /// All end.
    pub(crate) now: CancellationToken,
}

impl Stop {
    /// Takes no new connection; those that are open may end what they do within this time.
    pub fn within(&self, time: Duration) {
        self.orderly.cancel();
        let now = self.now.clone();
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            now.cancel();
        });
    }

    /// Ends all connections.
    pub fn now(&self) {
        self.orderly.cancel();
        self.now.cancel();
    }
}
