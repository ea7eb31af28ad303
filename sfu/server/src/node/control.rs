//! The node's task: reads what the workers tell, and takes the node down in order.

use std::time::{Duration, Instant};

use base::shutdown::Shutdown;
use sfu_core::Command;

use super::Node;
use crate::trace::{self, Trace};
use crate::worker::{Handle, Message, Reports, Told};

/// Time before the deadline at which the node stops waiting for its peers, to close them and to
/// write its trace.
const CLOSING_TIME: Duration = Duration::from_millis(500);

/// How often a draining node looks whether its peers have left.
const DRAIN_LOOK: Duration = Duration::from_millis(50);

/// A worker's running thread; it gives its trace back.
pub type Thread = std::thread::JoinHandle<Option<Trace>>;

/// What ends with the node.
pub struct Ending {
    /// The workers' queues.
    pub handles: Vec<Handle>,
    /// The workers' threads.
    pub threads: Vec<Thread>,
    /// The task of the TCP listener.
    pub listener: Option<tokio::task::JoinHandle<()>>,
    /// Where the trace goes.
    pub trace: Option<std::path::PathBuf>,
}

/// Takes in what the workers tell until all of them have ended.
pub async fn read_reports(node: Node, mut reports: Reports) {
    while let Some((worker, told)) = reports.next().await {
        let mut plan = node.plan();
        match told {
            Told::Event(event) => plan.handle_event(worker, event),
            Told::Failed => plan.worker_failed(worker),
        }
    }
}

/// Waits for the end, lets the peers go on until they leave or the deadline is near, then closes
/// them and stops the workers.
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
    close_all(&node, &ending.handles);
    let stopped = tokio::task::spawn_blocking(move || join(ending)).await;
    if let Err(error) = stopped {
        tracing::error!(%error, "the media workers could not be waited for");
    }
}

/// Orders every worker to close its peers and to stop after that.
fn close_all(node: &Node, handles: &[Handle]) {
    let mut plan = node.plan();
    for peer in plan.peer_ids() {
        plan.order_peer(peer, Command::Remove { peer });
    }
    for handle in handles {
        // One that has ended already needs no order.
        let _ = handle.send(Message::Stop);
    }
}

fn join(ending: Ending) {
    let traces: Vec<Trace> = ending
        .threads
        .into_iter()
        .filter_map(|thread| thread.join().ok().flatten())
        .collect();
    if let Some(path) = &ending.trace {
        match trace::write_file(path, &traces) {
            Ok(()) => tracing::info!(path = %path.display(), "wrote the batch trace"),
            Err(error) => {
                tracing::error!(%error, path = %path.display(), "the batch trace cannot be written");
            }
        }
    }
}
