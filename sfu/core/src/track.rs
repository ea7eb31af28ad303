//! A source as this worker knows it: its layers' packets, and where they go.

use std::time::{Duration, Instant};

use crate::ids::{SourceId, WorkerId};
use crate::packet::{PacketMeta, SourceClock};
use crate::ring::Ring;
use crate::sdp::MediaKind;
use crate::slab::Key;

/// A layer without packets for this long is silent; routes fall back to a lower one.
pub(crate) const SILENT_AFTER: Duration = Duration::from_secs(2);
/// How often the layers of a simulcast source are looked over.
const LOOK_OVER: Duration = Duration::from_millis(250);
/// Shortest time between two keyframe requests for one layer.
pub(crate) const REQUEST_GAP: Duration = Duration::from_millis(500);
/// The same when a route changed: merged, but at once.
const ROUTE_CHANGE_GAP: Duration = Duration::from_millis(50);
/// A keyframe this young is replayed to a new route instead of asking for another.
const FRESH_KEYFRAME: Duration = Duration::from_millis(150);

/// Where a track's packets come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A peer of this worker.
    Peer(Key),
    /// Another worker.
    Worker(WorkerId),
}

/// Where a track's packets go on this worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RouteEnd {
    pub peer: Key,
    pub slot: u8,
}

/// Keyframe requests for one layer: merged and rate-limited.
#[derive(Debug, Default)]
pub(crate) struct KeyframeRequests {
    last_sent: Option<Instant>,
    wanted: bool,
}

impl KeyframeRequests {
    /// A receiver needs a keyframe; true: send a request now.
    pub fn request(&mut self, now: Instant, at_once: bool) -> bool {
        let gap = if at_once {
            ROUTE_CHANGE_GAP
        } else {
            REQUEST_GAP
        };
        let open = self
            .last_sent
            .is_none_or(|last| now.saturating_duration_since(last) >= gap);
        self.wanted = !open;
        if open {
            self.last_sent = Some(now);
        }
        open
    }

    /// A keyframe came: whoever waited has it.
    pub fn note_keyframe(&mut self) {
        self.wanted = false;
    }

    /// When a held-back request may be sent.
    pub fn due(&self) -> Option<Instant> {
        self.last_sent
            .filter(|_| self.wanted)
            .map(|last| last + REQUEST_GAP)
    }

    /// True once when the held-back request is due.
    pub fn take_due(&mut self, now: Instant) -> bool {
        let due = self.due().is_some_and(|due| due <= now);
        if due {
            self.wanted = false;
            self.last_sent = Some(now);
        }
        due
    }
}

/// One layer of a source.
#[derive(Debug)]
pub(crate) struct Layer {
    pub ring: Ring,
    pub clock: Option<SourceClock>,
    pub requests: KeyframeRequests,
    last_packet: Option<Instant>,
    last_keyframe: Option<u64>,
}

/// A source with its layers, lowest first.
#[derive(Debug)]
pub(crate) struct Track {
    pub source: SourceId,
    pub origin: Origin,
    pub layers: Vec<Layer>,
    pub routes: Vec<RouteEnd>,
    /// Workers that get every packet.
    pub crossings: Vec<WorkerId>,
    pub muted: bool,
    /// New packets wait for the fan-out.
    pub pending: bool,
    best: Option<u8>,
    looked_over: Option<Instant>,
}

impl Track {
    pub fn new(source: SourceId, origin: Origin, layers: usize, ring_bytes: usize) -> Track {
        let layer = || Layer {
            ring: Ring::new(ring_bytes),
            clock: None,
            requests: KeyframeRequests::default(),
            last_packet: None,
            last_keyframe: None,
        };
        Track {
            source,
            origin,
            layers: std::iter::repeat_with(layer).take(layers.max(1)).collect(),
            routes: Vec::new(),
            crossings: Vec::new(),
            muted: false,
            pending: false,
            best: None,
            looked_over: None,
        }
    }

    /// Asks for the memory that the next packet needs.
    pub fn prefetch(&self) {
        for layer in &self.layers {
            layer.ring.prefetch();
        }
    }

    /// Takes a packet into its layer's ring; true if it was taken.
    pub fn push(&mut self, layer: u8, meta: PacketMeta, payload: &[u8]) -> bool {
        let Some(place) = self.layers.get_mut(usize::from(layer)) else {
            return false;
        };
        let Some(position) = place.ring.push(meta, payload) else {
            return false;
        };
        place.last_packet = Some(meta.arrived);
        if meta.keyframe && self.source.kind.media() == MediaKind::Video {
            place.last_keyframe = Some(position);
            place.requests.note_keyframe();
        }
        self.look_over(meta.arrived);
        true
    }

