//! Which peer a datagram belongs to: by its path, or by the user name of a STUN request.

use std::time::Instant;

use super::Sfu;
use crate::batch::Batch;
use crate::classify::{PacketKind, classify};
use crate::dtls::DtlsError;
use crate::event::{CloseReason, Event};
use crate::ice::{IceError, IceEvent, IceState};
use crate::path::{ConnectionId, LocalSocket, Path};
use crate::peer::flood::Verdict;
use crate::peer::{Peer, REPORT_INTERVAL};
use crate::prefetch::prefetch;
use crate::slab::Key;
use crate::srtp::{Inbound, Outbound, SrtpKeys};
use crate::stun::peek_username;

impl Sfu {
    /// Asks for everything that the batch's media will need, step by step: what one step asked
    /// for leads to what the next one asks for.
    pub(super) fn prefetch(&mut self, batch: &Batch) {
        let mut senders = std::mem::take(&mut self.senders);
        let mut last = None;
        for path in batch.paths() {
            if last == Some(path) {
                continue;
            }
            last = Some(path);
            if let Some(key) = self.peer_by_path.get(path) {
                self.peers.prefetch(*key);
                senders.push(*key);
            }
        }
        for peer in senders.iter().filter_map(|key| self.peers.get(*key)) {
            if let Some(inbound) = &peer.inbound {
                inbound.prefetch();
            }
            peer.upstream.prefetch();
        }
        let tracks = || {
            let peers = senders.iter().filter_map(|key| self.peers.get(*key));
            peers.flat_map(|peer| peer.upstream.sources.iter().map(|source| source.track))
        };
        tracks().for_each(|track| self.tracks.prefetch(track));
        for track in tracks().filter_map(|track| self.tracks.get(track)) {
            prefetch(&*track.layers);
        }
        for track in tracks().filter_map(|track| self.tracks.get(track)) {
            track.prefetch();
        }
        senders.clear();
        self.senders = senders;
    }

    pub(super) fn demultiplex(&mut self, now: Instant, batch: &mut Batch) {
        // Bursts come from one sender: its path is looked up once.
        let mut last: Option<(Path, Key)> = None;
        for index in 0..batch.len() {
            let Some((path, bytes)) = batch.datagram(index) else {
                continue;
            };
            self.stats.datagrams += 1;
            self.stats.received_bytes += bytes.len() as u64;
            let kind = classify(bytes);
            match kind {
                PacketKind::Stun => {
                    self.take_stun(now, path, bytes);
                    last = None;
                    continue;
                }
                PacketKind::Unknown => {
                    self.stats.drop_unknown_protocol += 1;
                    continue;
                }
                _ => {}
            }
            let known = match last {
                Some((known, key)) if known == path => Some(key),
                _ => self.peer_by_path.get(&path).copied(),
            };
            let Some(key) = known else {
                self.stats.drop_unknown_path += 1;
                continue;
            };
            last = Some((path, key));
            match kind {
                PacketKind::Rtp => self.take_rtp(now, key, bytes),
                PacketKind::Rtcp => self.take_rtcp(now, key, bytes),
                _ => self.take_dtls(now, key, path, bytes),
            }
        }
    }

    fn take_stun(&mut self, now: Instant, path: Path, bytes: &[u8]) {
        // A name that nobody has costs a look-up and gets no answer, so it needs no limit.
        let key = peek_username(bytes)
            .and_then(|name| self.peer_by_ufrag.get(name))
            .copied();
        if key.is_some_and(|key| self.is_held(now, &path, key)) {
            self.stats.drop_path_held += 1;
            return;
        }
        let Some((key, peer)) = key.and_then(|key| Some((key, self.peers.get_mut(key)?))) else {
            self.stats.drop_bad_stun += 1;
            return;
        };
        let mut reply = std::mem::take(&mut self.scratch);
        let before = peer.ice.selected();
        let result = peer.ice.handle_binding(now, path, bytes, &mut reply);
        match result {
            Ok(event) => {
                self.outgoing.push(path, &reply);
                if event != IceEvent::Repeated {
                    self.learn_path(key, path);
                }
                if event == IceEvent::Nominated && before.is_none() {
                    self.wake_routes(now, key);
                }
                self.look_at(key);
            }
            Err(error) => self.refuse_stun(now, path, (error, &reply)),
        }
        self.scratch = reply;
    }

    /// Counts a check that failed and answers it, within the rate of its source: everyone can send
    /// such checks, so they never use up what those that pass need.
    fn refuse_stun(&mut self, now: Instant, path: Path, (error, reply): (IceError, &[u8])) {
        match error {
            IceError::Copied => self.stats.drop_check_copied += 1,
            IceError::TooOften => self.stats.drop_check_rate += 1,
            _ if reply.is_empty() => self.stats.drop_bad_stun += 1,
            _ if !self.strangers.admit(now, path.remote.ip()) => {
                self.stats.drop_stranger_rate += 1;
            }
            _ => {
                self.stats.drop_bad_stun += 1;
                self.outgoing.push(path, reply);
            }
        }
    }

