//! One receive slot of a peer: whatever flows into it leaves as one continuous stream.

use std::time::Instant;

use super::history::{History, Sent, Use};
use super::segment::{Segment, Segments};
use crate::codec::vp8::{self, Vp8Counters, Vp8Shift};
use crate::ids::SourceId;
use crate::packet::PacketMeta;
use crate::path::Path;
use crate::rtp::NewHeader;
use crate::sdp::{Codec, CodecKind, MediaKind, ReceiveSlot};
use crate::slab::{Key, Slab};
use crate::srtp::Outbound;
use crate::stats::Stats;
use crate::track::Track;
use crate::transmit::Outgoing;

/// Packets remembered for retransmission and against reuse.
const VIDEO_HISTORY: usize = 512;
const AUDIO_HISTORY: usize = 128;
/// A hole of more packets than this is a new start, not a loss.
const MAX_GAP: u64 = 256;
/// How far a switch looks back for packets that overtook the keyframe's first one.
const OVERTAKEN: u64 = 64;

/// What a slot needs to send: one receiver's keys and path.
pub(crate) struct Sink<'a> {
    pub now: Instant,
    pub path: Path,
    pub outbound: &'a mut Outbound,
    pub outgoing: &'a mut Outgoing,
    pub stats: &'a mut Stats,
}

/// What flows into a slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub track: Key,
    pub source: SourceId,
    /// The layer that flows; `None` while a keyframe is awaited.
    layer: Option<u8>,
    /// Next ring position of that layer.
    cursor: u64,
    /// The layer whose keyframe is looked for, and from which position on.
    target: Option<(u8, u64)>,
    /// Highest sequence number of the source that was sent.
    newest: u64,
    /// The shell was told that the slot flows.
    announced: bool,
}

impl Route {
    pub fn new(track: Key, source: SourceId) -> Route {
        let (layer, cursor, target, newest) = (None, 0, None, 0);
        Route {
            track,
            source,
            layer,
            cursor,
            target,
            newest,
            announced: false,
        }
    }

    /// The layer that flows.
    pub fn layer(&self) -> Option<u8> {
        self.layer
    }
}

/// What forwarding found out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Forwarded {
    /// The slot flows for the first time since its route was set.
    pub started: bool,
    /// The route waits for a keyframe of this layer.
    pub wants: Option<u8>,
}

#[derive(Debug, Clone, Copy)]
struct LastSent {
    timestamp: u32,
    arrived: Instant,
    counters: Vp8Counters,
}

/// What the receiver last said of the slot's stream.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Heard {
    /// Any report at all: the receiver knows the SSRC.
    pub reported: bool,
    /// In 1/256.
    pub fraction_lost: u8,
    /// In clock units.
    pub jitter: u32,
}

/// The fields of a sender report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotClock {
    pub timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// One receive slot.
#[derive(Debug)]
pub(crate) struct Slot {
    pub kind: MediaKind,
    pub ssrc: u32,
    pub rtx_ssrc: Option<u32>,
    pub route: Option<Route>,
    pub heard: Heard,
    /// Bytes since the last quality report.
    pub interval_bytes: u64,
    mid: Vec<u8>,
    mid_id: Option<u8>,
    level_id: Option<u8>,
    codecs: Vec<Codec>,
    segments: Segments,
    history: History,
    /// Highest extended sequence number used, or the one before the first.
    highest: u64,
    last: Option<LastSent>,
    rtx_seq: u64,
    packets: u32,
    octets: u32,
    reported_packets: u32,
}

impl Slot {
    /// A silent slot. `starts`: random numbers for the first sequence numbers.
    pub fn new(slot: &ReceiveSlot, starts: (u16, u16)) -> Slot {
        let history = match slot.kind {
            MediaKind::Audio => AUDIO_HISTORY,
            MediaKind::Video => VIDEO_HISTORY,
        };
        // The lower half: a first packet that is lost cannot hide a rollover (RFC 3711 §3.3.1).
        let first = |number: u16| u64::from(number & 0x7FFF);
        Slot {
            kind: slot.kind,
            ssrc: slot.ssrc,
            rtx_ssrc: slot.rtx_ssrc,
            route: None,
            heard: Heard::default(),
            interval_bytes: 0,
            mid: slot.mid.as_bytes().to_vec(),
            mid_id: slot.extensions.mid,
            level_id: slot.extensions.audio_level,
            codecs: slot.codecs.clone(),
            segments: Segments::default(),
            history: History::new(history),
            highest: first(starts.0),
            last: None,
            rtx_seq: first(starts.1),
            packets: 0,
            octets: 0,
            reported_packets: 0,
        }
    }

    /// Asks for the memory behind the slot that sending needs.
    pub fn prefetch(&self) {
        self.history.prefetch();
    }

