//! Time in which the fair stood still: every deadline moves by it, so that it costs nobody a place.
//! The planned begin and end stay where they are.

use signaling_protocol::{BoothId, CallId, EntryId, PersonId, QueueState, Stage};

use crate::entry::EntryStage;
use crate::fair::Fair;

/// Why the fair stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Nothing could be stored, so nobody was told anything. Interviews went on.
    Stall,
    /// The clock was set, forward or back: the server counts as down for the difference.
    ClockStep,
}

impl Fair {
    /// The fair stood still for `by_ms` (negative: the clock was set back) and goes on at `now_ms`.
    pub fn handle_stop(&mut self, now_ms: i64, by_ms: i64, stop: Stop) {
        if by_ms < 0 {
            self.now_ms = self.now_ms.min(now_ms);
        }
        self.shift(by_ms, stop);
        self.begin(now_ms);
        self.finish();
    }

    fn shift(&mut self, by_ms: i64, stop: Stop) {
        let move_by = |at_ms: &mut Option<i64>| {
            if let Some(at_ms) = at_ms {
                *at_ms = at_ms.saturating_add(by_ms);
            }
        };
        self.timers.shift(by_ms);
        move_by(&mut self.overrun_until_ms);
        self.changes.fair = true;
        self.wall.shift(by_ms);
        let mut paused: Vec<BoothId> = Vec::new();
        for booth in self.booths.values_mut() {
            move_by(&mut booth.offline_since_ms);
            booth.joined_until_ms = booth.joined_until_ms.saturating_add(by_ms);
            if let QueueState::Paused {
                until_ms: until_ms @ Some(_),
                ..
            } = &mut booth.state
            {
                move_by(until_ms);
                paused.push(booth.id);
            }
        }
        for id in paused {
            self.changes.queues.insert(id);
            self.pause_moved(id);
        }
        for seat in self.seats.values_mut() {
            move_by(&mut seat.gone_since_ms);
            move_by(&mut seat.single_ms);
        }
        let mut absent: Vec<PersonId> = Vec::new();
        for person in self.persons.values_mut() {
            person.joined_until_ms = person.joined_until_ms.saturating_add(by_ms);
            move_by(&mut person.single_ms);
            if person.offline_since_ms.is_some() || person.away_until_ms.is_some() {
                absent.push(person.id);
            }
            move_by(&mut person.offline_since_ms);
            move_by(&mut person.away_until_ms);
        }
        for id in absent {
            self.absence_moved(id);
        }
        self.shift_entries(by_ms);
        self.shift_calls(by_ms, stop);
    }

    /// Everyone who reads until when the queue is paused reads it anew.
    fn pause_moved(&mut self, id: BoothId) {
        self.booth_news(id, |pending| pending.figures = true);
        self.changes.waits.insert(id);
        self.wall.booths.insert(id);
        if let Some(booth) = self.booths.get(&id) {
            self.changes.told.extend(booth.listed.iter().copied());
        }
    }

    /// Interviewers read until when somebody is away, and so does he himself.
    fn absence_moved(&mut self, id: PersonId) {
        let Some(person) = self.persons.get(&id) else {
            return;
        };
        if person.kept {
            self.changes.persons.insert(id);
        }
        if person.away_until_ms.is_some() {
            self.changes.snapshots.insert(id);
        }
        self.presence_changed(id);
    }

    fn shift_entries(&mut self, by_ms: i64) {
        let mut moved: Vec<EntryId> = Vec::new();
        for entry in self.entries.values_mut() {
            let stage_moved = match &mut entry.stage {
                EntryStage::Called { until_ms, .. } | EntryStage::Ready { until_ms, .. } => {
                    *until_ms = until_ms.saturating_add(by_ms);
                    true
                }
                // What could not be undone any more before still cannot.
                EntryStage::Declined { undo_until_ms } | EntryStage::Missed { undo_until_ms }
                    if *undo_until_ms > self.now_ms =>
                {
                    *undo_until_ms = undo_until_ms.saturating_add(by_ms);
                    true
                }
                _ => false,
            };
            if let Some(skipped_ms) = &mut entry.skipped_ms {
                *skipped_ms = skipped_ms.saturating_add(by_ms);
            }
            if stage_moved || entry.skipped_ms.is_some() {
                self.changes.entries.insert(entry.id);
            }
            if stage_moved {
                moved.push(entry.id);
            }
        }
        for id in moved {
            let Some(entry) = self.entries.get(&id) else {
                continue;
            };
            let booth = entry.booth;
            if matches!(entry.stage.plain(), Stage::Called | Stage::Ready) {
                self.changes.told.insert(id);
            }
            self.row_changed(booth, id);
        }
    }

    fn shift_calls(&mut self, by_ms: i64, stop: Stop) {
        let running: Vec<CallId> = self
            .booths
            .values()
            .flat_map(|booth| booth.calls.iter().copied())
            .collect();
        for id in running {
            let Some(call) = self.calls.get_mut(&id) else {
                continue;
            };
            for member in call.seats.values_mut().chain([&mut call.student]) {
                if let Some(since_ms) = &mut member.gone_since_ms {
                    *since_ms = since_ms.saturating_add(by_ms);
                }
            }
            if stop == Stop::ClockStep {
                call.clock.at_ms = call.clock.at_ms.saturating_add(by_ms);
                self.changes.calls.insert(id);
                self.changes.calls_told.insert(id);
            }
        }
    }

    /// The clock as pages should count by, ms since 1970.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }
}
