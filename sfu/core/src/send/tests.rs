//! A slot's stream through switches, wraps, losses and retransmissions: no nonce repeats.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::slot::{Route, Sink, Slot};
use crate::codec::vp8;
use crate::ids::{PeerId, SourceId, WorkerId};
use crate::packet::PacketMeta;
use crate::path::Path;
use crate::rtp::read_header;
use crate::sdp::{Codec, CodecKind, ExtensionIds, MediaKind, ReceiveSlot, SourceKind};
use crate::slab::{Key, Slab};
use crate::srtp::{Inbound, MasterKey, Outbound, Profile, SrtpKeys};
use crate::stats::Stats;
use crate::track::{Origin, Track};
use crate::transmit::Outgoing;

const SSRC: u32 = 70;
const RTX: u32 = 71;

/// A slot with its receiver, and two sources of three layers.
struct Bench {
    slot: Slot,
    tracks: Slab<Track>,
    keys: Vec<Key>,
    outbound: Outbound,
    inbound: Inbound,
    outgoing: Outgoing,
    stats: Stats,
    now: Instant,
    /// Next sequence number of each source and layer.
    next: BTreeMap<(usize, u8), u64>,
    nonces: BTreeSet<(u32, u64)>,
    highest: BTreeMap<u32, u64>,
    /// What came to the receiver: number, timestamp, payload.
    received: Vec<(u16, u32, Vec<u8>)>,
}

fn keys() -> SrtpKeys {
    let side = |byte| MasterKey {
        key: [byte; 16],
        salt: vec![byte; 12],
    };
    SrtpKeys {
        profile: Profile::Aes128Gcm,
        local: side(1),
        remote: side(2),
    }
}

fn receive_slot() -> ReceiveSlot {
    let codec = Codec {
        kind: CodecKind::Vp8,
        pt: 96,
        rtx_pt: Some(97),
        clock_rate: 90_000,
        nack: true,
        pli: true,
        transport_cc: false,
    };
    ReceiveSlot {
        mid: "5".to_owned(),
        kind: MediaKind::Video,
        codecs: vec![codec],
        extensions: ExtensionIds::default(),
        ssrc: SSRC,
        rtx_ssrc: Some(RTX),
    }
}

