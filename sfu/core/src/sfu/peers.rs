//! Peers come and go.

use std::sync::Arc;
use std::time::Instant;

use rand::Rng;

use super::Sfu;
use crate::deadlines::Armed;
use crate::dtls::Association;
use crate::event::{CloseReason, Event, RefuseReason};
use crate::ice::{Credentials, IceLite, IceState};
use crate::ids::{PeerId, SourceId, ufrag_prefix};
use crate::peer::allowance::Allowance;
use crate::peer::upstream::Upstream;
use crate::peer::{Peer, REPORT_INTERVAL};
use crate::sdp::{LocalParams, Negotiated, Offer, answer};
use crate::send::slot::Slot;
use crate::slab::Key;
use crate::track::Origin;

/// Most slots of a peer: one bit each in its dirty mask.
const MAX_SLOTS: usize = 64;

impl Sfu {
    pub(super) fn connect(&mut self, now: Instant, id: PeerId, offer: &str) {
        let result = self.accept(now, id, offer);
        self.answer_shell(id, result);
    }

    pub(super) fn restart_ice(&mut self, now: Instant, id: PeerId, offer: &str) {
        let result = self.accept_restart(now, id, offer);
        self.answer_shell(id, result);
    }

    fn answer_shell(&mut self, id: PeerId, result: Result<(Key, String), RefuseReason>) {
        let event = match result {
            Ok((key, sdp)) => {
                let plugs = self.peers.get(key).map(Peer::plugs).unwrap_or_default();
                Event::Answered {
                    peer: id,
                    sdp,
                    plugs,
                }
            }
            Err(reason) => {
                self.stats.refused_offers += 1;
                Event::Refused { peer: id, reason }
            }
        };
        self.tell(event);
    }

    fn accept(
        &mut self,
        now: Instant,
        id: PeerId,
        offer: &str,
    ) -> Result<(Key, String), RefuseReason> {
        if self.peers.len() >= self.config.limits.peers {
            self.stats.limit_peers += 1;
            return Err(RefuseReason::Full);
        }
        if self.peer_by_id.get(&id).is_some() {
            return Err(RefuseReason::WrongPeer);
        }
        let (local, sdp, negotiated) = self.negotiate(offer, None)?;
        let fingerprint = negotiated.fingerprint.clone();
        let dtls = Association::new(&self.identity, fingerprint, now)
            .map_err(|error| RefuseReason::Offer(error.to_string()))?;
        let ufrag = local.ufrag.clone();
        let provider = Arc::clone(self.identity.provider());
        let ice = IceLite::new(provider, local, negotiated.remote.clone(), now);
        let key = self.insert_peer(now, id, (ice, dtls), negotiated);
        self.add_ufrag(key, ufrag);
        self.peer_by_id.insert(id, key);
        self.look_at(key);
        Ok((key, sdp))
    }

    fn accept_restart(
        &mut self,
        now: Instant,
        id: PeerId,
        offer: &str,
    ) -> Result<(Key, String), RefuseReason> {
        let key = *self.peer_by_id.get(&id).ok_or(RefuseReason::WrongPeer)?;
        let previous = self
            .peers
            .get(key)
            .ok_or(RefuseReason::WrongPeer)?
            .negotiated
            .clone();
        let (local, sdp, negotiated) = self.negotiate(offer, Some(&previous))?;
        let ufrag = local.ufrag.clone();
        if let Some(peer) = self.peers.get_mut(key) {
            peer.ice.restart(local, negotiated.remote.clone(), now);
            peer.negotiated = negotiated;
        }
        self.add_ufrag(key, ufrag);
        self.look_at(key);
        Ok((key, sdp))
    }

