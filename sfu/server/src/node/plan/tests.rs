use std::time::Duration;

use sfu_core::Plugs;

use super::*;
use crate::crossing::relink;
use crate::node::mailbox::{NodeEvents, mailbox};
use crate::node::watch::Pulse;
use crate::worker::{Death, Inbox, Reports, Told, Waker, inbox, reports};

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
