//! Reads the media node's record of batches: one JSON line per batch of a worker, with the sizes
//! received and the messages sent (the format is told in `sfu/server`'s trace module).

use std::io::BufRead;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Name of the format in the first line.
const FORMAT: &str = "pinhui-batch-trace";

/// A whole record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Workers of the node.
    pub workers: usize,
    /// False if a worker stopped recording at its limit.
    pub complete: bool,
    /// All batches, worker by worker, in order.
    pub batches: Vec<Batch>,
}

/// One batch of one worker.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Batch {
    /// The worker.
    #[serde(rename = "w", default)]
    pub worker: usize,
    /// Microseconds since the node's start.
    #[serde(rename = "t", default)]
    pub at_us: u64,
    /// Sizes of the datagrams received, bytes.
    #[serde(rename = "r")]
    pub received: Vec<u16>,
    /// Messages sent: receiver, size of a datagram, datagrams.
    #[serde(rename = "s")]
    pub sent: Vec<(u32, u16, u16)>,
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
    workers: usize,
    complete: bool,
}

impl Trace {
    /// Reads a record.
    ///
    /// # Errors
    /// When it is not in this format.
    pub fn read(mut input: impl BufRead) -> Result<Self> {
        let mut line = String::new();
        input.read_line(&mut line)?;
        let head: Head = serde_json::from_str(&line).context("first line of the batch trace")?;
        if head.format != FORMAT || head.version != 1 {
            bail!("unknown batch trace {} {}", head.format, head.version);
        }
        let mut batches = Vec::new();
        for (number, line) in input.lines().enumerate() {
            let line = line?;
            let batch: Batch = serde_json::from_str(&line)
                .with_context(|| format!("line {} of the batch trace", number + 2))?;
            if batch.worker >= head.workers {
                bail!("line {}: worker {}", number + 2, batch.worker);
            }
            batches.push(batch);
        }
        Ok(Self {
            workers: head.workers,
            complete: head.complete,
            batches,
        })
    }

    /// Only the batches from `from_us` up to, not including, `until_us`.
    #[must_use]
    pub fn between(mut self, from_us: u64, until_us: u64) -> Self {
        self.batches
            .retain(|batch| (from_us..until_us).contains(&batch.at_us));
        self
    }

    /// Datagrams received.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.batches
            .iter()
            .map(|batch| batch.received.len() as u64)
            .sum()
    }

    /// Datagrams sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        let counts = self.batches.iter().flat_map(|batch| &batch.sent);
        counts.map(|(_, _, count)| u64::from(*count)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\"format\":\"pinhui-batch-trace\",\"version\":1,\"workers\":2,\"complete\":true}\n\
        {\"w\":0,\"t\":15,\"r\":[1200,90],\"s\":[[0,1000,3],[1,700,1]]}\n\
        {\"w\":1,\"t\":30,\"r\":[],\"s\":[[1,50,2]]}\n";

    #[test]
    fn a_record_is_read_and_cut() {
        let trace = Trace::read(TEXT.as_bytes()).unwrap();
        assert_eq!((trace.workers, trace.complete), (2, true));
        assert_eq!((trace.received(), trace.sent()), (2, 6));
        assert_eq!(trace.batches[0].sent[0], (0, 1000, 3));
        let cut = trace.between(16, 31);
        assert_eq!((cut.received(), cut.sent()), (0, 2));
    }

    #[test]
    fn another_format_or_a_wrong_worker_is_an_error() {
        assert!(Trace::read(TEXT.replace("batch-trace", "x").as_bytes()).is_err());
        assert!(Trace::read(TEXT.replace("\"w\":1", "\"w\":2").as_bytes()).is_err());
        assert!(Trace::read("".as_bytes()).is_err());
    }
}
