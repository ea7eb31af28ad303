//! The floor: the least that any media server must do for a run, without WebRTC. It replays the
//! run's batches: receive each datagram in the same batches, open it once with AES-128-GCM, seal
//! it for each receiver, send it in the same batches with UDP segmentation offload.

pub mod feeder;
pub mod replay;
pub mod trace;

use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, anyhow};

use crate::stats::median;
use trace::{Batch, Trace};

/// Batches that are queued before the measured thread reads them. Few, so that the packets are
/// still in the cache, as they are for a server that keeps up.
const CHUNK: usize = 16;
/// The whole record is replayed this often; the median counts.
const PASSES: usize = 3;

/// What the floor cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// CPU of the measured thread for the whole record, nanoseconds: the median pass.
    pub cpu_ns: f64,
    /// Datagrams received.
    pub received: u64,
    /// Datagrams sent.
    pub sent: u64,
}

/// Replays the record and measures the replaying thread's CPU.
///
/// # Errors
/// When sockets cannot be had, or datagrams got lost on the way.
pub fn measure(trace: &Trace) -> Result<Floor> {
    let mut passes = Vec::new();
    for _ in 0..PASSES {
        passes.push(pass(trace)? as f64);
    }
    let cpu_ns = median(&passes).context("no pass")?;
    Ok(Floor {
        cpu_ns,
        received: trace.received(),
        sent: trace.sent(),
    })
}

/// One pass: the feeder queues a chunk, the replayer works it off, the feeder empties the sinks.
fn pass(trace: &Trace) -> Result<i64> {
    let (mut feeder, mut replayer) = feeder::pair(receivers(&trace.batches))?;
    let (work, inbox) = mpsc::sync_channel::<&[Batch]>(0);
    let (done, finished) = mpsc::sync_channel::<Result<()>>(0);
    thread::scope(|scope| {
        let measured = scope.spawn(move || {
            let mut cpu_ns = 0;
            for chunk in inbox {
                let result = replayer.replay(chunk).map(|spent| cpu_ns += spent);
                if done.send(result).is_err() {
                    break;
                }
            }
            cpu_ns
        });
        for chunk in trace.batches.chunks(CHUNK) {
            feeder.feed(chunk)?;
            work.send(chunk)
                .map_err(|_| anyhow!("the measured thread is gone"))?;
            finished.recv().context("the measured thread is gone")??;
            feeder.drain();
        }
        drop(work);
        measured
            .join()
            .map_err(|_| anyhow!("the measured thread panicked"))
    })
}

fn receivers(batches: &[Batch]) -> u32 {
    let all = batches
        .iter()
        .flat_map(|batch| &batch.sent)
        .map(|(receiver, _, _)| receiver + 1);
    all.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(received: &[u16], sent: &[(u32, u16, u16)]) -> Batch {
        Batch {
            worker: 0,
            at_us: 0,
            received: received.to_vec(),
            sent: sent.to_vec(),
        }
    }

    #[test]
    fn a_replay_sends_every_datagram_to_its_receiver() {
        let batches = vec![
            batch(
                &[1216, 1216, 116],
                &[(0, 1216, 2), (1, 1216, 2), (0, 116, 1), (1, 116, 1)],
            ),
            batch(&[], &[(2, 1216, 30)]),
            batch(&[20, 60], &[(2, 20, 1)]),
        ];
        let (mut feeder, mut replayer) = feeder::pair(receivers(&batches)).unwrap();
        feeder.feed(&batches).unwrap();
        let spent = thread::scope(|scope| {
            scope
                .spawn(|| replayer.replay(&batches).unwrap())
                .join()
                .unwrap()
        });
        assert!(spent > 0);
        let got = feeder.drain();
        assert_eq!(got, vec![3, 3, 31]);
    }

    #[test]
    fn a_larger_record_costs_more() {
        let one = batch(&[1216; 5], &[(0, 1216, 5)]);
        let trace = |count: usize| Trace {
            workers: 1,
            complete: true,
            batches: vec![one.clone(); count],
        };
        let (small, large) = (
            measure(&trace(20)).unwrap(),
            measure(&trace(2_000)).unwrap(),
        );
        assert_eq!((large.received, large.sent), (10_000, 10_000));
        assert!(large.cpu_ns > 20.0 * small.cpu_ns);
        // A packet costs well over a hundred nanoseconds and under a tenth of a millisecond.
        let each = large.cpu_ns / 10_000.0;
        assert!((100.0..100_000.0).contains(&each), "{each} ns a packet");
    }
}
