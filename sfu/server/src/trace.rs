//! A record of what each worker received and sent, batch by batch.
//!
//! A measurement replays it with the least that any media server must do (receive, decrypt once,
//! encrypt per receiver, send in the same batches), to know the floor under a run's cost.
//!
//! # Format
//! A text file of JSON lines. The first line names the format:
//! ```json
//! {"format":"pinhui-batch-trace","version":1,"workers":2,"complete":true}
//! ```
//! `complete` is false if a worker stopped recording at its limit. Every further line is one
//! batch of one worker; a worker's batches are in order:
//! ```json
//! {"w":0,"t":1520300,"r":[1120,1120,87],"s":[[3,1124,2],[4,1124,2],[4,91,1]]}
//! ```
//! - `w`: the worker.
//! - `t`: microseconds since the node's start.
//! - `r`: the sizes of the datagrams received (UDP payload, bytes), in order. Empty for a batch
//!   that was caused by a timer or by packets from another worker.
//! - `s`: the messages sent, in order: `[receiver, size, count]`. A message goes to the kernel as
//!   one: `count` datagrams of `size` bytes of UDP payload, of which the last may be shorter.
//!   `receiver` numbers the remote addresses of that worker from 0.
//!
//! Everything counts, STUN and RTCP as well as media.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Instant;

/// Most datagrams and messages that one worker records (2 and 12 bytes each).
const MAX_ENTRIES: usize = 8 << 20;
/// Datagrams and messages whose memory is there from the start: a minute of a hundred viewers.
const READY_ENTRIES: usize = 512 << 10;

/// One worker's record. Appending is a copy into memory that is there already: what it costs must
/// not show in the figures that it serves. Receivers get their numbers when it is written.
#[derive(Debug)]
pub struct Trace {
    started: Instant,
    batches: Vec<BatchEnd>,
    received: Vec<u16>,
    sent: Vec<Sent>,
    /// Receivers with IPv6 addresses, by number.
    ipv6: HashMap<SocketAddr, u32>,
    complete: bool,
}

/// Where a batch ends in the lists of datagrams and messages.
#[derive(Clone, Copy, Debug)]
struct BatchEnd {
    micros: u64,
    received: usize,
    sent: usize,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    receiver: Receiver,
    size: u16,
    count: u16,
}

/// A remote address in few bytes: the IPv4 address, or the number of the IPv6 one, and the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Receiver {
    address: u32,
    port: u16,
    is_ipv6: bool,
}

/// An empty list whose memory is not only reserved but there: each entry was written once.
fn ready<T: Clone>(entry: T) -> Vec<T> {
    let mut list = vec![entry; READY_ENTRIES];
    list.clear();
    list
}

impl Trace {
    /// An empty record; times count from `started`.
    #[must_use]
    pub fn new(started: Instant) -> Self {
        Self {
            started,
            batches: Vec::new(),
            received: ready(1),
            sent: ready(Sent {
                receiver: Receiver {
                    address: Ipv4Addr::LOCALHOST.into(),
                    port: 0,
                    is_ipv6: false,
                },
                size: 0,
                count: 0,
            }),
            ipv6: HashMap::new(),
            complete: true,
        }
    }

    /// Notes a received datagram of the current batch.
    pub fn received(&mut self, bytes: usize) {
        if self.has_room() {
            self.received.push(u16::try_from(bytes).unwrap_or(u16::MAX));
        }
    }

    /// Notes a sent message of the current batch: `bytes` in datagrams of `segment_size`.
    pub fn sent(&mut self, receiver: SocketAddr, segment_size: Option<usize>, bytes: usize) {
        if !self.has_room() {
            return;
        }
        let size = segment_size.unwrap_or(bytes).max(1);
        let receiver = self.receiver(receiver);
        self.sent.push(Sent {
            receiver,
            size: u16::try_from(size).unwrap_or(u16::MAX),
            count: u16::try_from(bytes.div_ceil(size)).unwrap_or(u16::MAX),
        });
    }

