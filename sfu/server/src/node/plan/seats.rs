//! The plan's side of the workers: what is sent to them, and whether they can still be reached.

use std::time::Duration;

use sfu_core::{CloseReason, CrossingBatch, PeerId, WorkerId};

use super::{Placed, Plan, worker_id};
use crate::crossing::Link;
use crate::node::watch::Pulse;
use crate::tcp::Accepted;
use crate::worker::{Death, Handle, Message, Teller, Term, Told, Unheard};

impl Plan {
    /// Sends a message to a worker that has a thread. One that does not take it is as good as
    /// dead: what follows would not fit what it missed.
    pub(super) fn send(&mut self, worker: WorkerId, message: Message) {
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

    /// Has a worker panic, for a test.
    pub fn crash(&mut self, worker: usize) {
        if let Some(worker) = worker_id(worker) {
            self.send(worker, Message::Crash);
        }
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

    /// From now on no worker is missed.
    pub fn take_down(&mut self) {
        self.mouth = None;
    }

    /// Which thread a worker has, or will have next.
    pub fn term(&self, worker: WorkerId) -> Term {
        let seat = self.seats.get(usize::from(worker.0));
        seat.map_or_else(Term::default, |seat| seat.term)
    }

    /// Publishes whether a worker runs.
    fn show(&self, at: usize) {
        if let Some(seat) = self.seats.get(at) {
            let up = seat.up && !seat.still;
            self.health.set(at, up);
            self.metrics.set_up(at, up);
        }
    }
}
