//! Figures that follow from the rows and events of a fair.

use std::collections::HashMap;

use signaling_core::rows::EntryRow;
use signaling_core::{Code, EventKind, Row, Rows};
use signaling_protocol::{CallId, EntryId, Stage};

use crate::metrics::Metrics;
use crate::store::Work;

/// What this fair adds to the gauges.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    stages: HashMap<EntryId, Stage>,
    calls: HashMap<CallId, bool>,
    changed: Vec<(Option<Stage>, Stage)>,
    waits_ms: Vec<i64>,
    calls_delta: i64,
}

impl Tally {
    /// The gauges of a restored fair.
    pub(crate) fn of(rows: &Rows, metrics: &Metrics) -> Self {
        let mut tally = Self::default();
        rows.entries.iter().for_each(|row| tally.entry(row));
        for call in &rows.calls {
            tally.call(call.call, call.ended_ms.is_none());
        }
        // Those waits were counted by the run that saw them.
        tally.waits_ms.clear();
        tally.publish(metrics);
        tally
    }

    /// Notes a row that is about to be written.
    pub(super) fn row(&mut self, row: &Row) {
        match row {
            Row::Entry(row) => self.entry(row),
            Row::Call(row) => self.call(row.call, row.ended_ms.is_none()),
            Row::Fair(_) | Row::Queue(_) | Row::Person(_) | Row::CallSeat(_) => {}
        }
    }

    fn entry(&mut self, row: &EntryRow) {
        let before = self.stages.insert(row.entry, row.stage);
        if before != Some(row.stage) {
            self.changed.push((before, row.stage));
            if row.stage == Stage::Called && row.misses == 0 {
                self.waits_ms.extend(row.waited_ms);
            }
        }
    }

    fn call(&mut self, call: CallId, runs: bool) {
        let before = self.calls.insert(call, runs).unwrap_or(false);
        self.calls_delta += i64::from(runs) - i64::from(before);
    }

    /// A batch is committed: what it changed counts from now on.
    pub(super) fn committed(&mut self, work: &Work, metrics: &Metrics) {
        for event in work.events() {
            metrics.events.with_label_values(&[event.kind.code()]).inc();
            if event.kind == EventKind::Missed {
                metrics.missed.inc();
            }
        }
        self.publish(metrics);
    }

    fn publish(&mut self, metrics: &Metrics) {
        for (before, after) in self.changed.drain(..) {
            if let Some(before) = before {
                metrics.entries.with_label_values(&[before.code()]).dec();
            }
            metrics.entries.with_label_values(&[after.code()]).inc();
        }
        for wait_ms in self.waits_ms.drain(..) {
            metrics.wait_seconds.observe(wait_ms as f64 / 1_000.0);
        }
        metrics.calls.add(std::mem::take(&mut self.calls_delta));
    }

    /// Takes this fair out of the gauges.
    pub(super) fn clear(&mut self, metrics: &Metrics) {
        self.publish(metrics);
        for stage in self.stages.drain().map(|(_, stage)| stage) {
            metrics.entries.with_label_values(&[stage.code()]).dec();
        }
        let running = self.calls.drain().filter(|(_, runs)| *runs).count();
        metrics.calls.sub(i64::try_from(running).unwrap_or(0));
    }
}
