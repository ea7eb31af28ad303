//! Orders of the shell: routes, crossings, mutes.

use std::time::Instant;

use super::Sfu;
use crate::command::Command;
use crate::event::CloseReason;
use crate::ids::{PeerId, SlotRef, SourceId, SourceRef, WorkerId};
use crate::path::ConnectionId;
use crate::sdp::MediaKind;
use crate::send::slot::Route;
use crate::slab::Key;
use crate::track::{Origin, RouteEnd, Track};

impl Sfu {
    pub(super) fn carry_out(&mut self, now: Instant, command: Command) {
        let known = match command {
            Command::Connect { peer, offer } => {
                self.connect(now, peer, &offer);
                true
            }
            Command::RestartIce { peer, offer } => {
                self.restart_ice(now, peer, &offer);
                true
            }
            Command::AddRoute { from, to } => self.add_route(now, from, to),
            Command::RemoveRoute { to } => self.remove_route(to),
            Command::StartCrossing { source, to } => self.start_crossing(source, to),
            Command::StopCrossing { source, to } => self.stop_crossing(source, to),
            Command::Mute { source, on } => self.mute(now, source, on),
            Command::Remove { peer } => self.remove(now, peer),
            Command::StreamClosed { connection } => {
                self.forget_stream(connection);
                true
            }
        };
        self.stats.unknown_targets += u64::from(!known);
    }

    fn add_route(&mut self, now: Instant, from: SourceRef, to: SlotRef) -> bool {
        let Some(peer) = self.peer_by_id.get(&to.peer).copied() else {
            return false;
        };
        let has_slot = |key| {
            self.peers
                .get(key)
                .is_some_and(|peer| usize::from(to.slot) < peer.slots.len())
        };
        if !has_slot(peer) {
            return false;
        }
        self.clear_slot(peer, to.slot);
        let Some(track_key) = self.track_for(from) else {
            return false;
        };
        let Some(track) = self.tracks.get_mut(track_key) else {
            return false;
        };
        if track.routes.len() >= self.config.limits.routes_per_source {
            self.stats.limit_routes += 1;
            return true;
        }
        track.routes.push(RouteEnd {
            peer,
            slot: to.slot,
        });
        self.stats.routes += 1;
        if let Some(peer) = self.peers.get_mut(peer) {
            if let Some(slot) = peer.slots.get_mut(usize::from(to.slot)) {
                slot.route = Some(Route::new(track_key, from.source));
            }
            if peer.can_send() {
                self.start_route(now, track_key);
            }
        }
        true
    }

    fn remove_route(&mut self, to: SlotRef) -> bool {
        let Some(peer) = self.peer_by_id.get(&to.peer).copied() else {
            return false;
        };
        self.clear_slot(peer, to.slot);
        true
    }

    /// The track of a source; one of another worker begins to exist with its first route.
    fn track_for(&mut self, from: SourceRef) -> Option<Key> {
        if let Some(key) = self.track_by_source.get(&from.source) {
            return Some(*key);
        }
        if from.worker == self.worker {
            return None;
        }
        let layers = self.config.limits.layers_per_source;
        Some(self.add_track(from.source, Origin::Worker(from.worker), layers))
    }

    pub(super) fn add_track(&mut self, source: SourceId, origin: Origin, layers: usize) -> Key {
        let limits = &self.config.limits;
        let (layers, ring_bytes) = match source.kind.media() {
            MediaKind::Audio => (1, limits.audio_ring_bytes),
            MediaKind::Video => (
                layers.min(limits.layers_per_source),
                limits.video_ring_bytes,
            ),
        };
        let key = self
            .tracks
            .insert(Track::new(source, origin, layers, ring_bytes));
        self.track_by_source.insert(source, key);
        key
    }

    /// Ends the route into a slot, if there is one. The track of another worker goes with its
    /// last route.
    pub(super) fn clear_slot(&mut self, peer: Key, slot: u8) {
        let place = self
            .peers
            .get_mut(peer)
            .and_then(|peer| peer.slots.get_mut(usize::from(slot)));
        let Some(route) = place.and_then(|slot| slot.route.take()) else {
            return;
        };
        let Some(track) = self.tracks.get_mut(route.track) else {
            return;
        };
        if track.remove_route(RouteEnd { peer, slot }) {
            self.stats.routes -= 1;
        }
        if track.routes.is_empty() && matches!(track.origin, Origin::Worker(_)) {
            self.drop_track(route.track);
        }
    }

    /// Forgets a track and silences the slots that showed it.
    pub(super) fn drop_track(&mut self, key: Key) {
        let Some(track) = self.tracks.remove(key) else {
            return;
        };
        if self.track_by_source.get(&track.source) == Some(&key) {
            self.track_by_source.remove(&track.source);
        }
        for end in track.routes {
            self.stats.routes -= 1;
            let peer = self.peers.get_mut(end.peer);
            let slot = peer.and_then(|peer| peer.slots.get_mut(usize::from(end.slot)));
            if let Some(slot) = slot {
                slot.route = None;
            }
        }
    }

    fn local_track(&mut self, source: SourceId) -> Option<(Key, &mut Track)> {
        let key = *self.track_by_source.get(&source)?;
        let track = self.tracks.get_mut(key)?;
        matches!(track.origin, Origin::Peer(_)).then_some((key, track))
    }

    fn start_crossing(&mut self, source: SourceId, to: WorkerId) -> bool {
        let Some((_, track)) = self.local_track(source) else {
            return false;
        };
        if !track.crossings.contains(&to) {
            track.crossings.push(to);
        }
        true
    }

    fn stop_crossing(&mut self, source: SourceId, to: WorkerId) -> bool {
        let Some((_, track)) = self.local_track(source) else {
            return false;
        };
        track.crossings.retain(|worker| *worker != to);
        true
    }

    fn mute(&mut self, now: Instant, source: SourceId, on: bool) -> bool {
        let Some((key, track)) = self.local_track(source) else {
            return false;
        };
        let opens = track.muted && !on;
        track.muted = on;
        if opens {
            for layer in 0..track.layers.len() as u8 {
                self.request_keyframe(now, key, layer, true);
            }
        }
        true
    }

    fn remove(&mut self, now: Instant, peer: PeerId) -> bool {
        let Some(key) = self.peer_by_id.get(&peer).copied() else {
            return false;
        };
        self.close(now, key, CloseReason::Removed);
        true
    }

    fn forget_stream(&mut self, connection: ConnectionId) {
        let Some(path) = self.stream_paths.remove(&connection) else {
            return;
        };
        let Some(key) = self.peer_by_path.remove(&path) else {
            return;
        };
        if let Some(peer) = self.peers.get_mut(key) {
            peer.paths.retain(|known| *known != path);
            peer.ice.forget(&path);
        }
    }
}