impl Bench {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test needs some instant to start from"
    )]
    fn new(first_seq: u16) -> Bench {
        let mut tracks = Slab::default();
        let source = |peer| SourceId {
            peer: PeerId(peer),
            kind: SourceKind::Camera,
        };
        let keys_of = (1..=2)
            .map(|peer| {
                let origin = Origin::Worker(WorkerId(9));
                tracks.insert(Track::new(source(peer), origin, 3, 1 << 20))
            })
            .collect();
        let mut bench = Bench {
            slot: Slot::new(&receive_slot(), (first_seq, 0x7FFF)),
            tracks,
            keys: keys_of,
            outbound: Outbound::new(&keys()).unwrap(),
            inbound: Inbound::new(&keys().reversed()).unwrap(),
            outgoing: Outgoing::default(),
            stats: Stats::default(),
            now: Instant::now(),
            next: BTreeMap::new(),
            nonces: BTreeSet::new(),
            highest: BTreeMap::new(),
            received: Vec::new(),
        };
        bench.route(0);
        bench
    }

    fn route(&mut self, source: usize) {
        let track = self.keys[source];
        let id = self.tracks.get(track).unwrap().source;
        self.slot.route = Some(Route::new(track, id));
    }

    /// A packet of a source's layer comes in; `back`: it is that much late.
    fn push(&mut self, source: usize, layer: u8, (back, keyframe): (u64, bool)) {
        let next = self.next.entry((source, layer)).or_insert(65_530);
        let seq = next.saturating_sub(back);
        if back == 0 {
            *next += 1;
        }
        let [high, low] = ((seq as u16 & 0x7FFF) | 0x8000).to_be_bytes();
        let payload = [
            0x90,
            0x80,
            high,
            low,
            u8::from(!keyframe),
            source as u8,
            layer,
        ];
        let meta = PacketMeta {
            seq,
            timestamp: (seq as u32).wrapping_mul(3000),
            marker: false,
            keyframe,
            audio_level: None,
            codec: CodecKind::Vp8,
            arrived: self.now,
        };
        self.now += Duration::from_millis(3);
        self.tracks
            .get_mut(self.keys[source])
            .unwrap()
            .push(layer, meta, &payload);
    }

    fn forward(&mut self) {
        let Some(route) = self.slot.route else { return };
        let track = self.tracks.get(route.track).unwrap();
        let mut sink = Sink {
            now: self.now,
            path: Path::udp(([192, 0, 2, 1], 9).into()),
            outbound: &mut self.outbound,
            outgoing: &mut self.outgoing,
            stats: &mut self.stats,
        };
        self.slot.forward(track, &mut sink);
        self.receive();
    }

    fn resend(&mut self, sequence: u16) -> bool {
        let mut sink = Sink {
            now: self.now,
            path: Path::udp(([192, 0, 2, 1], 9).into()),
            outbound: &mut self.outbound,
            outgoing: &mut self.outgoing,
            stats: &mut self.stats,
        };
        let sent = self.slot.resend(sequence, &self.tracks, &mut sink);
        self.receive();
        sent
    }

    /// Opens what was sent, and notes the nonce of each packet: SSRC and 48-bit index.
    fn receive(&mut self) {
        let sent: Vec<Vec<u8>> = self
            .outgoing
            .iter()
            .flat_map(|t| t.datagrams().map(<[u8]>::to_vec))
            .collect();
        self.outgoing.clear();
        for mut datagram in sent {
            let header = read_header(&datagram).unwrap();
            let highest = self
                .highest
                .entry(header.ssrc)
                .or_insert(u64::from(header.sequence));
            let step = i64::from(header.sequence.wrapping_sub(*highest as u16) as i16);
            let index = highest.saturating_add_signed(step);
            *highest = index.max(*highest);
            assert!(self.nonces.insert((header.ssrc, index)), "a nonce repeats");
            // What the receiver cannot open was sealed under another index than it should be.
            let length = self.inbound.open_rtp(&mut datagram).unwrap();
            if header.ssrc == SSRC {
                let payload = datagram[header.payload.start..length].to_vec();
                self.received
                    .push((header.sequence, header.timestamp, payload));
            }
        }
    }

    /// Sends packets in order on one layer, forwarding as a batch of `batch`.
    fn stream(&mut self, source: usize, layer: u8, count: usize) {
        for n in 0..count {
            self.push(source, layer, (0, n == 0));
            if n % 5 == 4 {
                self.forward();
            }
        }
        self.forward();
    }
}

#[test]
fn the_stream_is_continuous_over_wraps_and_switches() {
    let mut bench = Bench::new(0x7FF0);
    for round in 0..40 {
        let source = round % 2;
        bench.route(source);
        bench.stream(source, 0, 4000);
        let last = bench.received.last().unwrap().0;
        assert!(bench.resend(last), "the last packet can be had again");
    }
    assert_eq!(bench.received.len(), 160_000, "the number wrapped twice");
    for pair in bench.received.windows(2) {
        assert_eq!(pair[0].0.wrapping_add(1), pair[1].0);
        assert!((1..=20_000).contains(&pair[1].1.wrapping_sub(pair[0].1)));
        let picture = |packet: &(u16, u32, Vec<u8>)| vp8::counters(&packet.2).picture_id.unwrap();
        assert_eq!((picture(&pair[0]) + 1) & 0x7FFF, picture(&pair[1]));
    }
}

#[test]
fn a_second_payload_for_one_number_is_not_sent() {
    let mut bench = Bench::new(5);
    bench.stream(0, 0, 10);
    let count = bench.received.len();
    bench.push(0, 0, (3, false));
    bench.forward();
    assert_eq!(bench.received.len(), count);
    assert_eq!(bench.stats.drop_reused_sequence, 1);
    assert_eq!(
        bench.stats.drop_unsendable, 0,
        "stopped before it was sealed"
    );
}

