//! One worker's media server: peers, tracks and routes of one thread.
//!
//! The hot path is `demux` → `media` (open, order, into the ring) → `fanout` (receiver by
//! receiver, out of the ring, sealed into the arena). Nothing on it locks, walks all peers or
//! allocates for a receiver: a packet touches its sender, its track and the track's receivers.

mod commands;
mod crossing;
mod demux;
mod fanout;
mod media;
mod peers;
mod rtcp;
mod ticks;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::batch::Batch;
use crate::certificate::Identity;
use crate::command::Command;
use crate::config::Config;
use crate::crossing::{CrossingBatch, Crossings};
use crate::deadlines::Deadlines;
use crate::event::Event;
use crate::ids::{PeerId, SourceId, WorkerId};
use crate::lookup::LookupMap;
use crate::path::{ConnectionId, Path};
use crate::peer::Peer;
use crate::slab::{Key, Slab};
use crate::stats::Stats;
use crate::stranger::Strangers;
use crate::track::Track;
use crate::transmit::{Outgoing, Transmit};

/// The media server of one worker thread. It owns no socket, no clock and no lock: the shell gives
/// it inputs and after each one drains `transmits`, `poll_crossing`, `poll_event`,
/// `poll_abandoned` and `poll_timeout`.
pub struct Sfu {
    config: Config,
    worker: WorkerId,
    identity: Arc<Identity>,
    rng: StdRng,
    start: Instant,
    peers: Slab<Peer>,
    peer_by_id: LookupMap<PeerId, Key>,
    peer_by_path: LookupMap<Path, Key>,
    peer_by_ufrag: LookupMap<String, Key>,
    stream_paths: LookupMap<ConnectionId, Path>,
    tracks: Slab<Track>,
    track_by_source: LookupMap<SourceId, Key>,
    strangers: Strangers,
    deadlines: Deadlines,
    outgoing: Outgoing,
    crossings: Crossings,
    events: VecDeque<Event>,
    stats: Stats,
    /// Senders of the batch at hand.
    senders: Vec<Key>,
    /// Tracks with packets that were not fanned out yet.
    dirty_tracks: Vec<Key>,
    /// Peers with slots whose tracks have such packets.
    dirty_receivers: Vec<Key>,
    /// Peers to look at before the input ends.
    attention: Vec<Key>,
    /// Keyframes to ask for: track, layer.
    wanted_keyframes: Vec<(Key, u8)>,
    /// TCP connections that are no peer's any more.
    abandoned: Vec<ConnectionId>,
    scratch: Vec<u8>,
    lost: Vec<u16>,
}

impl Sfu {
    /// A worker without peers. `seed` feeds every random number that it draws.
    pub fn new(
        config: Config,
        worker: WorkerId,
        identity: Arc<Identity>,
        seed: [u8; 32],
        now: Instant,
    ) -> Sfu {
        let mut rng = StdRng::from_seed(seed);
        let mut pair = || [rng.next_u64(), rng.next_u64()];
        Sfu {
            peer_by_id: LookupMap::new(pair()),
            peer_by_path: LookupMap::new(pair()),
            peer_by_ufrag: LookupMap::new(pair()),
            stream_paths: LookupMap::new(pair()),
            track_by_source: LookupMap::new(pair()),
            strangers: Strangers::new(
                config.limits.stranger_requests_per_second,
                rng.next_u64(),
                now,
            ),
            crossings: Crossings::new(worker, config.limits.crossing_packets),
            config,
            worker,
            identity,
            rng,
            start: now,
            peers: Slab::default(),
            tracks: Slab::default(),
            deadlines: Deadlines::default(),
            outgoing: Outgoing::default(),
            events: VecDeque::new(),
            stats: Stats::default(),
            senders: Vec::new(),
            dirty_tracks: Vec::new(),
            dirty_receivers: Vec::new(),
            attention: Vec::new(),
            wanted_keyframes: Vec::new(),
            abandoned: Vec::new(),
            scratch: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// Takes in a batch of datagrams; they are opened in place.
    pub fn handle_datagrams(&mut self, now: Instant, batch: &mut Batch) {
        self.prefetch(batch);
        self.demultiplex(now, batch);
        self.settle(now);
    }

    /// Carries out an order of the shell.
    pub fn handle_command(&mut self, now: Instant, command: Command) {
        self.carry_out(now, command);
        self.settle(now);
    }

    /// Takes in what another worker hands over.
    pub fn handle_crossing(&mut self, now: Instant, batch: CrossingBatch) {
        self.take_crossing(now, batch);
        self.settle(now);
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, key)) = self.deadlines.pop_due(now) {
            let live = self
                .peers
                .get_mut(key)
                .is_some_and(|peer| peer.armed.take_if(at));
            if live {
                self.look_at(key);
            }
        }
        self.settle(now);
    }

    /// Everything that waits to be sent, in order; the shell sends it all (in one `sendmmsg`, if
    /// it can) and then calls [`Sfu::clear_transmits`].
    pub fn transmits(&self) -> impl Iterator<Item = Transmit<'_>> {
        self.outgoing.iter()
    }

    /// Forgets what [`Sfu::transmits`] showed.
    pub fn clear_transmits(&mut self) {
        self.outgoing.clear();
    }

    /// The next thing to send, one at a time: for shells without batched sends.
    pub fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        self.outgoing.poll()
    }

    /// The next batch for another worker.
    pub fn poll_crossing(&mut self) -> Option<(WorkerId, CrossingBatch)> {
        self.crossings.poll()
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Sfu::handle_timeout`] is wanted.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.earliest()
    }

    /// The counters.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Finishes an input: what came in goes out, and peers that need it are looked at.
    fn settle(&mut self, now: Instant) {
        self.fan_out(now);
        while let Some(key) = self.attention.pop() {
            match self.peers.get_mut(key) {
                Some(peer) if peer.can_wait() => peer.attention = false,
                _ => self.tick(now, key),
            }
        }
        self.stats.peers = self.peers.len() as u64;
        self.stats.tracks = self.tracks.len() as u64;
    }

    /// Makes sure that a peer is looked at before the input ends.
    fn look_at(&mut self, key: Key) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        peer.media_only = false;
        if !std::mem::replace(&mut peer.attention, true) {
            self.attention.push(key);
        }
    }

    fn tell(&mut self, event: Event) {
        let closing = matches!(event, Event::Closed { .. } | Event::Gone { .. });
        if self.events.len() < self.config.limits.events || closing {
            self.events.push_back(event);
        } else {
            self.stats.drop_events += 1;
        }
    }

    /// Our clock as an NTP time; its epoch is arbitrary (RFC 3550 §4 allows elapsed time).
    fn ntp(&self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.start);
        let fraction = (u64::from(elapsed.subsec_nanos()) << 32) / 1_000_000_000;
        (NTP_START.wrapping_add(elapsed.as_secs()) << 32) | fraction
    }
}

/// Seconds of the NTP time at which a worker starts; zero would look like "no report yet".
const NTP_START: u64 = 1 << 20;
