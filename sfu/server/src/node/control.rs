//! The node's end: lets the peers leave, and takes everything down in order.

use std::time::{Duration, Instant};

use base::shutdown::Shutdown;
use sfu_core::Command;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Node;
use super::crew::Thread;
use crate::trace::{self, Trace};
use crate::worker::Message;

/// Time before the deadline at which the node stops waiting for its peers, to close them and to
/// write its trace.
const CLOSING_TIME: Duration = Duration::from_millis(500);

/// How often a draining node looks whether its peers have left.
const DRAIN_LOOK: Duration = Duration::from_millis(50);

/// What ends with the node.
pub struct Ending {
    /// The task of the TCP listener.
    pub listener: Option<JoinHandle<()>>,
    /// The task that looks after the workers; it gives their threads back once they have ended.
    pub supervisor: JoinHandle<Vec<Thread>>,
    /// Has the supervisor end.
    pub stop: oneshot::Sender<()>,
    /// Where the trace goes.
    pub trace: Option<std::path::PathBuf>,
}

/// Waits for the end, lets the peers go on until they leave or the deadline is near, then closes
/// them and stops the workers. A worker that stands still is not waited for.
pub async fn end(node: Node, shutdown: Shutdown, ending: Ending) {
    shutdown.triggered().await;
    node.drain();
    let deadline = shutdown.deadline().unwrap_or_else(Instant::now);
    let enough = deadline.checked_sub(CLOSING_TIME).unwrap_or(deadline);
    while node.peers() > 0 && Instant::now() < enough {
        tokio::time::sleep(DRAIN_LOOK).await;
    }
    if let Some(listener) = &ending.listener {
        listener.abort();
    }
    close_all(&node);
    // It has ended already if this finds nobody.
    let _ = ending.stop.send(());
    let threads = match tokio::time::timeout_at(deadline.into(), ending.supervisor).await {
        Ok(Ok(threads)) => threads,
        Ok(Err(error)) => return tracing::error!(%error, "the media workers were left alone"),
        Err(_) => return tracing::error!("a media worker did not end in time"),
    };
    // The threads have said their last word: this waits for no more than their return.
    let stopped = tokio::task::spawn_blocking(move || join(threads, ending.trace)).await;
    if let Err(error) = stopped {
        tracing::error!(%error, "the media workers could not be waited for");
    }
}

/// Orders every worker to close its peers and to stop after that.
fn close_all(node: &Node) {
    let mut plan = node.plan();
    for peer in plan.peer_ids() {
        plan.order_peer(peer, Command::Remove { peer });
    }
    plan.tell_all(|| Message::Stop);
}

fn join(threads: Vec<Thread>, path: Option<std::path::PathBuf>) {
    let traces: Vec<Trace> = threads
        .into_iter()
        .filter_map(|thread| thread.join().ok().flatten())
        .collect();
    if let Some(path) = &path {
        match trace::write_file(path, &traces) {
            Ok(()) => tracing::info!(path = %path.display(), "wrote the batch trace"),
            Err(error) => {
                tracing::error!(%error, path = %path.display(), "the batch trace cannot be written");
            }
        }
    }
}
