//! Putting a node together: sockets, rings, threads, tasks.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::Context;
use base::shutdown::Shutdown;
use sfu_core::certificate::Identity;
use tokio::sync::oneshot;

use super::control::{self, Ending};
use super::crew::Crew;
use super::health::Health;
use super::mailbox::{NodeEvents, mailbox};
use super::plan::{Placing, Plan};
use super::supervisor::{Alarm, Supervisor};
use super::{Inner, Node};
use crate::config::Config;
use crate::metrics::NodeMetrics;
use crate::tcp::Listener;
use crate::worker::{Seat, reports};

/// See [`Node::start`].
pub fn start(
    config: Config,
    registry: &prometheus::Registry,
    shutdown: Shutdown,
) -> anyhow::Result<(Node, NodeEvents)> {
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
    let (mouth, reports) = reports();
    let health = Arc::new(Health::new(seats.len()));
    let placing = Placing {
        placement: config.placement,
        filled_peers: config.filled_peers,
        peers_per_worker: config.peers_per_worker,
    };
    let trace = config.batch_trace.clone();
    let mut crew = Crew {
        config,
        metrics: metrics.clone(),
        identity: Arc::new(Identity::generate().context("making the node's certificate")?),
        seats,
        tcp_port,
        mouth: Some(mouth.clone()),
        threads: Vec::new(),
        started: Instant::now(),
    };
    let handles = crew.man_all()?;
    (0..handles.len()).for_each(|worker| metrics.set_up(worker, true));

    let (events, receiver) = mailbox(metrics.mailbox.clone());
    let told = (Arc::clone(&health), metrics.clone());
    let plan = Mutex::new(Plan::new(handles, placing, (events, mouth), told));
    let node = Node {
        inner: Arc::new(Inner {
            plan,
            health,
            metrics,
        }),
    };
    let (stop, stopped) = oneshot::channel();
    let supervisor = Supervisor::new(node.clone(), crew, shutdown.clone());
    let ending = Ending {
        listener: listener
            .map(|listener| tokio::spawn(hand_over(listener, node.clone(), shutdown.clone()))),
        supervisor: tokio::spawn(supervisor.run(reports, stopped)),
        stop,
        trace,
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
async fn hand_over(listener: Listener, node: Node, shutdown: Shutdown) {
    let _alarm = Alarm(shutdown);
    listener
        .run(move |worker, accepted| node.plan().hand_over(worker, accepted))
        .await;
}
