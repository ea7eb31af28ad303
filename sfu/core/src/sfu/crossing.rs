//! What other workers hand over.

use std::time::Instant;

use super::Sfu;
use crate::crossing::{CrossingBatch, CrossingItem};
use crate::ids::SourceId;
use crate::slab::Key;

impl Sfu {
    pub(super) fn take_crossing(&mut self, now: Instant, batch: CrossingBatch) {
        // Packets of one source come in runs: its track is looked up once.
        let mut last: Option<(SourceId, Key)> = None;
        for item in &batch.items {
            let source = match item {
                CrossingItem::Packet { source, .. }
                | CrossingItem::Clock { source, .. }
                | CrossingItem::KeyframeRequest { source, .. } => *source,
            };
            let key = match last {
                Some((known, key)) if known == source => Some(key),
                _ => self.track_by_source.get(&source).copied(),
            };
            let Some(key) = key else {
                self.stats.drop_crossing_unknown += 1;
                continue;
            };
            last = Some((source, key));
            self.take_item(now, key, (item, &batch.bytes));
        }
        self.crossings.recycle(batch);
    }

    fn take_item(&mut self, now: Instant, key: Key, (item, bytes): (&CrossingItem, &[u8])) {
        match item {
            CrossingItem::Packet {
                layer,
                meta,
                payload,
                ..
            } => {
                self.stats.crossing_packets_received += 1;
                let payload = bytes.get(payload.clone()).unwrap_or_default();
                self.keep(key, *layer, *meta, payload);
            }
            CrossingItem::Clock { layer, clock, .. } => {
                let layers = self.tracks.get_mut(key).map(|track| &mut track.layers);
                if let Some(place) = layers.and_then(|all| all.get_mut(usize::from(*layer))) {
                    place.clock = Some(*clock);
                }
            }
            CrossingItem::KeyframeRequest { layer, at_once, .. } => {
                self.request_keyframe(now, key, *layer, *at_once);
            }
        }
    }
}
