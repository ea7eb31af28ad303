//! Whether the node's workers run: asked without waiting for anything.

use std::sync::atomic::{AtomicBool, Ordering};

/// How many of a node's workers run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeHealth {
    /// Workers that the node has.
    pub workers: usize,
    /// Those of them that run.
    pub up: usize,
}

impl NodeHealth {
    /// Whether all of them run.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.up == self.workers
    }
}

/// One flag for each worker.
pub struct Health {
    up: Vec<AtomicBool>,
}

impl Health {
    /// So many workers that run.
    pub fn new(workers: usize) -> Self {
        Self {
            up: (0..workers).map(|_| AtomicBool::new(true)).collect(),
        }
    }

    /// Says whether a worker runs.
    pub fn set(&self, worker: usize, up: bool) {
        if let Some(flag) = self.up.get(worker) {
            flag.store(up, Ordering::Relaxed);
        }
    }

    /// What is known now.
    pub fn now(&self) -> NodeHealth {
        let up = self.up.iter().filter(|flag| flag.load(Ordering::Relaxed));
        NodeHealth {
            workers: self.up.len(),
            up: up.count(),
        }
    }
}
