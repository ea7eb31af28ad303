//! RTCP comes in: clocks, what receivers lost, keyframes that they need.

use std::time::{Duration, Instant};

use super::Sfu;
use crate::crossing::CrossingItem;
use crate::event::CloseReason;
use crate::peer::Peer;
use crate::peer::flood::Verdict;
use crate::rtcp::ReportBlock;
use crate::rtcp::read::{LostPackets, Rtcp, packets};
use crate::send::slot::Sink;
use crate::slab::Key;

/// A round trip longer than this is a broken report.
const MAX_ROUND_TRIP: Duration = Duration::from_secs(10);

impl Sfu {
    pub(super) fn take_rtcp(&mut self, now: Instant, key: Key, bytes: &mut [u8]) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let Some(inbound) = peer.inbound.as_mut() else {
            self.stats.drop_before_keys += 1;
            return;
        };
        let length = match inbound.open_rtcp(bytes) {
            Ok(length) => length,
            Err(_) => {
                self.stats.drop_unauthentic += 1;
                return;
            }
        };
        peer.ice.note_authenticated(now);
        // Only what is authentic fills the peer's second: anyone can send the rest.
        match peer.rtcp.note(now) {
            Verdict::Pass => {}
            Verdict::Over => {
                self.stats.drop_rtcp_rate += 1;
                return;
            }
            Verdict::Flood => {
                self.stats.limit_floods += 1;
                return self.close(now, key, CloseReason::Flood);
            }
        }
        self.stats.rtcp_packets += 1;
        self.look_at(key);
        let Some(compound) = bytes.get(..length).and_then(packets) else {
            self.stats.drop_malformed += 1;
            return self.note_bad_packet(now, key);
        };
        for packet in compound {
            self.take_rtcp_packet(now, key, packet);
        }
    }

    fn take_rtcp_packet(&mut self, now: Instant, key: Key, packet: Rtcp<'_>) {
        match packet {
            Rtcp::SenderReport {
                ssrc,
                ntp,
                timestamp,
                blocks,
            } => {
                self.take_clock(now, key, (ssrc, ntp, timestamp));
                for block in blocks {
                    self.take_report(now, key, block);
                }
            }
            Rtcp::ReceiverReport { blocks } => {
                for block in blocks {
                    self.take_report(now, key, block);
                }
            }
            Rtcp::Nack { ssrc, lost } => self.resend(now, key, ssrc, lost),
            Rtcp::KeyframeRequest { ssrc } => {
                self.stats.keyframe_requests_received += 1;
                let slot = self.peers.get_mut(key).and_then(|peer| peer.slot_of(ssrc));
                // A slot without a route asks for nothing: browsers do, now and then.
                let Some(route) = slot.and_then(|(_, slot)| slot.route) else {
                    return;
                };
                let layer = self.tracks.get(route.track).and_then(|track| track.best());
                let layer = route.layer().or(layer);
                if let Some(layer) = layer {
                    self.request_keyframe(now, route.track, layer, false);
                }
            }
            Rtcp::Goodbye { .. } | Rtcp::Other => {}
        }
    }

    fn take_clock(&mut self, now: Instant, key: Key, report: (u32, u64, u32)) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let Some((track, layer, clock)) = peer.upstream.note_sender_report(now, report) else {
            return;
        };
        let Some(track) = self.tracks.get_mut(track) else {
            return;
        };
        let source = track.source;
        if let Some(place) = track.layers.get_mut(usize::from(layer)) {
            place.clock = Some(clock);
        }
        for worker in &track.crossings {
            self.crossings.push(
                *worker,
                CrossingItem::Clock {
                    source,
                    layer,
                    clock,
                },
            );
        }
    }

    fn take_report(&mut self, now: Instant, key: Key, block: ReportBlock) {
        let middle = (self.ntp(now) >> 16) as u32;
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let Some((_, slot)) = peer.slot_of(block.ssrc) else {
            return;
        };
        slot.heard.reported = true;
        slot.heard.fraction_lost = block.fraction_lost;
        slot.heard.jitter = block.jitter;
        if block.last_report == 0 {
            return;
        }
        let units = middle
            .wrapping_sub(block.last_report)
            .wrapping_sub(block.delay);
        let round_trip = Duration::from_secs_f64(f64::from(units) / 65_536.0);
        if round_trip < MAX_ROUND_TRIP {
            // Halfway to the new value: one late report shall not move every timer.
            let smooth = |old: Duration| (old + round_trip) / 2;
            peer.round_trip = Some(peer.round_trip.map_or(round_trip, smooth));
        }
    }

    fn resend(&mut self, now: Instant, key: Key, ssrc: u32, lost: LostPackets<'_>) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let Peer {
            outbound,
            ice,
            slots,
            resends,
            ..
        } = peer;
        let (Some(outbound), Some(path)) = (outbound.as_mut(), ice.selected()) else {
            return;
        };
        let Some(slot) = slots.iter_mut().find(|slot| slot.ssrc == ssrc) else {
            return;
        };
        for sequence in lost {
            self.stats.nacks_received += 1;
            if resends.note(now) != Verdict::Pass {
                self.stats.limit_retransmissions += 1;
                return;
            }
            let mut sink = Sink {
                now,
                path,
                outbound,
                outgoing: &mut self.outgoing,
                stats: &mut self.stats,
            };
            if slot.resend(sequence, &self.tracks, &mut sink) {
                self.stats.retransmissions += 1;
            } else {
                self.stats.retransmissions_missing += 1;
            }
        }
    }
}
