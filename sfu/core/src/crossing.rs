//! What one worker gives another: decrypted packets one way, keyframe requests the other way.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use crate::ids::{SourceId, WorkerId};
use crate::packet::{PacketMeta, SourceClock};

/// Most batches that wait for one worker; more packets are dropped and counted.
const WAITING_BATCHES: usize = 64;
/// Most emptied batches kept for reuse.
const SPARE_BATCHES: usize = 64;

#[derive(Debug, Clone)]
pub(crate) enum CrossingItem {
    /// A decrypted packet; its payload stands in the batch's bytes.
    Packet {
        source: SourceId,
        layer: u8,
        meta: PacketMeta,
        payload: Range<usize>,
    },
    /// A sender report's clock of one layer.
    Clock {
        source: SourceId,
        layer: u8,
        clock: SourceClock,
    },
    /// A receiver of the other worker needs a keyframe.
    KeyframeRequest {
        source: SourceId,
        layer: u8,
        at_once: bool,
    },
}

/// A bounded batch from one worker to another. Opaque to the shell, which only moves it.
#[derive(Debug, Default)]
pub struct CrossingBatch {
    pub(crate) items: Vec<CrossingItem>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) from: Option<WorkerId>,
}

impl CrossingBatch {
    /// Number of packets and requests.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True without packets and requests.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Batches on their way to other workers.
#[derive(Debug)]
pub(crate) struct Crossings {
    own: WorkerId,
    batch_items: usize,
    waiting: BTreeMap<WorkerId, VecDeque<CrossingBatch>>,
    spare: Vec<CrossingBatch>,
}

impl Crossings {
    pub fn new(own: WorkerId, batch_items: usize) -> Crossings {
        Crossings {
            own,
            batch_items,
            waiting: BTreeMap::new(),
            spare: Vec::new(),
        }
    }

    /// Appends a packet. False: the queue to that worker is full.
    pub fn push_packet(
        &mut self,
        to: WorkerId,
        (source, layer): (SourceId, u8),
        meta: PacketMeta,
        payload: &[u8],
    ) -> bool {
        let Some(batch) = self.open_batch(to) else {
            return false;
        };
        let start = batch.bytes.len();
        batch.bytes.extend_from_slice(payload);
        let payload = start..batch.bytes.len();
        batch.items.push(CrossingItem::Packet {
            source,
            layer,
            meta,
            payload,
        });
        true
    }

    /// Appends anything without a payload. False: the queue to that worker is full.
    pub fn push(&mut self, to: WorkerId, item: CrossingItem) -> bool {
        let Some(batch) = self.open_batch(to) else {
            return false;
        };
        batch.items.push(item);
        true
    }

    /// The next batch to hand over.
    pub fn poll(&mut self) -> Option<(WorkerId, CrossingBatch)> {
        self.waiting
            .iter_mut()
            .find_map(|(to, queue)| queue.pop_front().map(|batch| (*to, batch)))
    }

    /// Keeps a batch's memory for the next one.
    pub fn recycle(&mut self, mut batch: CrossingBatch) {
        if self.spare.len() < SPARE_BATCHES {
            batch.items.clear();
            batch.bytes.clear();
            self.spare.push(batch);
        }
    }

    fn open_batch(&mut self, to: WorkerId) -> Option<&mut CrossingBatch> {
        let queue = self.waiting.entry(to).or_default();
        let needs_new = queue
            .back()
            .is_none_or(|batch| batch.len() >= self.batch_items);
        if needs_new {
            if queue.len() >= WAITING_BATCHES {
                return None;
            }
            let mut batch = self.spare.pop().unwrap_or_default();
            batch.from = Some(self.own);
            queue.push_back(batch);
        }
        queue.back_mut()
    }
}
