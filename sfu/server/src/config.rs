//! Section `[media]` of the configuration.

use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Which worker gets a new peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Beside the peer that the caller names, else on the first worker that is not yet well
    /// filled, else where the fewest peers are.
    #[default]
    Beside,
    /// On the workers in turn, whoever is named: every pair is split. For measurements.
    Spread,
}

/// How a media node listens, what it announces, and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Worker threads; 0 for one per core.
    pub workers: usize,
    /// The address to listen on, for UDP and TCP; `::` takes IPv4 and IPv6 at every address.
    pub bind: IpAddr,
    /// The first worker's UDP port; the others take the following ones. 0 for free ports.
    pub udp_port: u16,
    /// The port for ICE over TCP, such as 443 for networks that let nothing else out; 0 for a
    /// free port. None: no TCP.
    pub tcp_port: Option<u16>,
    /// The addresses at which browsers reach the node, the best first. Empty: the address to
    /// listen on, or all the host's own addresses if that is a wildcard.
    pub announce: Vec<IpAddr>,
    /// Which worker gets a new peer.
    pub placement: Placement,
    /// Peers that a worker gets before the next one is used: a few busy workers cost less per
    /// packet than many that are half asleep.
    pub filled_peers: usize,
    /// Most peers on one worker.
    pub peers_per_worker: usize,
    /// Media of one peer that are taken, in bits per second; the rest is dropped. A camera in
    /// three layers and a screen need half of it.
    pub peer_bits_per_second: u64,
    /// Media of one peer that are taken, in packets per second; the rest is dropped.
    pub peer_packets_per_second: u32,
    /// How long a worker may stand still, in seconds, until another thread takes its place and
    /// its peers connect anew.
    pub worker_stalled_s: u32,
    /// How long a busy worker gathers datagrams before it handles them, in microseconds. Larger
    /// batches cost less per packet; every forwarded packet may be delayed by this much, and
    /// up to twice as much between workers.
    pub gather_us: u32,
    /// Bytes to ask for each UDP socket's receive and send buffer; the host may give less.
    pub socket_buffer_bytes: usize,
    /// Whether the kernel cuts runs of packets to one receiver (UDP segmentation offload).
    pub segmentation: bool,
    /// Most TCP connections that have not yet said for which peer they are. One source (an IPv4
    /// address, an IPv6 /64) gets half of them; beyond that the oldest of the greediest source is
    /// closed, since an honest one says it within a round trip.
    pub pending_tcp_connections: usize,
    /// Most TCP connections on one worker, all of peers that are known.
    pub tcp_connections_per_worker: usize,
    /// Most bytes that wait for one TCP connection's reader; a slower one is cut off.
    pub tcp_buffer_bytes: usize,
    /// A file for a record of all batches, written at the end; see [`crate::trace`]. For
    /// measurements: it grows in memory while the node runs.
    pub batch_trace: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            workers: 0,
            bind: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            udp_port: 0,
            tcp_port: None,
            announce: Vec::new(),
            placement: Placement::Beside,
            filled_peers: 64,
            peers_per_worker: 4_096,
            peer_bits_per_second: 10_000_000,
            peer_packets_per_second: 2_000,
            worker_stalled_s: 10,
            gather_us: 3_000,
            socket_buffer_bytes: crate::socket::SOCKET_BUFFER_BYTES,
            segmentation: true,
            pending_tcp_connections: 2_048,
            tcp_connections_per_worker: 4_096,
            tcp_buffer_bytes: 256 << 10,
            batch_trace: None,
        }
    }
}

impl Config {
    /// Adds one line per value that cannot be had.
    pub fn faults(&self, faults: &mut Vec<String>) {
        let workers = self.worker_count();
        if workers > MAX_WORKERS {
            faults.push(format!("media.workers must be at most {MAX_WORKERS}"));
        }
        if self.udp_port != 0 && usize::from(self.udp_port) + workers > 65_536 {
            faults.push(format!(
                "media.udp_port leaves no room for {workers} workers"
            ));
        }
        if self.announce.iter().any(IpAddr::is_unspecified) {
            faults.push("media.announce needs addresses that can be reached".to_owned());
        }
        if self.peers_per_worker == 0 {
            faults.push("media.peers_per_worker must be at least 1".to_owned());
        }
        if self.peer_bits_per_second < MIN_PEER_BITS_PER_SECOND {
            faults.push(format!(
                "media.peer_bits_per_second must be at least {MIN_PEER_BITS_PER_SECOND}"
            ));
        }
        if self.peer_packets_per_second < MIN_PEER_PACKETS_PER_SECOND {
            faults.push(format!(
                "media.peer_packets_per_second must be at least {MIN_PEER_PACKETS_PER_SECOND}"
            ));
        }
        if self.worker_stalled_s < MIN_WORKER_STALLED_S {
            faults.push(format!(
                "media.worker_stalled_s must be at least {MIN_WORKER_STALLED_S}"
            ));
        }
        if self.gather_us > MAX_GATHER_US {
            faults.push(format!("media.gather_us must be at most {MAX_GATHER_US}"));
        }
        if self.tcp_buffer_bytes < MIN_TCP_BUFFER_BYTES {
            faults.push(format!(
                "media.tcp_buffer_bytes must be at least {MIN_TCP_BUFFER_BYTES}"
            ));
        }
    }

    /// The number of worker threads: as configured, or one per core.
    #[must_use]
    pub fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism()
                .map_or(1, usize::from)
                .min(MAX_WORKERS),
            workers => workers,
        }
    }
}

/// Most worker threads; bounds the metrics' labels and the rings between workers.
pub const MAX_WORKERS: usize = 64;
/// Longest gathering, in microseconds.
const MAX_GATHER_US: u32 = 5_000;
/// What a microphone and a small camera need.
const MIN_PEER_BITS_PER_SECOND: u64 = 500_000;
/// The same in packets.
const MIN_PEER_PACKETS_PER_SECOND: u32 = 200;
/// A host that swaps is not yet a worker that stands still.
const MIN_WORKER_STALLED_S: u32 = 5;
/// A keyframe has to fit.
const MIN_TCP_BUFFER_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_free_of_faults() {
        let mut faults = Vec::new();
        Config::default().faults(&mut faults);
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn all_faults_are_told() {
        let config = Config {
            workers: 100,
            udp_port: 65_500,
            announce: vec![IpAddr::V6(Ipv6Addr::UNSPECIFIED)],
            peers_per_worker: 0,
            peer_bits_per_second: 1,
            peer_packets_per_second: 1,
            worker_stalled_s: 1,
            gather_us: 10_000,
            tcp_buffer_bytes: 1,
            ..Config::default()
        };
        let mut faults = Vec::new();
        config.faults(&mut faults);
        assert_eq!(faults.len(), 9, "{faults:?}");
    }
}
