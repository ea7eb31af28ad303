//! What a peer sends: its streams, told apart and put in order.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::clock::PeerClock;
use crate::codec::is_keyframe_start;
use crate::packet::{PacketMeta, SourceClock};
use crate::prefetch::prefetch;
use crate::receive::losses::Losses;
use crate::receive::stream::{Arrival, ReceiveStream};
use crate::receive::twcc::TransportFeedback;
use crate::rtcp::{ReportBlock, write};
use crate::rtp::{ExtensionKind, ExtensionTable, Extensions, RtpHeader, read_header};
use crate::sdp::{Codec, MediaKind, SendSlot, SourceKind};
use crate::slab::Key;
use crate::stats::Stats;

/// Most streams of one peer: three layers of two videos with retransmissions, and a few more for
/// a browser that changes its SSRCs.
const MAX_STREAMS: usize = 24;
/// Most layers of one source.
const MAX_LAYERS: usize = 3;
/// Shortest time between two level events of one microphone, and the least change.
const LEVEL_GAP: Duration = Duration::from_millis(300);
const LEVEL_STEP: u8 = 6;

/// One send slot of the peer.
#[derive(Debug)]
pub(crate) struct Source {
    pub kind: SourceKind,
    pub track: Key,
    mid: String,
    rids: Vec<String>,
    codecs: Vec<Codec>,
    started: bool,
    level: Option<(u8, Instant)>,
}

/// One SSRC of the peer.
#[derive(Debug)]
struct Stream {
    source: usize,
    layer: u8,
    repair: bool,
    receive: ReceiveStream,
    losses: Losses,
    /// A keyframe request waits to be sent.
    wants_keyframe: bool,
}

/// A media packet, ready for its track.
#[derive(Debug)]
pub(crate) struct Taken {
    pub track: Key,
    pub kind: SourceKind,
    pub layer: u8,
    pub meta: PacketMeta,
    /// In the plaintext packet.
    pub payload: Range<usize>,
    /// The source's first packet.
    pub first: bool,
    /// A loudness to tell.
    pub level: Option<u8>,
    /// More was lost than can be asked for.
    pub lost_too_much: bool,
}

/// Receive side of one peer.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub sources: Vec<Source>,
    pub feedback: TransportFeedback,
    table: ExtensionTable,
    streams: Vec<Stream>,
    clock: PeerClock,
}

impl Upstream {
    /// `tracks`: the track of each send slot.
    pub fn new(slots: &[SendSlot], tracks: &[Key], now: Instant) -> Upstream {
        let mut upstream = Upstream {
            sources: Vec::new(),
            feedback: TransportFeedback::new(now),
            table: ExtensionTable::default(),
            streams: Vec::new(),
            clock: PeerClock::default(),
        };
        for (index, (slot, track)) in slots.iter().zip(tracks).enumerate() {
            let ids = slot.extensions;
            upstream.table.set(ids.mid, ExtensionKind::Mid);
            upstream.table.set(ids.rid, ExtensionKind::Rid);
            upstream.table.set(ids.rrid, ExtensionKind::RepairedRid);
            upstream
                .table
                .set(ids.audio_level, ExtensionKind::AudioLevel);
            upstream
                .table
                .set(ids.transport_cc, ExtensionKind::TransportCc);
            upstream.sources.push(Source {
                kind: slot.kind,
                track: *track,
                mid: slot.mid.clone(),
                rids: slot.rids.clone(),
                codecs: slot.codecs.clone(),
                started: false,
                level: None,
            });
            // Layers are told apart by their rid, whatever SSRCs the offer lists.
            let declared = if slot.rids.is_empty() {
                &slot.ssrcs[..]
            } else {
                &[]
            };
            for (layer, declared) in declared.iter().enumerate().take(MAX_LAYERS) {
                upstream.add_stream(declared.ssrc, (index, layer as u8, false));
                if let Some(rtx) = declared.rtx {
                    upstream.add_stream(rtx, (index, layer as u8, true));
                }
            }
        }
        upstream
    }

    /// Asks for the memory that taking a packet needs.
    pub fn prefetch(&self) {
        prefetch(&*self.sources);
        prefetch(&*self.streams);
        self.feedback.prefetch();
    }

    /// Reads a plaintext packet and puts it in its place; `None`: there is nothing to forward.
    pub fn take(&mut self, now: Instant, packet: &[u8], stats: &mut Stats) -> Option<Taken> {
        let Some(header) = read_header(packet) else {
            stats.drop_malformed += 1;
            return None;
        };
        let extensions = header.extensions(packet, &self.table);
        if let Some(number) = extensions.transport_cc {
            self.feedback.note(now, number, header.ssrc);
        }
        let Some(index) = self.stream_of(&header, &extensions) else {
            stats.drop_unknown_source += 1;
            return None;
        };
        self.streams[index].receive.bytes += packet.len() as u64;
        if self.streams[index].repair {
            return self.take_repair(now, index, (packet, &header), stats);
        }
        let source = &self.sources[self.streams[index].source];
        let codec = source
            .codecs
            .iter()
            .find(|codec| codec.pt == header.payload_type)
            .copied();
        let Some(codec) = codec else {
            stats.drop_unknown_source += 1;
            return None;
        };
        self.streams[index]
            .receive
            .note_transit(now, header.timestamp);
        let mut taken = self.order(
            now,
            (index, codec, header.sequence),
            (packet, &header, header.payload.clone()),
            stats,
        )?;
        taken.meta.audio_level = extensions.audio_level;
        taken.level = extensions
            .audio_level
            .and_then(|level| self.note_level(now, index, level));
        Some(taken)
    }

