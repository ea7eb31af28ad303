//! The node's plan: which peer is where, who waits for an answer, and the switchboard.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sfu_core::{
    CloseReason, Command, CrossingBatch, Event, PeerId, RefuseReason, Switchboard,
    SwitchboardOutput, WorkerId,
};
use tokio::sync::oneshot;

use super::event::{MediaRefused, NodeEvent, close_label};
use super::health::Health;
use super::mailbox::Postbox;
use super::watch::Pulse;
use crate::config::Placement;
use crate::crossing::Link;
use crate::metrics::NodeMetrics;
use crate::tcp::Accepted;
use crate::worker::{Death, Handle, Message, Mouth, Teller, Term, Told, Unheard};

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

    /// Sends a message to a worker that has a thread. One that does not take it is as good as
    /// dead: what follows would not fit what it missed.
    fn send(&mut self, worker: WorkerId, message: Message) {
        let at = usize::from(worker.0);
        let Some(seat) = self.seats.get_mut(at).filter(|seat| seat.up) else {
            return;
        };
        let Err(unheard) = seat.handle.send(message) else {
            return;
        };
        seat.up = false;
        let term = seat.term;
        tracing::error!(worker = worker.0, %unheard, "an order cannot be given");
        self.metrics.orders_lost.inc();
        self.show(at);
        // A thread that ended has told so, or is about to.
        if let Some(mouth) = self.mouth.as_ref().filter(|_| unheard == Unheard::Full) {
            mouth.tell(Teller { worker, term }, Told::Failed(Death::Deaf));
        }
    }

    /// Sends a message to every worker.
    pub fn tell_all(&mut self, message: impl Fn() -> Message) {
        for worker in (0..self.seats.len()).filter_map(worker_id) {
            self.send(worker, message());
        }
    }

    /// Has a worker panic, for a test.
    pub fn crash(&mut self, worker: usize) {
        if let Some(worker) = worker_id(worker) {
            self.send(worker, Message::Crash);
        }
    }

    /// Hands a TCP connection to the worker that its first frame names. A worker that has too many
    /// of them to look at leaves it to be closed.
    pub fn hand_over(&self, worker: WorkerId, accepted: Accepted) {
        let seat = self.seats.get(usize::from(worker.0)).filter(|seat| seat.up);
        let taken = seat.map(|seat| seat.handle.send(Message::Stream(accepted)));
        let counters = &self.metrics.listener;
        match taken {
            Some(Ok(())) => counters.accepted.inc(),
            Some(Err(_)) | None => counters.not_taken.inc(),
        }
    }

    /// Which thread a worker has, or will have next.
    pub fn term(&self, worker: WorkerId) -> Term {
        let seat = self.seats.get(usize::from(worker.0));
        seat.map_or_else(Term::default, |seat| seat.term)
    }

    /// From now on no worker is missed.
    pub fn take_down(&mut self) {
        self.mouth = None;
    }

    /// Looks whether every worker goes round; those that have not for so long. One that stands
    /// still gets no new peers.
    pub fn look(&mut self, pulses: &mut [Pulse], stalled_after: Duration) -> Vec<Teller> {
        let mut stalled = Vec::new();
        for (at, pulse) in pulses.iter_mut().enumerate() {
            let Some((seat, worker)) = self.seats.get_mut(at).zip(worker_id(at)) else {
                continue;
            };
            self.metrics.set_waiting(at, seat.handle.waiting());
            if !seat.up {
                continue;
            }
            pulse.look(seat.handle.beats());
            seat.still = pulse.is_still();
            if pulse.is_still_for(stalled_after) {
                let term = seat.term;
                stalled.push(Teller { worker, term });
            }
            self.show(at);
        }
        stalled
    }

    /// Publishes whether a worker runs.
    fn show(&self, at: usize) {
        if let Some(seat) = self.seats.get(at) {
            let up = seat.up && !seat.still;
            self.health.set(at, up);
            self.metrics.set_up(at, up);
        }
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

    /// A worker's thread is dead, or as good as dead: its peers are lost, the others go on. False:
    /// that is known already.
    pub fn worker_failed(&mut self, teller: Teller, death: Death) -> bool {
        let worker = teller.worker;
        let at = usize::from(worker.0);
        let Some(seat) = self
            .seats
            .get_mut(at)
            .filter(|seat| seat.term == teller.term)
        else {
            return false;
        };
        seat.up = false;
        seat.term.0 += 1;
        seat.handle.dismiss();
        self.show(at);
        self.metrics
            .deaths
            .with_label_values(&[death.label()])
            .inc();
        let on_it = |(peer, placed): (&PeerId, &Placed)| (placed.worker == worker).then_some(*peer);
        let lost: Vec<PeerId> = self.placed.iter().filter_map(on_it).collect();
        tracing::error!(
            worker = worker.0,
            peers = lost.len(),
            cause = death.label(),
            "a media worker has ended"
        );
        for peer in lost {
            self.closed(peer, CloseReason::Gone);
        }
        true
    }

    /// A new thread is in a worker's place: what reaches it, and the rings that the others get.
    pub fn take_over(&mut self, worker: WorkerId, handle: Handle, links: Vec<Link<CrossingBatch>>) {
        let at = usize::from(worker.0);
        let Some(seat) = self.seats.get_mut(at) else {
            return;
        };
        seat.handle = handle;
        seat.up = true;
        seat.still = false;
        self.show(at);
        for Link { other, to, from } in links {
            if let Some(other) = worker_id(other) {
                self.send(other, Message::Rings { worker, to, from });
            }
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
mod tests {
    use sfu_core::Plugs;

    use super::*;
    use crate::crossing::relink;
    use crate::node::mailbox::{NodeEvents, mailbox};
    use crate::worker::{Inbox, Reports, Waker, inbox, reports};

    struct Setting {
        plan: Plan,
        inboxes: Vec<Inbox>,
        events: NodeEvents,
        reports: Reports,
    }

    fn teller(worker: u16) -> Teller {
        Teller {
            worker: WorkerId(worker),
            term: Term(0),
        }
    }

    fn setting(placement: Placement, filled_peers: usize, peers_per_worker: usize) -> Setting {
        let (handles, inboxes) = (0..2).map(|_| inbox(Waker::new().unwrap())).unzip();
        let metrics = NodeMetrics::register(&prometheus::Registry::new()).unwrap();
        let (postbox, events) = mailbox(metrics.mailbox.clone());
        let (mouth, reports) = reports();
        let health = Arc::new(Health::new(2));
        let placing = Placing {
            placement,
            filled_peers,
            peers_per_worker,
        };
        Setting {
            plan: Plan::new(handles, placing, (postbox, mouth), (health, metrics)),
            inboxes,
            events,
            reports,
        }
    }

    impl Setting {
        fn connect(&mut self, peer: u64, beside: Option<u64>) -> Result<u16, MediaRefused> {
            let peer = PeerId(peer);
            self.plan.connect(peer, String::new(), beside.map(PeerId))?;
            Ok(self.plan.placed[&peer].worker.0)
        }

        /// The orders that a worker got.
        fn orders(&self, worker: usize) -> Vec<Command> {
            let command = |message| match message {
                Message::Command(command) => Some(command),
                _ => None,
            };
            std::iter::from_fn(|| self.inboxes[worker].next())
                .filter_map(command)
                .collect()
        }
    }

    #[test]
    fn workers_are_filled_one_after_the_other_and_then_evenly() {
        let mut setting = setting(Placement::Beside, 2, 4);
        let workers: Vec<_> = (0..8)
            .map(|peer| setting.connect(peer, None).unwrap())
            .collect();
        assert_eq!(workers, [0, 0, 1, 1, 0, 1, 0, 1]);
        assert_eq!(setting.connect(9, None), Err(MediaRefused::Full));
        assert_eq!(setting.orders(0).len(), 4);
    }

    #[test]
    fn a_peer_goes_beside_the_one_it_will_meet_while_there_is_room() {
        let mut setting = setting(Placement::Beside, 1, 3);
        assert_eq!(setting.connect(1, None), Ok(0));
        assert_eq!(setting.connect(2, None), Ok(1));
        assert_eq!(setting.connect(3, Some(2)), Ok(1));
        assert_eq!(setting.connect(4, Some(2)), Ok(1));
        assert_eq!(setting.connect(5, Some(2)), Ok(0), "worker 1 is full");
        assert_eq!(setting.connect(6, Some(77)), Ok(0), "nobody knows peer 77");
    }

    #[test]
    fn spreading_splits_every_pair() {
        let mut setting = setting(Placement::Spread, 64, 64);
        let workers: Vec<_> = (1..5)
            .map(|peer| setting.connect(peer, Some(peer - 1)).unwrap())
            .collect();
        assert_eq!(workers, [0, 1, 0, 1]);
    }

    #[test]
    fn a_refused_peer_leaves_its_place_and_may_try_again() {
        let mut setting = setting(Placement::Beside, 1, 1);
        let mut answer = setting
            .plan
            .connect(PeerId(1), String::new(), None)
            .unwrap();
        let reason = RefuseReason::Offer("no".to_owned());
        setting.plan.handle_event(
            teller(0),
            Event::Refused {
                peer: PeerId(1),
                reason,
            },
        );
        let refused = Err(MediaRefused::Offer("no".to_owned()));
        assert_eq!(answer.try_recv().unwrap(), refused);
        assert_eq!(setting.plan.peers(), 0);
        assert_eq!(setting.connect(1, None), Ok(0));
    }

    #[test]
    fn a_worker_that_ended_loses_its_peers_and_gets_no_more() {
        let mut setting = setting(Placement::Beside, 1, 9);
        setting.connect(1, None).unwrap();
        setting.connect(2, None).unwrap();
        for (worker, peer) in [(0, 1), (1, 2)] {
            let (sdp, plugs) = (String::new(), Plugs::default());
            let answered = Event::Answered {
                peer: PeerId(peer),
                sdp,
                plugs,
            };
            setting.plan.handle_event(teller(worker), answered);
        }
        assert!(setting.plan.worker_failed(teller(0), Death::Panic));
        assert!(!setting.plan.worker_failed(teller(0), Death::Deaf));
        let closed = NodeEvent::Closed {
            peer: PeerId(1),
            reason: CloseReason::Gone,
        };
        assert_eq!(setting.events.try_recv(), Some(closed));
        assert_eq!(setting.plan.peers(), 1);
        assert_eq!(setting.connect(3, None), Ok(1));
    }

    #[test]
    fn a_worker_that_was_replaced_takes_peers_again_and_its_former_thread_is_not_heard() {
        let mut setting = setting(Placement::Beside, 1, 9);
        setting.connect(1, None).unwrap();
        setting.plan.worker_failed(teller(0), Death::Panic);
        assert_eq!(setting.plan.health.now().up, 1);
        let (handle, inbox) = inbox(Waker::new().unwrap());
        let (_, links) = relink(0, 2, 4);
        setting.plan.take_over(WorkerId(0), handle, links);
        setting.inboxes[0] = inbox;
        assert_eq!(setting.plan.health.now().up, 2);
        let rings = setting.inboxes[1].next();
        assert!(matches!(
            rings,
            Some(Message::Rings {
                worker: WorkerId(0),
                ..
            })
        ));
        assert_eq!(setting.connect(1, None), Ok(0));
        assert_eq!(setting.orders(0).len(), 1);
        while setting.events.try_recv().is_some() {}
        let peer = PeerId(1);
        let late = Event::Closed {
            peer,
            reason: CloseReason::Hangup,
        };
        setting.plan.handle_event(teller(0), late);
        assert_eq!(setting.events.try_recv(), None);
        assert_eq!(setting.plan.peers(), 1);
    }

    #[tokio::test]
    async fn an_order_that_does_not_fit_is_told_and_the_worker_counts_as_dead() {
        let mut setting = setting(Placement::Beside, 9, 9);
        setting.connect(1, None).unwrap();
        let remove = || Command::Remove { peer: PeerId(1) };
        for _ in 0..100_000 {
            setting.plan.order_peer(PeerId(1), remove());
        }
        assert_eq!(setting.plan.metrics.orders_lost.get(), 1);
        assert_eq!(setting.plan.health.now().up, 1);
        let (told, Told::Failed(Death::Deaf)) = setting.reports.next().await.unwrap() else {
            panic!("another report");
        };
        assert!(setting.plan.worker_failed(told, Death::Deaf));
        assert_eq!(setting.plan.peers(), 0);
        assert_eq!(setting.connect(2, None), Ok(1));
    }

    #[test]
    fn a_worker_that_does_not_go_round_is_seen_gets_no_peers_and_is_given_up() {
        let mut setting = setting(Placement::Beside, 1, 9);
        let mut pulses = [Pulse::default(); 2];
        let mut stalled = Vec::new();
        for look in 1..=20 {
            setting.inboxes[1].beat();
            stalled = setting.plan.look(&mut pulses, Duration::from_secs(10));
            assert_eq!(stalled.is_empty(), look < 20, "look {look}");
            assert_eq!(setting.plan.health.now().up, if look < 6 { 2 } else { 1 });
        }
        assert_eq!(stalled, [teller(0)]);
        assert_eq!(setting.connect(1, None), Ok(1), "it gets no new peers");
        setting.inboxes[0].beat();
        setting.plan.look(&mut pulses, Duration::from_secs(10));
        assert_eq!(setting.plan.health.now().up, 2, "it goes round again");
    }

    #[test]
    fn a_second_restart_waits_for_the_first() {
        let mut setting = setting(Placement::Beside, 1, 9);
        setting.connect(1, None).unwrap();
        let offer = String::new;
        let mut restart = || setting.plan.restart_ice(PeerId(1), offer());
        let first = restart().unwrap();
        assert_eq!(restart().err(), Some(MediaRefused::Busy));
        drop(first);
        assert!(restart().is_ok(), "nobody waits for the first any more");
    }
}
