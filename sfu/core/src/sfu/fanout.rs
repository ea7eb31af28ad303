//! What came in goes out, receiver by receiver.

use std::time::Instant;

use super::Sfu;
use crate::crossing::CrossingItem;
use crate::event::Event;
use crate::sdp::MediaKind;
use crate::send::slot::{Sink, Slot};
use crate::slab::Key;
use crate::track::Origin;

/// Receivers whose memory is asked for ahead of the one that is sent to.
const AHEAD: usize = 8;

impl Sfu {
    /// Sends the new packets of all dirty tracks. A receiver's packets stand together in the
    /// arena, so that equal sizes leave as one segmented message.
    pub(super) fn fan_out(&mut self, now: Instant) {
        for track in self
            .dirty_tracks
            .iter()
            .filter_map(|key| self.tracks.get(*key))
        {
            track
                .routes
                .iter()
                .for_each(|end| self.peers.prefetch(end.peer));
        }
        while let Some(key) = self.dirty_tracks.pop() {
            let Some(track) = self.tracks.get_mut(key) else {
                continue;
            };
            track.pending = false;
            for end in &track.routes {
                let Some(peer) = self.peers.get_mut(end.peer) else {
                    continue;
                };
                if peer.dirty == 0 {
                    self.dirty_receivers.push(end.peer);
                }
                peer.dirty |= 1 << end.slot;
            }
        }
        let mut receivers = std::mem::take(&mut self.dirty_receivers);
        for step in 0..receivers.len() + AHEAD {
            let peer = |behind| {
                let key = receivers.get(step.checked_sub(behind)?)?;
                self.peers.get(*key)
            };
            if let Some(peer) = peer(0) {
                peer.prefetch_sending();
            }
            if let Some(peer) = peer(AHEAD / 2) {
                peer.dirty_slots().for_each(Slot::prefetch);
            }
            if let Some(key) = step.checked_sub(AHEAD).and_then(|at| receivers.get(at)) {
                self.send_to(now, *key);
            }
        }
        receivers.clear();
        self.dirty_receivers = receivers;
        while let Some((track, layer)) = self.wanted_keyframes.pop() {
            self.request_keyframe(now, track, layer, false);
        }
    }

    fn send_to(&mut self, now: Instant, key: Key) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let mut dirty = std::mem::take(&mut peer.dirty);
        let (Some(outbound), Some(path)) = (peer.outbound.as_mut(), peer.ice.selected()) else {
            return;
        };
        while dirty != 0 {
            let index = dirty.trailing_zeros() as usize;
            dirty &= dirty - 1;
            let Some(slot) = peer.slots.get_mut(index) else {
                continue;
            };
            let Some(route) = slot.route else { continue };
            let Some(track) = self.tracks.get(route.track) else {
                continue;
            };
            let mut sink = Sink {
                now,
                path,
                outbound,
                outgoing: &mut self.outgoing,
                stats: &mut self.stats,
            };
            let forwarded = slot.forward(track, &mut sink);
            if let Some(layer) = forwarded.wants {
                self.wanted_keyframes.push((route.track, layer));
            }
            if forwarded.started && self.events.len() < self.config.limits.events {
                let (peer, slot) = (peer.id, index as u8);
                self.events.push_back(Event::SlotFlowing {
                    peer,
                    slot,
                    from: route.source,
                });
            }
        }
    }

    /// Asks the sender of a layer for a keyframe, merged and rate-limited.
    pub(super) fn request_keyframe(&mut self, now: Instant, key: Key, layer: u8, at_once: bool) {
        let Some(track) = self.tracks.get_mut(key) else {
            return;
        };
        let (source, origin) = (track.source, track.origin);
        if source.kind.media() == MediaKind::Audio {
            return;
        }
        let Some(place) = track.layers.get_mut(usize::from(layer)) else {
            return;
        };
        let send = place.requests.request(now, at_once);
        match origin {
            Origin::Peer(sender) => {
                if let Some(peer) = self.peers.get_mut(sender).filter(|_| send) {
                    peer.upstream.want_keyframe(source.kind, layer);
                }
                self.look_at(sender);
            }
            Origin::Worker(worker) if send => {
                let item = CrossingItem::KeyframeRequest {
                    source,
                    layer,
                    at_once,
                };
                self.crossings.push(worker, item);
            }
            Origin::Worker(_) => {}
        }
    }

    /// A peer can be sent to now: asks for keyframes of everything that flows to it.
    pub(super) fn wake_routes(&mut self, now: Instant, key: Key) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        if !peer.can_send() {
            return;
        }
        let mut tracks = Vec::new();
        for slot in &mut peer.slots {
            slot.restart();
            tracks.extend(slot.route.map(|route| route.track));
        }
        for track in tracks {
            self.start_route(now, track);
        }
    }

    /// A route begins: a keyframe is asked for at once, unless a fresh one is in the ring.
    pub(super) fn start_route(&mut self, now: Instant, key: Key) {
        let Some(track) = self.tracks.get_mut(key) else {
            return;
        };
        let layer = track.best().unwrap_or(0);
        let fresh = track.has_fresh_keyframe(now, layer);
        let video = track.source.kind.media() == MediaKind::Video;
        if fresh && !std::mem::replace(&mut track.pending, true) {
            self.dirty_tracks.push(key);
        }
        if video && !fresh {
            self.request_keyframe(now, key, layer, true);
        }
    }
}