    /// Unwraps a retransmission (RFC 4588 §4): the original number stands before the payload.
    fn take_repair(
        &mut self,
        now: Instant,
        index: usize,
        (packet, header): (&[u8], &RtpHeader),
        stats: &mut Stats,
    ) -> Option<Taken> {
        let body = packet.get(header.payload.clone())?;
        // An empty one probes for bandwidth and carries nothing.
        let (original, _) = body.split_first_chunk::<2>()?;
        let (source, layer) = (self.streams[index].source, self.streams[index].layer);
        let media = self.streams.iter().position(|stream| {
            !stream.repair && (stream.source, stream.layer) == (source, layer)
        })?;
        let codec = self.sources[source]
            .codecs
            .iter()
            .find(|codec| codec.rtx_pt == Some(header.payload_type))
            .copied()?;
        let sequence = u16::from_be_bytes(*original);
        let payload = header.payload.start + 2..header.payload.end;
        self.order(
            now,
            (media, codec, sequence),
            (packet, header, payload),
            stats,
        )
    }

    fn order(
        &mut self,
        now: Instant,
        (index, codec, sequence): (usize, Codec, u16),
        (packet, header, payload): (&[u8], &RtpHeader, Range<usize>),
        stats: &mut Stats,
    ) -> Option<Taken> {
        let stream = &mut self.streams[index];
        let mut lost_too_much = false;
        let seq = match stream.receive.note(sequence) {
            Arrival::Newest { seq, expected } => {
                if seq > expected && codec.nack {
                    lost_too_much = !stream.losses.note_gap(now, expected, seq);
                }
                seq
            }
            Arrival::Late { seq } => {
                stats.recovered_packets += u64::from(stream.losses.note_arrival(seq));
                seq
            }
            Arrival::Duplicate => {
                stats.drop_duplicate += 1;
                return None;
            }
            Arrival::TooOld => {
                stats.drop_too_old += 1;
                return None;
            }
        };
        let source = &mut self.sources[stream.source];
        let first = !std::mem::replace(&mut source.started, true);
        let meta = PacketMeta {
            seq,
            timestamp: header.timestamp,
            marker: header.marker,
            keyframe: is_keyframe_start(codec.kind, packet.get(payload.clone())?),
            audio_level: None,
            codec: codec.kind,
            arrived: now,
        };
        stats.media_packets += 1;
        stats.keyframes += u64::from(meta.keyframe && codec.kind.media() == MediaKind::Video);
        let (track, kind, layer) = (source.track, source.kind, stream.layer);
        Some(Taken {
            track,
            kind,
            layer,
            meta,
            payload,
            first,
            level: None,
            lost_too_much,
        })
    }

    fn note_level(&mut self, now: Instant, index: usize, level: u8) -> Option<u8> {
        let level = level & 0x7F;
        let source = &mut self.sources[self.streams[index].source];
        let tell = source.level.is_none_or(|(told, at)| {
            told.abs_diff(level) >= LEVEL_STEP && now.saturating_duration_since(at) >= LEVEL_GAP
        });
        tell.then(|| {
            source.level = Some((level, now));
            level
        })
    }

    fn stream_of(&mut self, header: &RtpHeader, extensions: &Extensions<'_>) -> Option<usize> {
        let known = self
            .streams
            .iter()
            .position(|stream| stream.receive.ssrc == header.ssrc);
        if known.is_some() {
            return known;
        }
        let place = self.place_of(header.payload_type, extensions)?;
        self.add_stream(header.ssrc, place)
    }

    /// Source, layer and repair of a new SSRC, by its first packet (RFC 8852, RFC 8843 §9.2).
    fn place_of(&self, payload_type: u8, extensions: &Extensions<'_>) -> Option<(usize, u8, bool)> {
        let rid = extensions.rid.or(extensions.repaired_rid);
        let fits = |source: &Source| {
            let same_mid = extensions
                .mid
                .is_none_or(|mid| mid == source.mid.as_bytes());
            let same_rid = rid.is_none_or(|rid| layer_of(source, rid).is_some());
            let payload = source
                .codecs
                .iter()
                .any(|codec| codec.pt == payload_type || codec.rtx_pt == Some(payload_type));
            same_mid && same_rid && payload
        };
        let mut matching = self
            .sources
            .iter()
            .enumerate()
            .filter(|(_, source)| fits(source));
        let (index, source) = matching.next()?;
        if matching.next().is_some() {
            return None;
        }
        let layer = match rid {
            Some(rid) => layer_of(source, rid)?,
            None if source.rids.len() <= 1 => 0,
            None => return None,
        };
        let repair = extensions.repaired_rid.is_some()
            || source
                .codecs
                .iter()
                .any(|codec| codec.rtx_pt == Some(payload_type));
        Some((index, layer, repair))
    }