    fn negotiate(
        &mut self,
        offer: &str,
        previous: Option<&Negotiated>,
    ) -> Result<(Credentials, String, Negotiated), RefuseReason> {
        let refuse = |error: crate::sdp::SdpError| RefuseReason::Offer(error.to_string());
        let offer = Offer::parse(offer).map_err(refuse)?;
        let mut credentials = Credentials::generate(&mut self.rng);
        credentials.ufrag.insert_str(0, &ufrag_prefix(self.worker));
        let local = LocalParams {
            credentials: &credentials,
            fingerprint: self.identity.fingerprint(),
            candidates: &self.config.candidates,
            previous,
        };
        let (sdp, negotiated) = answer(&offer, &local, &mut self.rng).map_err(refuse)?;
        Ok((credentials, sdp, negotiated))
    }

    fn insert_peer(
        &mut self,
        now: Instant,
        id: PeerId,
        (ice, dtls): (IceLite, Association),
        negotiated: Negotiated,
    ) -> Key {
        let mut slots = Vec::new();
        for slot in negotiated.receive.iter().take(MAX_SLOTS) {
            let random = self.rng.next_u32();
            slots.push(Slot::new(slot, (random as u16, (random >> 16) as u16)));
        }
        let limits = &self.config.limits;
        let [bad_packets, rtcp, resends] = Peer::floods(limits, now);
        let peer = Peer {
            id,
            ice,
            dtls,
            inbound: None,
            outbound: None,
            ufrags: Vec::new(),
            paths: Vec::new(),
            upstream: Upstream::new(&[], &[], now),
            slots,
            dirty: 0,
            ssrc: self.rng.next_u32(),
            armed: Armed::default(),
            attention: false,
            media_only: false,
            liveness: IceState::New,
            created: now,
            report_due: now + REPORT_INTERVAL,
            round_trip: None,
            allowance: Allowance::new(
                limits.sender_bits_per_second,
                limits.sender_packets_per_second,
                now,
            ),
            bad_packets,
            rtcp,
            resends,
            negotiated,
        };
        let send = peer.negotiated.send.clone();
        let key = self.peers.insert(peer);
        let mut tracks = Vec::new();
        for slot in &send {
            let source = SourceId {
                peer: id,
                kind: slot.kind,
            };
            // The peer may have lived on another worker before: what is left of it there goes.
            if let Some(old) = self.track_by_source.get(&source).copied() {
                self.drop_track(old);
            }
            let layers = slot.rids.len().max(slot.ssrcs.len());
            tracks.push(self.add_track(source, Origin::Peer(key), layers));
        }
        if let Some(peer) = self.peers.get_mut(key) {
            peer.upstream = Upstream::new(&send, &tracks, now);
        }
        key
    }

    /// Lets a local user fragment lead to a peer; the one before the last is forgotten.
    fn add_ufrag(&mut self, key: Key, ufrag: String) {
        self.peer_by_ufrag.insert(ufrag.clone(), key);
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        peer.ufrags.push(ufrag);
        if peer.ufrags.len() > 2 {
            let old = peer.ufrags.remove(0);
            self.peer_by_ufrag.remove(&old);
        }
    }

    /// Closes a peer and forgets everything of it.
    pub(super) fn close(&mut self, now: Instant, key: Key, reason: CloseReason) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        peer.dtls.stop(now);
        if let Some(path) = peer.ice.selected() {
            while let Some(datagram) = peer.dtls.poll_transmit() {
                self.outgoing.push(path, &datagram);
            }
        }
        for slot in 0..peer.slots.len() {
            self.clear_slot(key, slot as u8);
        }
        let Some(peer) = self.peers.remove(key) else {
            return;
        };
        for source in &peer.upstream.sources {
            self.drop_track(source.track);
        }
        for path in &peer.paths {
            if self.peer_by_path.get(path) == Some(&key) {
                self.peer_by_path.remove(path);
            }
            self.abandon(path);
        }
        for ufrag in &peer.ufrags {
            self.peer_by_ufrag.remove(ufrag);
        }
        self.peer_by_id.remove(&peer.id);
        self.stats.closed += 1;
        self.tell(Event::Closed {
            peer: peer.id,
            reason,
        });
    }
}
