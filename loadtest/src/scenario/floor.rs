//! `floor`: replays a record of batches, or a made-up even one, without any server.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::floor::{self, trace::Batch, trace::Trace};
use crate::report::Report;
use crate::stats::round;

/// Sealed size of a video packet.
const VIDEO: u16 = 1_216;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// A record of a run; else one is made up.
    pub record: Option<PathBuf>,
    /// Receivers of the made-up record.
    pub receivers: u32,
    /// Packets per burst of the made-up record.
    pub burst: u16,
    /// Bursts of the made-up record.
    pub bursts: usize,
}

/// Measures.
///
/// # Errors
/// When the record cannot be read or replayed.
pub fn run(plan: &Plan) -> Result<Report> {
    let trace = match &plan.record {
        Some(path) => {
            let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
            Trace::read(BufReader::new(file))?
        }
        None => even(plan),
    };
    let floor = floor::measure(&trace)?;
    let mut report = Report {
        forwarded_packets: Some(floor.sent),
        floor_us_per_forward: Some(round(floor.cpu_ns / 1_000.0 / floor.sent.max(1) as f64)),
        ..Report::default()
    };
    report.detail("replayed_received", floor.received);
    report.detail("replayed_sent", floor.sent);
    Ok(report)
}

/// Bursts of video packets, each to all receivers.
fn even(plan: &Plan) -> Trace {
    let sent = (0..plan.receivers)
        .map(|receiver| (receiver, VIDEO, plan.burst))
        .collect();
    let received = vec![VIDEO; usize::from(plan.burst)];
    let batch = Batch {
        worker: 0,
        at_us: 0,
        received,
        sent,
    };
    Trace {
        workers: 1,
        complete: true,
        batches: vec![batch; plan.bursts],
    }
}