    fn add_stream(&mut self, ssrc: u32, place: (usize, u8, bool)) -> Option<usize> {
        let (source, layer, repair) = place;
        let rate = self
            .sources
            .get(source)?
            .codecs
            .first()
            .map_or(90_000, |c| c.clock_rate);
        let old = self
            .streams
            .iter()
            .position(|stream| (stream.source, stream.layer, stream.repair) == place);
        let mut receive = ReceiveStream::new(ssrc, rate);
        if let Some(old) = old {
            receive.continue_behind(&self.streams[old].receive);
            self.streams.remove(old);
        }
        if self.streams.len() >= MAX_STREAMS {
            return None;
        }
        let losses = Losses::default();
        self.streams.push(Stream {
            source,
            layer,
            repair,
            receive,
            losses,
            wants_keyframe: false,
        });
        Some(self.streams.len() - 1)
    }

    /// A sender report: returns which track's layer has which clock.
    pub fn note_sender_report(
        &mut self,
        now: Instant,
        (ssrc, ntp, timestamp): (u32, u64, u32),
    ) -> Option<(Key, u8, SourceClock)> {
        let stream = self
            .streams
            .iter_mut()
            .find(|stream| stream.receive.ssrc == ssrc)?;
        stream.receive.note_sender_report(now, ntp);
        if stream.repair {
            return None;
        }
        let at = self.clock.instant_of(now, ntp);
        let track = self.sources.get(stream.source)?.track;
        Some((track, stream.layer, SourceClock { timestamp, at }))
    }

    /// Marks that a keyframe of a source's layer shall be asked for.
    pub fn want_keyframe(&mut self, kind: SourceKind, layer: u8) {
        let sources = &self.sources;
        let stream = self.streams.iter_mut().find(|stream| {
            !stream.repair && stream.layer == layer && sources[stream.source].kind == kind
        });
        if let Some(stream) = stream {
            stream.wants_keyframe = true;
        }
    }

    /// When [`Upstream::write_feedback`] has something to do.
    pub fn due(&self) -> Option<Instant> {
        let losses = self
            .streams
            .iter()
            .filter_map(|stream| stream.losses.next_due())
            .min();
        [self.feedback.due(), losses].into_iter().flatten().min()
    }

    /// Whether the feedback would not fit one message if it waited until it is due.
    pub fn feedback_is_full(&self) -> bool {
        self.feedback.is_full()
    }

    /// Appends the NACKs, keyframe requests and transport feedback that are due; `lost` is
    /// scratch.
    pub fn write_feedback(
        &mut self,
        now: Instant,
        (sender, round_trip): (u32, Duration),
        (out, lost): (&mut Vec<u8>, &mut Vec<u16>),
        stats: &mut Stats,
    ) {
        for stream in &mut self.streams {
            lost.clear();
            let given_up = stream.losses.given_up();
            stream.losses.collect_due(now, round_trip, lost);
            stats.nacks_given_up += stream.losses.given_up() - given_up;
            if !lost.is_empty() {
                write::nack(out, sender, stream.receive.ssrc, lost);
                stats.nacks_sent += lost.len() as u64;
            }
            if std::mem::take(&mut stream.wants_keyframe) {
                write::pli(out, sender, stream.receive.ssrc);
                stats.keyframe_requests_sent += 1;
            }
        }
        let due = self.feedback.due().is_some_and(|due| due <= now) || self.feedback.is_full();
        if due && self.feedback.write(out, sender) {
            stats.twcc_sent += 1;
        }
    }

    /// Report blocks of all media streams; starts their next interval.
    pub fn reports(&mut self, now: Instant) -> Vec<ReportBlock> {
        let media = self.streams.iter_mut().filter(|stream| !stream.repair);
        media
            .filter_map(|stream| stream.receive.report(now))
            .take(write::MAX_BLOCKS)
            .collect()
    }

    /// (worst jitter, bytes since the last call).
    pub fn interval(&mut self) -> (Duration, u64) {
        let mut worst = Duration::ZERO;
        let mut bytes = 0;
        for stream in &mut self.streams {
            let count = std::mem::take(&mut stream.receive.bytes);
            bytes += count;
            if count > 0 && !stream.repair {
                worst = worst.max(stream.receive.jitter());
            }
        }
        (worst, bytes)
    }
}

fn layer_of(source: &Source, rid: &[u8]) -> Option<u8> {
    source
        .rids
        .iter()
        .take(MAX_LAYERS)
        .position(|known| known.as_bytes() == rid)
        .map(|layer| layer as u8)
}