    /// Whether media of another peer than `key` come and go over a path now. A check that names
    /// somebody else does not take it away: whoever can write a neighbour's address on a check of
    /// his own would silence him. Once the neighbour is gone from it, the path is free.
    fn is_held(&self, now: Instant, path: &Path, key: Key) -> bool {
        let owner = self.peer_by_path.get(path).filter(|owner| **owner != key);
        owner
            .and_then(|owner| self.peers.get(*owner))
            .is_some_and(|peer| {
                peer.can_send()
                    && peer.ice.selected() == Some(*path)
                    && peer.ice.state(now) == IceState::Connected
            })
    }

    /// Lets a path lead to a peer from now on: an authenticated check came over it.
    fn learn_path(&mut self, key: Key, path: Path) {
        if self.peer_by_path.get(&path) == Some(&key) {
            return;
        }
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        if peer.paths.len() >= self.config.limits.paths_per_peer {
            self.stats.limit_paths += 1;
            let selected = peer.ice.selected();
            let Some(oldest) = peer.paths.iter().position(|old| Some(*old) != selected) else {
                return;
            };
            let old = peer.paths.remove(oldest);
            peer.ice.forget(&old);
            if self.peer_by_path.get(&old) == Some(&key) {
                self.peer_by_path.remove(&old);
            }
            self.abandon(&old);
        }
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        peer.paths.retain(|old| *old != path);
        peer.paths.push(path);
        if let LocalSocket::Tcp(connection) = path.local {
            self.stream_paths.insert(connection, path);
        }
        self.peer_by_path.insert(path, key);
    }

    /// Lets go of a TCP connection that is no peer's any more: the shell has to close it.
    pub(super) fn abandon(&mut self, path: &Path) {
        if let LocalSocket::Tcp(connection) = path.local
            && self.stream_paths.remove(&connection).is_some()
        {
            self.abandoned.push(connection);
        }
    }

    /// Whether an authentic check came over a path, and it leads to a peer since.
    #[must_use]
    pub fn knows_path(&self, path: &Path) -> bool {
        self.peer_by_path.get(path).is_some()
    }

    /// The next TCP connection that is no peer's any more, to be closed once what waits for it has
    /// been sent.
    pub fn poll_abandoned(&mut self) -> Option<ConnectionId> {
        self.abandoned.pop()
    }

    fn take_dtls(&mut self, now: Instant, key: Key, path: Path, bytes: &[u8]) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        if !peer.ice.is_validated(&path) {
            self.stats.drop_bad_dtls += 1;
            return;
        }
        let complete = peer.dtls.is_complete();
        match peer.dtls.handle_datagram(now, bytes) {
            // The peer's goodbye.
            Err(DtlsError::Ended) if complete => {}
            Err(_) => self.stats.drop_bad_dtls += 1,
            Ok(()) => {}
        }
        self.drain_dtls(now, key, Some(path));
        self.look_at(key);
    }

    /// Sends what the handshake has to say, and takes its keys or its end.
    pub(super) fn drain_dtls(&mut self, now: Instant, key: Key, path: Option<Path>) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let path = path.or(peer.ice.selected()).or(peer.paths.last().copied());
        while let Some(datagram) = peer.dtls.poll_transmit() {
            if let Some(path) = path {
                self.outgoing.push(path, &datagram);
            }
        }
        if let Some(keys) = peer.dtls.take_keys() {
            self.take_keys(now, key, &keys);
        } else if peer.dtls.is_failed() {
            let reason = match peer.outbound {
                Some(_) => CloseReason::Hangup,
                None => CloseReason::HandshakeFailed,
            };
            self.close(now, key, reason);
        }
    }

    fn take_keys(&mut self, now: Instant, key: Key, keys: &SrtpKeys) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let (Ok(inbound), Ok(outbound)) = (Inbound::new(keys), Outbound::new(keys)) else {
            return self.close(now, key, CloseReason::HandshakeFailed);
        };
        peer.inbound = Some(inbound);
        peer.outbound = Some(outbound);
        peer.report_due = now + REPORT_INTERVAL;
        let peer = peer.id;
        self.stats.connected += 1;
        self.tell(Event::Connected { peer });
        self.wake_routes(now, key);
    }

    /// Counts an authentic packet that did not parse; a lasting flood closes the peer. Packets
    /// that are not authentic never come here: anyone who knows the peer's address can send them.
    pub(super) fn note_bad_packet(&mut self, now: Instant, key: Key) {
        let flood = |peer: &mut Peer| peer.bad_packets.note(now) == Verdict::Flood;
        if self.peers.get_mut(key).is_some_and(flood) {
            self.stats.limit_floods += 1;
            self.close(now, key, CloseReason::Flood);
        }
    }
}
