//! What a peer needs by itself: liveness, feedback, reports, and its next deadline.

use std::time::{Duration, Instant};

use super::Sfu;
use crate::event::{CloseReason, Event, Quality};
use crate::ice::IceState;
use crate::peer::{Peer, REPORT_INTERVAL};
use crate::rtcp::{ReportBlock, write};
use crate::sdp::MediaKind;
use crate::slab::{Key, Slab};
use crate::track::Track;

impl Sfu {
    /// Looks at one peer: does what is due and arms its next deadline.
    pub(super) fn tick(&mut self, now: Instant, key: Key) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        peer.attention = false;
        if peer.dtls.poll_timeout().is_some_and(|due| due <= now) {
            // A handshake that gave up says so by `is_failed`.
            let _ = peer.dtls.handle_timeout(now);
            self.drain_dtls(now, key, None);
        }
        if !self.check_liveness(now, key) {
            return;
        }
        self.send_feedback(now, key);
        self.arm(now, key);
    }

    /// Tells changes of liveness; false: the peer is closed.
    fn check_liveness(&mut self, now: Instant, key: Key) -> bool {
        let Some(peer) = self.peers.get_mut(key) else {
            return false;
        };
        let (id, old, new) = (peer.id, peer.liveness, peer.ice.state(now));
        peer.liveness = new;
        let never = peer.outbound.is_none()
            && now.saturating_duration_since(peer.created) >= self.config.limits.connect_timeout;
        if new == IceState::Gone {
            self.tell(Event::Gone { peer: id });
            self.close(now, key, CloseReason::Gone);
            return false;
        }
        if never {
            self.close(now, key, CloseReason::NeverConnected);
            return false;
        }
        match (old, new) {
            (IceState::Disconnected, IceState::Connected) => {
                self.tell(Event::Recovered { peer: id });
            }
            (IceState::Connected, IceState::Disconnected) => {
                self.tell(Event::Disconnected { peer: id });
            }
            _ => {}
        }
        true
    }

    /// Sends everything that is due as one RTCP datagram.
    fn send_feedback(&mut self, now: Instant, key: Key) {
        let ntp = self.ntp(now);
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let Some(path) = peer.ice.selected().filter(|_| peer.outbound.is_some()) else {
            return;
        };
        for index in 0..peer.upstream.sources.len() {
            let source = &peer.upstream.sources[index];
            let (kind, track) = (source.kind, source.track);
            let Some(track) = self.tracks.get_mut(track) else {
                continue;
            };
            for (layer, place) in track.layers.iter_mut().enumerate() {
                if place.requests.take_due(now) {
                    peer.upstream.want_keyframe(kind, layer as u8);
                }
            }
        }
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        let mut quality = None;
        if peer.report_due <= now {
            peer.report_due = now + REPORT_INTERVAL;
            write_sender_reports(peer, (now, ntp), &self.tracks, &mut out);
            let blocks = peer.upstream.reports(now);
            if !blocks.is_empty() {
                write::receiver_report(&mut out, peer.ssrc, &blocks);
            }
            if !out.is_empty() {
                write::description(&mut out, peer.ssrc, &peer.negotiated.cname);
            }
            quality = Some((peer.id, measure(peer, &blocks)));
        }
        let round_trip = peer.round_trip_or_guess();
        let sender = (peer.ssrc, round_trip);
        peer.upstream
            .write_feedback(now, sender, (&mut out, &mut self.lost), &mut self.stats);
        if let Some(outbound) = peer.outbound.as_mut().filter(|_| !out.is_empty()) {
            let seal = |arena: &mut Vec<u8>| outbound.seal_rtcp(&out, arena).is_ok();
            if self.outgoing.push_with(path, seal) > 0 {
                self.stats.rtcp_sent += 1;
            }
        }
        self.scratch = out;
        if let Some((peer, quality)) = quality {
            self.tell(Event::Quality { peer, quality });
        }
    }

    /// Arms the peer's next deadline.
    pub(super) fn arm(&mut self, now: Instant, key: Key) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let connected = peer.outbound.is_some();
        let report = connected.then_some(peer.report_due);
        let connect = (!connected).then(|| peer.created + self.config.limits.connect_timeout);
        let held_back = peer
            .upstream
            .sources
            .iter()
            .filter_map(|source| self.tracks.get(source.track))
            .flat_map(|track| track.layers.iter().filter_map(|layer| layer.requests.due()))
            .min()
            .filter(|_| peer.can_send());
        let feedback = peer.upstream.due().filter(|_| peer.can_send());
        let next = [
            peer.dtls.poll_timeout(),
            peer.ice.poll_timeout(now),
            report,
            connect,
            held_back,
            feedback,
        ];
        if let Some(at) = next.into_iter().flatten().min() {
            // A deadline that stays due shall not spin.
            let at = at.max(now + Duration::from_millis(1));
            self.deadlines.arm(key, &mut peer.armed, at);
        }
    }
}

fn write_sender_reports(
    peer: &mut Peer,
    (now, ntp): (Instant, u64),
    tracks: &Slab<Track>,
    out: &mut Vec<u8>,
) {
    for slot in &mut peer.slots {
        if let Some(clock) = slot.clock(now, tracks) {
            let sent = (clock.packets, clock.octets);
            write::sender_report(out, slot.ssrc, ntp, clock.timestamp, sent);
        }
    }
}

/// The figures of the interval that ends now.
fn measure(peer: &mut Peer, blocks: &[ReportBlock]) -> Quality {
    let (mut jitter, up_bytes) = peer.upstream.interval();
    let mut fraction = blocks
        .iter()
        .map(|block| block.fraction_lost)
        .max()
        .unwrap_or(0);
    let mut down_bytes = 0;
    for slot in &mut peer.slots {
        let bytes = std::mem::take(&mut slot.interval_bytes);
        down_bytes += bytes;
        if bytes > 0 {
            fraction = fraction.max(slot.heard.fraction_lost);
            let rate = match slot.kind {
                MediaKind::Audio => 48_000.0,
                MediaKind::Video => 90_000.0,
            };
            jitter = jitter.max(Duration::from_secs_f64(f64::from(slot.heard.jitter) / rate));
        }
    }
    Quality {
        round_trip: peer.round_trip,
        loss_ppm: u32::from(fraction) * 1_000_000 / 256,
        jitter,
        up_bps: up_bytes * 8,
        down_bps: down_bytes * 8,
    }
}
