//! What one worker is told at its start: its addresses and its limits.

use std::time::Duration;

use crate::sdp::Candidate;

/// Settings of one worker.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The addresses on which peers reach this worker; all of them stand in every answer.
    pub candidates: Vec<Candidate>,
    /// The limits.
    pub limits: Limits,
}

/// Named limits of one worker; each has a counter in [`Stats`](crate::Stats) for when it is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most peers on the worker.
    pub peers: usize,
    /// Most routes from one source to slots of this worker.
    pub routes_per_source: usize,
    /// Most layers of one source.
    pub layers_per_source: usize,
    /// Most bytes of plaintext packets kept of one video layer.
    pub video_ring_bytes: usize,
    /// Most bytes of plaintext packets kept of one audio source.
    pub audio_ring_bytes: usize,
    /// Retransmissions to one peer: packets per second.
    pub retransmissions_per_second: u32,
    /// Authentic RTCP datagrams from one peer per second; the rest is dropped.
    pub rtcp_per_second: u32,
    /// Bits of authentic media from one peer per second; the rest is dropped.
    pub sender_bits_per_second: u64,
    /// Packets of authentic media from one peer per second; the rest is dropped.
    pub sender_packets_per_second: u32,
    /// STUN requests that name a peer and fail, from one source prefix (IPv4 /24, IPv6 /56), that
    /// are answered per second. What succeeds is not counted: a campus of thousands may sit behind
    /// one address.
    pub stranger_requests_per_second: u32,
    /// Authentic packets of one peer per second that do not parse, before it is closed for
    /// flooding. What anyone could have sent never counts.
    pub bad_packets_per_second: u32,
    /// Paths of one peer that may carry its packets at the same time.
    pub paths_per_peer: usize,
    /// Time from the answer to a finished handshake.
    pub connect_timeout: Duration,
    /// Packets in one batch to another worker.
    pub crossing_packets: usize,
    /// Events waiting for the shell; more are dropped and counted, except `Closed`.
    pub events: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            peers: 4096,
            routes_per_source: 4096,
            layers_per_source: 3,
            video_ring_bytes: 1 << 20,
            audio_ring_bytes: 32 << 10,
            retransmissions_per_second: 500,
            rtcp_per_second: 200,
            sender_bits_per_second: 10_000_000,
            sender_packets_per_second: 2_000,
            stranger_requests_per_second: 2_000,
            bad_packets_per_second: 50,
            paths_per_peer: 8,
            connect_timeout: Duration::from_secs(30),
            crossing_packets: 256,
            events: 65_536,
        }
    }
}
