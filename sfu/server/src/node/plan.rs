//! The node's plan: which peer is where, who waits for an answer, and the switchboard.

mod seats;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use sfu_core::{
    CloseReason, Command, Event, PeerId, RefuseReason, Switchboard, SwitchboardOutput, WorkerId,
};
use tokio::sync::oneshot;

use super::event::{MediaRefused, NodeEvent, close_label};
use super::health::Health;
use super::mailbox::Postbox;
use crate::config::Placement;
use crate::metrics::NodeMetrics;
use crate::worker::{Handle, Message, Mouth, Teller, Term};

/// The answer to an offer, sent once.
type Reply = oneshot::Sender<Result<String, MediaRefused>>;

/// One worker as the plan sees it.
struct Seat {
    handle: Handle,
    peers: usize,
    /// A thread is in its place that takes orders.
    up: bool,
    /// It has not gone round for a while.
    still: bool,
    term: Term,
}

/// One peer as the plan sees it.
struct Placed {
    worker: WorkerId,
    /// Who waits for the answer to the latest offer.
    reply: Option<Reply>,
    /// When the latest stage of its join was over; `None` once media has come.
    stage: Option<Instant>,
    /// The switchboard knows it.
    plugged: bool,
}

/// How workers are chosen for new peers; see [`crate::Config`].
#[derive(Clone, Copy)]
pub struct Placing {
    pub placement: Placement,
    pub filled_peers: usize,
    pub peers_per_worker: usize,
}

/// Everything that the control plane knows. Orders leave in the order of the calls.
pub struct Plan {
    switchboard: Switchboard,
    seats: Vec<Seat>,
    placed: HashMap<PeerId, Placed>,
    placing: Placing,
    spread: usize,
    events: Postbox,
    /// Where the plan tells that a worker does not take orders; none once the node is taken down.
    mouth: Option<Mouth>,
    health: Arc<Health>,
    metrics: NodeMetrics,
    /// No new peers are taken.
    pub draining: bool,
}

impl Plan {
    /// A plan without peers, for the workers behind `handles`.
    pub fn new(
        handles: Vec<Handle>,
        placing: Placing,
        (events, mouth): (Postbox, Mouth),
        (health, metrics): (Arc<Health>, NodeMetrics),
    ) -> Self {
        let seat = |handle| Seat {
            handle,
            peers: 0,
            up: true,
            still: false,
            term: Term::default(),
        };
        Self {
            switchboard: Switchboard::new(),
            seats: handles.into_iter().map(seat).collect(),
            placed: HashMap::new(),
            placing,
            spread: 0,
            events,
            mouth: Some(mouth),
            health,
            metrics,
            draining: false,
        }
    }

    /// Peers on all workers.
    pub fn peers(&self) -> usize {
        self.placed.len()
    }

    /// The names of all peers.
    pub fn peer_ids(&self) -> Vec<PeerId> {
        self.placed.keys().copied().collect()
    }

    /// Places a new peer and hands its offer to its worker.
    pub fn connect(
        &mut self,
        peer: PeerId,
        offer: String,
        beside: Option<PeerId>,
    ) -> Result<oneshot::Receiver<Result<String, MediaRefused>>, MediaRefused> {
        if self.draining {
            return Err(MediaRefused::Draining);
        }
        if self.events.is_full() {
            return Err(MediaRefused::Behind);
        }
        if self.placed.contains_key(&peer) {
            return Err(MediaRefused::WrongPeer);
        }
        let worker = self.place(beside).ok_or(MediaRefused::Full)?;
        let (reply, answer) = oneshot::channel();
        let stage = Some(Instant::now());
        self.placed.insert(
            peer,
            Placed {
                worker,
                reply: Some(reply),
                stage,
                plugged: false,
            },
        );
        self.seats[usize::from(worker.0)].peers += 1;
        self.order(worker, Command::Connect { peer, offer });
        Ok(answer)
    }

    /// Hands a connected peer's new offer to its worker.
    pub fn restart_ice(
        &mut self,
        peer: PeerId,
        offer: String,
    ) -> Result<oneshot::Receiver<Result<String, MediaRefused>>, MediaRefused> {
        let placed = self.placed.get_mut(&peer).ok_or(MediaRefused::WrongPeer)?;
        if placed
            .reply
            .as_ref()
            .is_some_and(|reply| !reply.is_closed())
        {
            return Err(MediaRefused::Busy);
        }
        let (reply, answer) = oneshot::channel();
        placed.reply = Some(reply);
        let worker = placed.worker;
        self.order(worker, Command::RestartIce { peer, offer });
        Ok(answer)
    }

    /// Changes the switchboard and carries out what follows.
    pub fn change(&mut self, change: impl FnOnce(&mut Switchboard)) {
        change(&mut self.switchboard);
        while let Some(output) = self.switchboard.poll_output() {
            match output {
                SwitchboardOutput::Order { worker, command } => self.order(worker, command),
                SwitchboardOutput::SlotsChanged { peer, slots } => {
                    self.tell(NodeEvent::Slots { peer, slots });
                }
            }
        }
    }

    /// Sends an order to the worker of a peer, if it has one.
    pub fn order_peer(&mut self, peer: PeerId, command: Command) {
        if let Some(placed) = self.placed.get(&peer) {
            let worker = placed.worker;
            self.order(worker, command);
        }
    }

