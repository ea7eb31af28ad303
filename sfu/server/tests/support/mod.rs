//! What the node's tests share: a node in process, conditions to wait for, and figures to read.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod brake;
pub mod peer;
pub mod relay;

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use base::shutdown::Shutdown;
use peer::Peer;
use prometheus::Registry;
use sfu_server::{Config, Node, NodeEvent, NodeEvents, PeerId};

/// The longest that a test waits for anything; a condition that holds ends the wait at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// A node on loopback with its events and figures.
pub struct TestNode {
    pub node: Node,
    pub events: NodeEvents,
    pub registry: Registry,
    pub shutdown: Shutdown,
}

/// Settings for a node on loopback, on free ports.
pub fn loopback(workers: usize) -> Config {
    Config {
        workers,
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        ..Config::default()
    }
}

impl TestNode {
    pub fn start(config: Config) -> Self {
        let registry = Registry::new();
        let shutdown = Shutdown::new(Duration::from_secs(5));
        let (node, events) = Node::start(config, &registry, shutdown.clone()).unwrap();
        Self {
            node,
            events,
            registry,
            shutdown,
        }
    }

    /// Reads events until one of `peer` is as wanted.
    pub async fn event(&mut self, wanted: impl Fn(&NodeEvent) -> bool) -> NodeEvent {
        let found = async {
            loop {
                let event = self.events.recv().await.expect("the node ended");
                if wanted(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(PATIENCE, found)
            .await
            .expect("the event did not come")
    }

    pub async fn connected(&mut self, peer: PeerId) {
        self.event(|event| *event == NodeEvent::Connected { peer })
            .await;
    }

    /// The sum of a metric over its labels, or over those lines that contain `label`.
    pub fn figure(&self, name: &str, label: &str) -> f64 {
        let families = self.registry.gather();
        let family = families
            .iter()
            .find(|family| family.name() == name)
            .unwrap_or_else(|| panic!("no metric is called {name}"));
        let chosen = family.get_metric().iter().filter(|metric| {
            label.is_empty() || metric.get_label().iter().any(|pair| pair.value() == label)
        });
        chosen
            .map(|metric| metric.get_counter().get_value() + metric.get_gauge().get_value())
            .sum()
    }

    /// Waits until a metric is at least `least`.
    pub async fn figure_reaches(&self, name: &str, label: &str, least: f64) {
        until(name, async || self.figure(name, label) >= least).await;
    }

    /// Ends the node and waits until it is down.
    pub async fn end(self) {
        self.shutdown.trigger();
        assert!(
            self.shutdown.drained().await,
            "the node did not end in time"
        );
    }
}

/// Speaks until `to` has heard it.
pub async fn hears(from: &Peer, to: &Peer, word: &[u8]) {
    until("the sound", async || {
        from.speak(word).await;
        to.heard(word) > 0
    })
    .await;
}

/// The UDP port of the worker that made an answer.
pub fn port_of(answer: &str) -> u16 {
    let candidate = answer
        .lines()
        .find(|line| line.starts_with("a=candidate") && line.contains(" udp "));
    let port = candidate.and_then(|line| line.split(' ').nth(5)?.parse().ok());
    port.expect("an answer has a UDP candidate")
}

/// Waits until `holds` is true.
pub async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "{what} did not come true");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