#[test]
fn a_late_packet_takes_its_own_number_and_one_from_before_the_switch_is_dropped() {
    let mut bench = Bench::new(5);
    bench.stream(0, 0, 10);
    *bench.next.get_mut(&(0, 0)).unwrap() += 1;
    bench.push(0, 0, (0, false));
    bench.forward();
    let after_hole = bench.received.last().unwrap().0;
    bench.push(0, 0, (2, false));
    bench.forward();
    assert_eq!(bench.received.last().unwrap().0, after_hole - 1);
    let count = bench.received.len();
    bench.route(1);
    bench.stream(1, 0, 5);
    bench.push(1, 0, (50, false));
    bench.forward();
    assert_eq!(bench.received.len(), count + 5);
}

#[test]
fn a_big_hole_waits_for_a_keyframe() {
    let mut bench = Bench::new(5);
    bench.stream(0, 0, 10);
    *bench.next.get_mut(&(0, 0)).unwrap() += 2000;
    for keyframe in [false, false, true, false] {
        bench.push(0, 0, (0, keyframe));
        bench.forward();
    }
    assert_eq!(bench.received.len(), 12);
    assert_eq!(
        bench.received[9].0 + 1,
        bench.received[10].0,
        "and leaves no hole behind"
    );
}

#[test]
fn layers_switch_up_at_a_keyframe_and_down_when_silent() {
    let mut bench = Bench::new(5);
    bench.stream(0, 0, 100);
    for n in 0..200 {
        bench.push(0, 0, (0, false));
        bench.push(0, 1, (0, n == 100));
        bench.forward();
    }
    assert_eq!(
        bench.received.last().unwrap().2[6],
        1,
        "the higher layer flows"
    );
    assert_eq!(bench.stats.layer_switches, 1);
    for n in 0..1000 {
        bench.push(0, 0, (0, n > 900));
        bench.forward();
    }
    assert_eq!(bench.received.last().unwrap().2[6], 0);
    assert_eq!(bench.stats.layer_switches, 2);
    assert!(
        bench
            .received
            .windows(2)
            .all(|pair| pair[0].0.wrapping_add(1) == pair[1].0)
    );
}

#[derive(Debug, Clone)]
enum Step {
    Push(usize, u8, u64, bool),
    Skip(usize, u8, u64),
    Forward,
    Route(usize),
    Restart,
    Resend(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..2_usize, 0..3_u8, prop_oneof![3 => Just(0), 1 => 0..40_u64], any::<bool>())
            .prop_map(|(source, layer, back, key)| Step::Push(source, layer, back, key)),
        1 => (0..2_usize, 0..3_u8, 1..70_000_u64)
            .prop_map(|(source, layer, count)| Step::Skip(source, layer, count)),
        6 => Just(Step::Forward),
        1 => (0..2_usize).prop_map(Step::Route),
        1 => Just(Step::Restart),
        3 => any::<u16>().prop_map(Step::Resend),
    ]
}

proptest! {
    /// Whatever comes in whatever order: each packet opens at the receiver, and no nonce repeats.
    #[test]
    fn no_nonce_repeats(steps in proptest::collection::vec(step(), 1..300), first in any::<u16>()) {
        let mut bench = Bench::new(first);
        for step in steps {
            match step {
                Step::Push(source, layer, back, key) => bench.push(source, layer, (back, key)),
                Step::Skip(source, layer, count) => {
                    *bench.next.entry((source, layer)).or_insert(65_530) += count;
                }
                Step::Forward => bench.forward(),
                Step::Route(source) => bench.route(source),
                Step::Restart => bench.slot.restart(),
                Step::Resend(back) => {
                    let last = bench.received.last().map_or(0, |packet| packet.0);
                    bench.resend(last.wrapping_sub(back % 40));
                }
            }
        }
        prop_assert_eq!(bench.stats.drop_unsendable, 0);
    }
}