    /// Ends the current batch; one without any datagram leaves no mark.
    pub fn end_batch(&mut self, now: Instant) {
        let (received, sent) = (self.received.len(), self.sent.len());
        let last = self
            .batches
            .last()
            .map_or((0, 0), |end| (end.received, end.sent));
        if (received, sent) != last {
            let micros = now.saturating_duration_since(self.started).as_micros();
            let micros = u64::try_from(micros).unwrap_or(u64::MAX);
            self.batches.push(BatchEnd {
                micros,
                received,
                sent,
            });
        }
    }

    fn receiver(&mut self, remote: SocketAddr) -> Receiver {
        let address = match remote {
            SocketAddr::V4(remote) => u32::from(*remote.ip()),
            SocketAddr::V6(_) => {
                let next = u32::try_from(self.ipv6.len()).unwrap_or(u32::MAX);
                *self.ipv6.entry(remote).or_insert(next)
            }
        };
        Receiver {
            address,
            port: remote.port(),
            is_ipv6: remote.is_ipv6(),
        }
    }

    fn has_room(&mut self) -> bool {
        self.complete &= self.received.len() + self.sent.len() < MAX_ENTRIES;
        self.complete
    }

    fn write_lines(&self, worker: usize, out: &mut impl Write) -> io::Result<()> {
        let (mut received, mut sent) = (0, 0);
        let mut receivers = HashMap::new();
        for end in &self.batches {
            write!(out, "{{\"w\":{worker},\"t\":{},\"r\":[", end.micros)?;
            for (at, size) in self.received[received..end.received].iter().enumerate() {
                write!(out, "{}{size}", if at > 0 { "," } else { "" })?;
            }
            write!(out, "],\"s\":[")?;
            for (at, message) in self.sent[sent..end.sent].iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                let Sent {
                    receiver,
                    size,
                    count,
                } = message;
                let next = receivers.len();
                let receiver = *receivers.entry(receiver).or_insert(next);
                write!(out, "{comma}[{receiver},{size},{count}]")?;
            }
            writeln!(out, "]}}")?;
            (received, sent) = (end.received, end.sent);
        }
        Ok(())
    }
}

/// Writes the records of all workers, in the workers' order, to a new file.
///
/// # Errors
/// The file cannot be written.
pub fn write_file(path: &Path, traces: &[Trace]) -> io::Result<()> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    write_to(&mut out, traces)?;
    out.flush()
}

fn write_to(out: &mut impl Write, traces: &[Trace]) -> io::Result<()> {
    let complete = traces.iter().all(|trace| trace.complete);
    let workers = traces.len();
    writeln!(
        out,
        "{{\"format\":\"pinhui-batch-trace\",\"version\":1,\"workers\":{workers},\
         \"complete\":{complete}}}"
    )?;
    traces
        .iter()
        .enumerate()
        .try_for_each(|(worker, trace)| trace.write_lines(worker, out))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn batches_become_lines() {
        let started = Instant::now();
        let (a, b): (SocketAddr, SocketAddr) =
            (([10, 0, 0, 1], 5).into(), ([10, 0, 0, 2], 5).into());
        let v6 = |last| SocketAddr::from(([0xfd00, 0, 0, 0, 0, 0, 0, last], 5));
        let mut first = Trace::new(started);
        first.received(1_200);
        first.received(90);
        first.sent(a, Some(1_000), 2_500);
        first.sent(b, None, 700);
        first.end_batch(started + Duration::from_micros(15));
        first.end_batch(started + Duration::from_micros(20));
        first.sent(b, Some(50), 100);
        first.sent(v6(1), None, 7);
        first.sent(v6(2), None, 8);
        first.sent(v6(1), None, 9);
        first.end_batch(started + Duration::from_micros(30));
        let mut text = Vec::new();
        write_to(&mut text, &[first, Trace::new(started)]).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "{\"format\":\"pinhui-batch-trace\",\"version\":1,\"workers\":2,\"complete\":true}\n\
             {\"w\":0,\"t\":15,\"r\":[1200,90],\"s\":[[0,1000,3],[1,700,1]]}\n\
             {\"w\":0,\"t\":30,\"r\":[],\"s\":[[1,50,2],[2,7,1],[3,8,1],[2,9,1]]}\n"
        );
    }
}