    /// Sends everything of the track that the slot has not sent yet.
    pub fn forward(&mut self, track: &Track, sink: &mut Sink<'_>) -> Forwarded {
        let mut result = Forwarded::default();
        let (Some(mut route), Some(best)) = (self.route, track.best()) else {
            return result;
        };
        if route.layer != Some(best) {
            result.wants = self.switch(&mut route, best, track, sink);
        }
        self.drain(&mut route, track, sink);
        if route.layer.is_some() && !route.announced {
            route.announced = true;
            result.started = true;
        }
        self.route = Some(route);
        result
    }

    /// Forgets how far the route was: it starts again at the next keyframe.
    pub fn restart(&mut self) {
        if let Some(route) = self.route.as_mut() {
            route.layer = None;
            route.target = None;
        }
    }

    /// Looks for a keyframe of layer `best` and switches there; `Some`: none yet.
    fn switch(
        &mut self,
        route: &mut Route,
        best: u8,
        track: &Track,
        sink: &mut Sink<'_>,
    ) -> Option<u8> {
        let ring = &track.layers.get(usize::from(best))?.ring;
        let from = match route.target {
            Some((layer, position)) if layer == best => position,
            _ => track.start_position(sink.now, best),
        };
        route.target = Some((best, ring.head()));
        let found = (from.max(ring.tail())..ring.head()).find_map(|position| {
            let (meta, payload) = ring.get(position)?;
            meta.keyframe.then_some((position, meta, payload))
        });
        let Some((position, meta, payload)) = found else {
            return Some(best);
        };
        let Some(codec) = self.codec_for(meta.codec) else {
            sink.stats.unsupported_codec += 1;
            return None;
        };
        self.drain(route, track, sink);
        if route.layer.is_some() {
            sink.stats.layer_switches += 1;
        }
        self.begin_segment(route.track, best, (meta, payload), codec);
        route.layer = Some(best);
        route.newest = meta.seq;
        route.cursor = position.saturating_sub(OVERTAKEN).max(ring.tail());
        route.target = None;
        None
    }

    fn codec_for(&self, kind: CodecKind) -> Option<Codec> {
        self.codecs
            .iter()
            .find(|codec| kind.is_compatible(codec.kind))
            .copied()
    }

    /// Sends what the flowing layer has got since the last time.
    fn drain(&mut self, route: &mut Route, track: &Track, sink: &mut Sink<'_>) {
        let Some(ring) = route
            .layer
            .and_then(|layer| track.layers.get(usize::from(layer)))
        else {
            return;
        };
        let ring = &ring.ring;
        let Some((mut number, mut segment)) = self.segments.current() else {
            return;
        };
        for position in route.cursor.max(ring.tail())..ring.head() {
            let Some((meta, payload)) = ring.get(position) else {
                continue;
            };
            if meta.seq > route.newest + MAX_GAP {
                if self.kind == MediaKind::Video && !meta.keyframe {
                    route.layer = None;
                    route.target = Some((segment.layer, position));
                    return;
                }
                let Some(codec) = self.codec_for(meta.codec) else {
                    return;
                };
                self.begin_segment(segment.track, segment.layer, (meta, payload), codec);
                route.newest = meta.seq;
                if let Some(current) = self.segments.current() {
                    (number, segment) = current;
                }
            }
            if meta.seq >= segment.first_seq {
                route.newest = route.newest.max(meta.seq);
                self.send(position, (number, &segment), (meta, payload), sink);
            }
        }
        route.cursor = ring.head();
    }

    fn begin_segment(
        &mut self,
        track: Key,
        layer: u8,
        (meta, payload): (&PacketMeta, &[u8]),
        codec: Codec,
    ) {
        let timestamp_shift = self.last.map_or(0, |last| {
            let elapsed = meta.arrived.saturating_duration_since(last.arrived);
            let ticks = elapsed.as_secs_f64() * f64::from(codec.clock_rate);
            last.timestamp
                .wrapping_add((ticks as u32).max(1))
                .wrapping_sub(meta.timestamp)
        });
        let vp8 = (meta.codec == CodecKind::Vp8).then(|| match self.last {
            Some(last) => Vp8Shift::between(last.counters, vp8::counters(payload)),
            None => Vp8Shift::default(),
        });
        self.segments.begin(Segment {
            track,
            layer,
            first_seq: meta.seq,
            seq_shift: (self.highest + 1).wrapping_sub(meta.seq),
            timestamp_shift,
            vp8,
            payload_type: codec.pt,
            rtx_payload_type: codec.rtx_pt,
            clock_rate: codec.clock_rate,
        });
    }

