//! Putting a node together: sockets, rings, threads, tasks.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::Context;
use base::shutdown::Shutdown;
use rand::Rng;
use sfu_core::certificate::Identity;
use sfu_core::sdp::Candidate;
use sfu_core::{Limits, WorkerId};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::control::{self, Ending, Thread};
use super::event::NodeEvent;
use super::plan::{Placing, Plan};
use super::{Inner, Node};
use crate::addresses::announced;
use crate::config::Config;
use crate::crossing::{RING_BATCHES, mesh};
use crate::metrics::NodeMetrics;
use crate::tcp::Listener;
use crate::worker::{Equipment, Handle, Message, Outbox, Seat, Worker, outboxes};

/// See [`Node::start`].
pub fn start(
    config: Config,
    registry: &prometheus::Registry,
    shutdown: Shutdown,
) -> anyhow::Result<(Node, UnboundedReceiver<NodeEvent>)> {
    let mut faults = Vec::new();
    config.faults(&mut faults);
    anyhow::ensure!(faults.is_empty(), "{}", faults.join("; "));
    let metrics = NodeMetrics::register(registry).context("registering the media metrics")?;
    let seats = open_seats(&config)?;
    let listener = bind_listener(&config, &metrics)?;
    let tcp_port = listener
        .as_ref()
        .map(Listener::local_addr)
        .transpose()?
        .map(|a| a.port());
    let handles: Vec<Handle> = seats.iter().map(Seat::handle).collect();
    let (outboxes, reports) = outboxes(seats.len());
    let threads = start_workers(&config, &metrics, seats, outboxes, tcp_port)?;

    let (events, receiver) = unbounded_channel();
    let placing = Placing {
        placement: config.placement,
        filled_peers: config.filled_peers,
        peers_per_worker: config.peers_per_worker,
    };
    let plan = Mutex::new(Plan::new(handles.clone(), placing, events, metrics.clone()));
    let node = Node {
        inner: Arc::new(Inner { plan, metrics }),
    };
    tokio::spawn(control::read_reports(node.clone(), reports));
    let listener = listener.map(|listener| tokio::spawn(hand_over(listener, handles.clone())));
    let ending = Ending {
        handles,
        threads,
        listener,
        trace: config.batch_trace,
    };
    shutdown.spawn(control::end(node.clone(), shutdown.clone(), ending));
    Ok((node, receiver))
}

fn open_seats(config: &Config) -> anyhow::Result<Vec<Seat>> {
    (0..config.worker_count())
        .map(|worker| {
            let seat = Seat::open(config, worker)
                .with_context(|| format!("opening the UDP socket of media worker {worker}"))?;
            let (receive, send) = seat.buffer_sizes();
            let address = seat.local_addr();
            tracing::info!(worker, %address, receive, send, "media worker listens");
            Ok(seat)
        })
        .collect()
}

fn bind_listener(config: &Config, metrics: &NodeMetrics) -> anyhow::Result<Option<Listener>> {
    let Some(port) = config.tcp_port else {
        return Ok(None);
    };
    let address = SocketAddr::new(config.bind, port);
    let pending = config.pending_tcp_connections;
    Listener::bind(address, pending, metrics.listener.clone())
        .with_context(|| format!("listening for media over TCP on {address}"))
        .map(Some)
}

/// Gives each connection to the worker that its first frame names.
async fn hand_over(listener: Listener, handles: Vec<Handle>) {
    listener
        .run(move |worker, accepted| {
            if let Some(handle) = handles.get(usize::from(worker.0)) {
                // A worker that has ended leaves the connection to be closed.
                let _ = handle.send(Message::Stream(accepted));
            }
        })
        .await;
}

fn start_workers(
    config: &Config,
    metrics: &NodeMetrics,
    seats: Vec<Seat>,
    outboxes: Vec<Outbox>,
    tcp_port: Option<u16>,
) -> anyhow::Result<Vec<Thread>> {
    let identity = Arc::new(Identity::generate().context("making the node's certificate")?);
    let wakers: Vec<_> = seats.iter().map(Seat::waker).collect();
    let ends = mesh(seats.len(), RING_BATCHES);
    let started = Instant::now();
    let mut threads = Vec::new();
    for (at, ((seat, outbox), ends)) in seats.into_iter().zip(outboxes).zip(ends).enumerate() {
        let mut seed = [0; 32];
        rand::rng().fill_bytes(&mut seed);
        let equipment = Equipment {
            worker: WorkerId(u16::try_from(at)?),
            core: core_config(config, seat.local_addr().port(), tcp_port),
            identity: Arc::clone(&identity),
            seed,
            ends,
            wakers: wakers.clone(),
            outbox: outbox.clone(),
            started,
        };
        let worker = Worker::new(config, metrics, seat, equipment)
            .with_context(|| format!("starting media worker {at}"))?;
        metrics.set_up(at, true);
        let thread = std::thread::Builder::new().name(format!("media-{at}"));
        threads.push(thread.spawn(move || watched(worker, outbox))?);
    }
    Ok(threads)
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
            ..Limits::default()
        },
    }
}

/// Runs a worker and tells if it ends without having been asked, even by a panic.
fn watched(worker: Worker, mut outbox: Outbox) -> Option<crate::trace::Trace> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| worker.run())) {
        Ok(Ok(trace)) => trace,
        Ok(Err(error)) => {
            tracing::error!(%error, "a media worker cannot go on");
            outbox.tell_failed();
            None
        }
        Err(_) => {
            outbox.tell_failed();
            None
        }
    }
}
