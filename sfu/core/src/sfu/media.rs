//! A media packet comes in: opened, put in order, kept in its track's ring.

use std::time::Instant;

use super::Sfu;
use crate::event::{CloseReason, Event};
use crate::ids::SourceId;
use crate::packet::PacketMeta;
use crate::peer::flood::Verdict;
use crate::slab::Key;

impl Sfu {
    pub(super) fn take_rtp(&mut self, now: Instant, key: Key, bytes: &mut [u8]) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let Some(inbound) = peer.inbound.as_mut() else {
            self.stats.drop_before_keys += 1;
            return;
        };
        let length = match inbound.open_rtp(bytes) {
            Ok(length) => length,
            Err(_) => {
                self.stats.drop_unauthentic += 1;
                return;
            }
        };
        peer.ice.note_authenticated(now);
        let verdict = peer.allowance.note(now, bytes.len());
        if verdict != Verdict::Pass {
            return self.refuse_media(now, key, verdict);
        }
        let packet = bytes.get(..length).unwrap_or_default();
        let taken = peer.upstream.take(now, packet, &mut self.stats);
        let id = peer.id;
        if !std::mem::replace(&mut peer.attention, true) {
            peer.media_only = true;
            self.attention.push(key);
        }
        let Some(taken) = taken else { return };
        let source = SourceId {
            peer: id,
            kind: taken.kind,
        };
        if taken.first {
            self.tell(Event::FirstPacket { source });
        }
        if let Some(level) = taken.level {
            self.tell(Event::Levels { peer: id, level });
        }
        if taken.lost_too_much {
            self.request_keyframe(now, taken.track, taken.layer, false);
        }
        let payload = packet.get(taken.payload).unwrap_or_default();
        let muted = self.tracks.get(taken.track).is_none_or(|track| track.muted);
        if muted {
            self.stats.drop_muted += 1;
            return;
        }
        self.cross(taken.track, (source, taken.layer), taken.meta, payload);
        self.keep(taken.track, taken.layer, taken.meta, payload);
    }

    /// Drops what a peer sends beyond its allowance; far too much for long closes it.
    #[cold]
    fn refuse_media(&mut self, now: Instant, key: Key, verdict: Verdict) {
        self.stats.drop_sender_rate += 1;
        if verdict == Verdict::Flood {
            self.stats.limit_floods += 1;
            self.close(now, key, CloseReason::Flood);
        }
    }

    /// Puts a packet into its track's ring and marks the track for the fan-out.
    pub(super) fn keep(&mut self, key: Key, layer: u8, meta: PacketMeta, payload: &[u8]) {
        let Some(track) = self.tracks.get_mut(key) else {
            return;
        };
        if track.push(layer, meta, payload) && !std::mem::replace(&mut track.pending, true) {
            self.dirty_tracks.push(key);
        }
    }

    /// Gives a packet to every other worker that shows its source.
    fn cross(&mut self, key: Key, place: (SourceId, u8), meta: PacketMeta, payload: &[u8]) {
        let Some(track) = self.tracks.get(key) else {
            return;
        };
        for worker in &track.crossings {
            if self.crossings.push_packet(*worker, place, meta, payload) {
                self.stats.crossing_packets_sent += 1;
            } else {
                self.stats.drop_crossing_full += 1;
            }
        }
    }
}