    fn send(
        &mut self,
        position: u64,
        (number, segment): (u32, &Segment),
        (meta, payload): (&PacketMeta, &[u8]),
        sink: &mut Sink<'_>,
    ) {
        let seq = meta.seq.wrapping_add(segment.seq_shift);
        match self.history.note(seq, position, number) {
            Use::Fresh => {}
            Use::Used => {
                sink.stats.drop_reused_sequence += 1;
                return;
            }
            Use::TooOld => {
                sink.stats.drop_too_old += 1;
                return;
            }
        }
        let header = NewHeader {
            marker: meta.marker,
            payload_type: segment.payload_type,
            sequence: seq as u16,
            timestamp: meta.timestamp.wrapping_add(segment.timestamp_shift),
            ssrc: self.ssrc,
            mid: self
                .mid_id
                .filter(|_| !self.heard.reported)
                .map(|id| (id, &self.mid[..])),
            audio_level: self.level_id.zip(meta.audio_level),
        };
        let mut counters = Vp8Counters::default();
        let size = sink.outgoing.push_with(sink.path, |arena| {
            let start = arena.len();
            header.write(arena);
            counters = append_payload(arena, payload, segment);
            sink.outbound.seal_rtp_in_place(arena, start).is_ok()
        });
        if size == 0 {
            sink.stats.drop_unsendable += 1;
            return;
        }
        if seq > self.highest {
            self.highest = seq;
            let (timestamp, arrived) = (header.timestamp, meta.arrived);
            self.last = Some(LastSent {
                timestamp,
                arrived,
                counters,
            });
        }
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
        self.interval_bytes += size as u64;
        sink.stats.forwarded_packets += 1;
        sink.stats.forwarded_bytes += size as u64;
    }

    /// Answers a NACK for one packet by RTX (RFC 4588); false: it cannot be had.
    pub fn resend(&mut self, sequence: u16, tracks: &Slab<Track>, sink: &mut Sink<'_>) -> bool {
        let Some(ssrc) = self.rtx_ssrc else {
            return false;
        };
        let Some(sent) = self.history.take_for_resend(sink.now, sequence) else {
            return false;
        };
        let found = self.segments.get(sent.segment).and_then(|segment| {
            let (meta, payload) = kept(tracks, &segment, &sent)?;
            Some((segment, segment.rtx_payload_type?, meta, payload))
        });
        let Some((segment, payload_type, meta, payload)) = found else {
            return false;
        };
        self.rtx_seq += 1;
        let header = NewHeader {
            marker: meta.marker,
            payload_type,
            sequence: self.rtx_seq as u16,
            timestamp: meta.timestamp.wrapping_add(segment.timestamp_shift),
            ssrc,
            mid: self
                .mid_id
                .filter(|_| !self.heard.reported)
                .map(|id| (id, &self.mid[..])),
            audio_level: None,
        };
        let size = sink.outgoing.push_with(sink.path, |arena| {
            let start = arena.len();
            header.write(arena);
            arena.extend_from_slice(&sequence.to_be_bytes());
            append_payload(arena, payload, &segment);
            sink.outbound.seal_rtp_in_place(arena, start).is_ok()
        });
        self.interval_bytes += size as u64;
        size > 0
    }

    /// The clock for a sender report, if anything was sent since the last one: the source's own
    /// clock moved by the shift of the slot, so that audio and video of one person stay together.
    pub fn clock(&mut self, now: Instant, tracks: &Slab<Track>) -> Option<SlotClock> {
        if self.packets == self.reported_packets {
            return None;
        }
        let (_, segment) = self.segments.current()?;
        let source = tracks
            .get(segment.track)
            .and_then(|track| track.layers.get(usize::from(segment.layer)))
            .and_then(|layer| layer.clock)
            .map(|clock| {
                (
                    clock.timestamp.wrapping_add(segment.timestamp_shift),
                    clock.at,
                )
            });
        let (timestamp, at) =
            source.or_else(|| self.last.map(|last| (last.timestamp, last.arrived)))?;
        self.reported_packets = self.packets;
        let elapsed = now.saturating_duration_since(at).as_secs_f64();
        let ticks = (elapsed * f64::from(segment.clock_rate)) as u32;
        let timestamp = timestamp.wrapping_add(ticks);
        Some(SlotClock {
            timestamp,
            packets: self.packets,
            octets: self.octets,
        })
    }
}

fn append_payload(arena: &mut Vec<u8>, payload: &[u8], segment: &Segment) -> Vp8Counters {
    let start = arena.len();
    arena.extend_from_slice(payload);
    match segment.vp8 {
        Some(shift) => shift.apply(&mut arena[start..]),
        None => Vp8Counters::default(),
    }
}

/// The plaintext of a sent packet, if its source's ring still has it.
fn kept<'a>(
    tracks: &'a Slab<Track>,
    segment: &Segment,
    sent: &Sent,
) -> Option<(&'a PacketMeta, &'a [u8])> {
    let layer = tracks
        .get(segment.track)?
        .layers
        .get(usize::from(segment.layer))?;
    let (meta, payload) = layer.ring.get(sent.position)?;
    (meta.seq.wrapping_add(segment.seq_shift) == sent.seq).then_some((meta, payload))
}
