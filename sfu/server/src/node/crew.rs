//! The workers' threads: put in their places, and in the place of one that died.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use rand::Rng;
use sfu_core::certificate::Identity;
use sfu_core::sdp::Candidate;
use sfu_core::{CrossingBatch, Limits, WorkerId};

use crate::addresses::announced;
use crate::config::Config;
use crate::crossing::{Ends, Link, RING_BATCHES, mesh, relink};
use crate::metrics::NodeMetrics;
use crate::trace::Trace;
use crate::worker::{Death, Equipment, Handle, Mouth, Seat, Teller, Term, Told, Worker, inbox};

/// A worker's running thread; it gives its trace back.
pub type Thread = std::thread::JoinHandle<Option<Trace>>;

/// Everything that a worker's thread is made of.
pub struct Crew {
    /// The node's settings.
    pub config: Config,
    /// The node's figures.
    pub metrics: NodeMetrics,
    /// The node's certificate, the same for every thread.
    pub identity: Arc<Identity>,
    /// The workers' places.
    pub seats: Vec<Seat>,
    /// The port for ICE over TCP.
    pub tcp_port: Option<u16>,
    /// Where the threads tell what happens; none once no more threads are made.
    pub mouth: Option<Mouth>,
    /// The threads that were made.
    pub threads: Vec<Thread>,
    /// The node's start.
    pub started: Instant,
}

impl Crew {
    /// Puts the first thread into every place; what reaches each of them.
    ///
    /// # Errors
    /// No descriptor or no thread is free.
    pub fn man_all(&mut self) -> anyhow::Result<Vec<Handle>> {
        let ends = mesh(self.seats.len(), RING_BATCHES);
        let man = |(at, ends)| self.man(at, Term::default(), ends);
        ends.into_iter().enumerate().map(man).collect()
    }

    /// Puts a new thread into the place of a worker, with rings to and from the others.
    ///
    /// # Errors
    /// No descriptor or no thread is free.
    pub fn replace(
        &mut self,
        at: usize,
        term: Term,
    ) -> anyhow::Result<(Handle, Vec<Link<CrossingBatch>>)> {
        self.threads.retain(|thread| !thread.is_finished());
        let (ends, links) = relink(at, self.seats.len(), RING_BATCHES);
        Ok((self.man(at, term, ends)?, links))
    }

    fn man(&mut self, at: usize, term: Term, ends: Ends<CrossingBatch>) -> anyhow::Result<Handle> {
        let mouth = self.mouth.clone().context("the node is being taken down")?;
        let seat = &self.seats[at];
        let teller = Teller {
            worker: WorkerId(u16::try_from(at)?),
            term,
        };
        let mut seed = [0; 32];
        rand::rng().fill_bytes(&mut seed);
        let (handle, inbox) = inbox(seat.waker());
        let equipment = Equipment {
            worker: teller.worker,
            core: core_config(&self.config, seat.local_addr().port(), self.tcp_port),
            identity: Arc::clone(&self.identity),
            seed,
            ends,
            wakers: self.seats.iter().map(Seat::waker).collect(),
            inbox,
            outbox: mouth.outbox(teller),
            started: self.started,
        };
        let worker = Worker::new(&self.config, &self.metrics, seat, equipment)
            .with_context(|| format!("starting media worker {at}"))?;
        let thread = std::thread::Builder::new().name(format!("media-{at}"));
        self.threads
            .push(thread.spawn(move || watched(worker, teller, &mouth))?);
        Ok(handle)
    }
}

/// What a worker's media server has to know.
fn core_config(config: &Config, udp_port: u16, tcp_port: Option<u16>) -> sfu_core::Config {
    let addresses = announced(config);
    let udp = addresses
        .iter()
        .map(|ip| Candidate::udp((*ip, udp_port).into()));
    let tcp = addresses
        .iter()
        .flat_map(|ip| tcp_port.map(|port| Candidate::tcp((*ip, port).into())));
    sfu_core::Config {
        candidates: udp.chain(tcp).collect(),
        limits: Limits {
            peers: config.peers_per_worker,
            sender_bits_per_second: config.peer_bits_per_second,
            sender_packets_per_second: config.peer_packets_per_second,
            ..Limits::default()
        },
    }
}

/// Runs a worker and tells if it ends without having been asked, even by a panic.
fn watched(worker: Worker, teller: Teller, mouth: &Mouth) -> Option<Trace> {
    let death = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| worker.run())) {
        Ok(Ok(trace)) => return trace,
        Ok(Err(error)) => {
            tracing::error!(%error, worker = teller.worker.0, "a media worker cannot go on");
            Death::Error
        }
        Err(_) => Death::Panic,
    };
    mouth.tell(teller, Told::Failed(death));
    None
}