    /// The highest layer that flows; `None` before the first packet.
    pub fn best(&self) -> Option<u8> {
        self.best
    }

    /// From where a new route on `layer` looks for its start: back to a fresh keyframe, if there;
    /// audio starts anywhere.
    pub fn start_position(&self, now: Instant, layer: u8) -> u64 {
        let Some(place) = self.layers.get(usize::from(layer)) else {
            return 0;
        };
        match self.source.kind.media() {
            MediaKind::Audio => place.ring.head().saturating_sub(1),
            MediaKind::Video => self
                .fresh_keyframe(now, layer)
                .unwrap_or_else(|| place.ring.head()),
        }
    }

    /// Whether a route that starts now finds a keyframe in the ring.
    pub fn has_fresh_keyframe(&self, now: Instant, layer: u8) -> bool {
        self.fresh_keyframe(now, layer).is_some()
    }

    fn fresh_keyframe(&self, now: Instant, layer: u8) -> Option<u64> {
        let place = self.layers.get(usize::from(layer))?;
        let position = place.last_keyframe?;
        let (meta, _) = place.ring.get(position)?;
        (now.saturating_duration_since(meta.arrived) < FRESH_KEYFRAME).then_some(position)
    }

    /// Removes the end of a route; returns whether it was there.
    pub fn remove_route(&mut self, end: RouteEnd) -> bool {
        let place = self.routes.iter().position(|route| *route == end);
        place.map(|place| self.routes.swap_remove(place)).is_some()
    }

    fn look_over(&mut self, now: Instant) {
        let due = self
            .looked_over
            .is_none_or(|last| now.saturating_duration_since(last) >= LOOK_OVER);
        if !due && (self.best.is_some() || self.layers.len() == 1) {
            return;
        }
        self.looked_over = Some(now);
        let flows = |layer: &Layer| {
            layer
                .last_packet
                .is_some_and(|at| now.saturating_duration_since(at) < SILENT_AFTER)
        };
        self.best = self
            .layers
            .iter()
            .rposition(flows)
            .map(|layer| layer as u8)
            .or(self.best);
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test needs some instant to start from"
)]
mod tests {
    use super::*;
    use crate::ids::PeerId;
    use crate::sdp::{CodecKind, SourceKind};

    fn push(track: &mut Track, layer: u8, arrived: Instant, keyframe: bool) {
        let codec = CodecKind::Vp8;
        let (seq, timestamp, marker, audio_level) = (0, 0, false, None);
        let meta = PacketMeta {
            seq,
            timestamp,
            marker,
            keyframe,
            audio_level,
            codec,
            arrived,
        };
        assert!(track.push(layer, meta, b"x"));
    }

    fn camera() -> Track {
        let source = SourceId {
            peer: PeerId(1),
            kind: SourceKind::Camera,
        };
        Track::new(source, Origin::Worker(WorkerId(1)), 3, 1 << 16)
    }

    #[test]
    fn the_best_layer_is_the_highest_that_flows() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut track = camera();
        assert_eq!(track.best(), None);
        push(&mut track, 0, at(0), true);
        assert_eq!(track.best(), Some(0));
        push(&mut track, 2, at(10), true);
        push(&mut track, 0, at(300), false);
        assert_eq!(track.best(), Some(2));
        push(&mut track, 0, at(1900), false);
        assert_eq!(track.best(), Some(2), "silent for less than 2 s");
        push(&mut track, 0, at(2400), false);
        assert_eq!(track.best(), Some(0));
    }

    #[test]
    fn a_new_route_starts_at_a_fresh_keyframe() {
        let start = Instant::now();
        let mut track = camera();
        push(&mut track, 0, start, true);
        push(&mut track, 0, start, false);
        assert_eq!(
            track.start_position(start + Duration::from_millis(100), 0),
            0
        );
        assert_eq!(
            track.start_position(start + Duration::from_millis(200), 0),
            2
        );
    }

    #[test]
    fn requests_are_merged_and_a_keyframe_answers_them() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut requests = KeyframeRequests::default();
        assert!(requests.request(at(0), false));
        assert!(!requests.request(at(100), false));
        assert_eq!(requests.due(), Some(at(500)));
        assert!(
            requests.request(at(120), true),
            "a route change asks at once"
        );
        assert!(!requests.request(at(130), true), "but not twice");
        assert!(!requests.take_due(at(619)));
        assert!(requests.take_due(at(620)));
        assert!(!requests.request(at(700), false));
        requests.note_keyframe();
        assert_eq!(requests.due(), None);
    }
}