    /// Sends an order to a worker.
    fn order(&mut self, worker: WorkerId, command: Command) {
        self.send(worker, Message::Command(command));
    }

    /// The worker for a new peer; `None` if all are full.
    fn place(&mut self, beside: Option<PeerId>) -> Option<WorkerId> {
        let most = self.placing.peers_per_worker;
        let has_room = |seat: &Seat| seat.up && !seat.still && seat.peers < most;
        if self.placing.placement == Placement::Spread {
            for _ in 0..self.seats.len() {
                let next = self.spread % self.seats.len();
                self.spread += 1;
                if has_room(&self.seats[next]) {
                    return worker_id(next);
                }
            }
            return None;
        }
        let beside = beside.and_then(|peer| Some(self.placed.get(&peer)?.worker));
        if let Some(worker) = beside.filter(|worker| has_room(&self.seats[usize::from(worker.0)])) {
            return Some(worker);
        }
        let seats = self
            .seats
            .iter()
            .enumerate()
            .filter(|(_, seat)| has_room(seat));
        // The first one that is not yet filled, else the least of those that are.
        let filled = self.placing.filled_peers;
        seats
            .min_by_key(|(_, seat)| if seat.peers < filled { 0 } else { seat.peers })
            .and_then(|(at, _)| worker_id(at))
    }

    /// Takes in an event of a worker. What a thread that was replaced still tells is of the past.
    pub fn handle_event(&mut self, teller: Teller, event: Event) {
        if self.term(teller.worker) != teller.term {
            return;
        }
        match event {
            Event::Answered { peer, sdp, plugs } => {
                self.answered(teller.worker, peer, sdp, plugs);
            }
            Event::Refused { peer, reason } => self.refused(peer, reason),
            Event::Connected { peer } => {
                self.stage_over(peer, "handshake", true);
                self.tell(NodeEvent::Connected { peer });
            }
            Event::Disconnected { peer } => self.tell(NodeEvent::Disconnected { peer }),
            Event::Recovered { peer } => self.tell(NodeEvent::Recovered { peer }),
            Event::Gone { peer } => self.tell(NodeEvent::Gone { peer }),
            Event::FirstPacket { source } => {
                self.stage_over(source.peer, "first_packet", false);
                self.tell(NodeEvent::FirstPacket {
                    peer: source.peer,
                    kind: source.kind,
                });
            }
            Event::SlotFlowing { peer, from, .. } => {
                self.tell(NodeEvent::FirstFrame {
                    peer,
                    from: from.peer,
                    kind: from.kind,
                });
            }
            Event::Levels { peer, level } => self.tell(NodeEvent::Level { peer, level }),
            Event::Quality { peer, quality } => self.tell(NodeEvent::Quality { peer, quality }),
            Event::Closed { peer, reason } => self.closed(peer, reason),
        }
    }

    fn answered(&mut self, worker: WorkerId, peer: PeerId, sdp: String, plugs: sfu_core::Plugs) {
        let Some(placed) = self.placed.get_mut(&peer) else {
            return;
        };
        let reply = placed.reply.take();
        if !placed.plugged {
            placed.plugged = true;
            self.stage_over(peer, "answer", true);
            self.change(|switchboard| switchboard.add_peer(peer, worker, plugs));
        }
        if let Some(reply) = reply {
            // Who asked may have left meanwhile; the peer then never connects and is closed.
            let _ = reply.send(Ok(sdp));
        }
    }

    fn refused(&mut self, peer: PeerId, reason: RefuseReason) {
        let Some(placed) = self.placed.get_mut(&peer) else {
            return;
        };
        if let Some(reply) = placed.reply.take() {
            let _ = reply.send(Err(reason.into()));
        }
        if !placed.plugged {
            self.forget(peer);
        }
    }

    fn closed(&mut self, peer: PeerId, reason: CloseReason) {
        self.forget(peer);
        self.change(|switchboard| switchboard.remove_peer(peer));
        self.metrics
            .closed
            .with_label_values(&[close_label(reason)])
            .inc();
        self.tell(NodeEvent::Closed { peer, reason });
    }

    fn forget(&mut self, peer: PeerId) {
        if let Some(placed) = self.placed.remove(&peer)
            && let Some(seat) = self.seats.get_mut(usize::from(placed.worker.0))
        {
            seat.peers = seat.peers.saturating_sub(1);
        }
    }

    /// Notes how long a stage of a join took; with `more`, the next one begins.
    fn stage_over(&mut self, peer: PeerId, stage: &str, more: bool) {
        let Some(placed) = self.placed.get_mut(&peer) else {
            return;
        };
        if let Some(began) = placed.stage.take() {
            let now = Instant::now();
            let took = now.saturating_duration_since(began).as_secs_f64();
            self.metrics.join.with_label_values(&[stage]).observe(took);
            placed.stage = more.then_some(now);
        }
    }

    fn tell(&self, event: NodeEvent) {
        self.events.put(event);
    }
}

fn worker_id(at: usize) -> Option<WorkerId> {
    u16::try_from(at).ok().map(WorkerId)
}

#[cfg(test)]
mod tests;
