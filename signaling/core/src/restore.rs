//! The state as rows, and back: after a restart a fair stands where its rows say, with every
//! deadline moved by the time that the server was down.

use signaling_protocol::{FairPhase, Refusal, Stage};

use crate::booth::Waits;
use crate::call::{Call, Member};
use crate::entry::{Entry, EntryStage};
use crate::fair::{Fair, Settling};
use crate::presence::Person;
use crate::queue::{Place, Queue};
use crate::rows::{CallSeatRow, EntryRow, FairRow, Rows};
use crate::setup::FairSetup;
use crate::timers::Deadline;

impl Fair {
    /// A fair from its rows. `down_ms`: how long the server was down; every deadline moves by it.
    /// Calling stays closed for a while, or until four of five of those who were here are back.
    pub fn restore(
        setup: FairSetup,
        rows: Rows,
        seed: [u8; 32],
        now_ms: i64,
        down_ms: i64,
    ) -> Self {
        let mut fair = Self::from_rows(setup, rows, seed, now_ms, down_ms);
        fair.work_off();
        fair.finish();
        // Nobody is connected: whoever comes back is shown everything.
        fair.commands
            .retain(|command| !matches!(command, crate::command::Command::Send(_)));
        fair.mark_walls();
        fair
    }

    /// The state of the rows with its deadlines set, and nothing worked off.
    pub(crate) fn from_rows(
        setup: FairSetup,
        rows: Rows,
        seed: [u8; 32],
        now_ms: i64,
        down_ms: i64,
    ) -> Self {
        let mut fair = Self::empty(setup, seed, now_ms);
        let down_ms = down_ms.max(0);
        if let Some(row) = &rows.fair {
            fair.phase = row.phase;
            fair.ends_ms = row.ends_ms;
            fair.overrun_until_ms = row.overrun_until_ms.map(|until| until + down_ms);
            fair.events = row.events;
        }
        for row in &rows.queues {
            if let Some(booth) = fair.booths.get_mut(&row.booth) {
                booth.take_row(row, down_ms);
            }
        }
        let was_here: Vec<_> = rows
            .persons
            .iter()
            .filter(|row| row.offline_since_ms.is_none())
            .collect();
        let was_here = was_here.into_iter().map(|row| row.person).collect();
        for row in rows.persons {
            fair.persons
                .insert(row.person, Person::from_row(row, now_ms, down_ms));
        }
        fair.take_calls(&rows.calls, &rows.call_seats, down_ms);
        fair.take_entries(rows.entries, down_ms);
        fair.take_dues();
        fair.arm_all();
        fair.settle_in(was_here);
        fair
    }

    fn take_calls(
        &mut self,
        calls: &[crate::rows::CallRow],
        call_seats: &[CallSeatRow],
        down_ms: i64,
    ) {
        for row in calls {
            self.calls
                .insert(row.call, Call::from_row(row, self.now_ms, down_ms));
        }
        for row in call_seats {
            let Some(call) = self.calls.get_mut(&row.call) else {
                continue;
            };
            let member = Member {
                joined_ms: row.joined_ms,
                ..Member::new(row.person, None, self.now_ms)
            };
            call.seats.insert(row.seat, member);
        }
    }

    fn take_entries(&mut self, mut rows: Vec<EntryRow>, down_ms: i64) {
        rows.sort_by_key(|row| (row.made_ms, row.entry));
        let mut places = std::collections::BTreeMap::<_, Vec<Place>>::new();
        for row in &rows {
            let Ok(entry) = entry_from_row(row, self.now_ms, down_ms) else {
                tracing::error!(entry = %row.entry, "entry row does not fit its stage: left out");
                continue;
            };
            if entry.stage == EntryStage::Waiting {
                let rank = row.rank.unwrap_or(i64::MAX);
                let place = Place {
                    entry: entry.id,
                    person: entry.person,
                    rank,
                };
                places.entry(entry.booth).or_default().push(place);
            }
            self.take_entry(entry);
        }
        for (id, places) in places {
            if let Some(booth) = self.booths.get_mut(&id) {
                booth.queue = Queue::from_places(places);
            }
        }
    }

    fn take_entry(&mut self, entry: Entry) {
        let now_ms = self.now_ms;
        let Some(booth) = self.booths.get_mut(&entry.booth) else {
            tracing::error!(entry = %entry.id, booth = %entry.booth, "booth is not in the setup");
            return;
        };
        let person = self
            .persons
            .entry(entry.person)
            .or_insert_with(|| Person::new(entry.person));
        person.offline_since_ms.get_or_insert(now_ms);
        person.kept = true;
        person.entries.push(entry.id);
        if entry.stage.is_active() {
            person.active.insert(entry.id);
        }
        booth
            .by_student
            .entry(entry.person)
            .or_default()
            .push(entry.id);
        let undoable = match entry.stage {
            EntryStage::Declined { undo_until_ms } | EntryStage::Missed { undo_until_ms } => {
                now_ms < undo_until_ms
            }
            _ => false,
        };
        if entry.stage.is_active() || undoable {
            booth.listed.insert(entry.id);
        }
        match entry.stage.plain() {
            Stage::Applied => {
                booth.applied.insert(entry.id);
            }
            Stage::Done => booth.done += 1,
            _ => {}
        }
        if let Some(waited_ms) = entry.waited_ms {
            booth.waits.insert(waited_ms);
        }
        if let Some(seat) = entry.stage.seat().and_then(|id| self.seats.get_mut(&id)) {
            seat.entry = Some(entry.id);
        }
        if let EntryStage::InCall { call } = entry.stage {
            booth.calls.insert(call);
        }
        self.entries.insert(entry.id, entry);
    }

    /// Seats in running calls, evaluations that are due, and the figures.
    fn take_dues(&mut self) {
        let mut calls: Vec<&Call> = self.calls.values().collect();
        calls.sort_by_key(|call| (call.ended_ms, call.started_ms, call.id));
        for call in calls {
            if call.ended_ms.is_none() {
                for seat in call.seats.keys() {
                    if let Some(seat) = self.seats.get_mut(seat) {
                        seat.call = Some(call.id);
                    }
                }
            } else if call.done
                && let Some(seat) = self.seats.get_mut(&call.seat)
            {
                seat.due = call.outcome.is_none().then_some(call.id);
            }
        }
        let count = |test: &dyn Fn(&Entry) -> bool| {
            u32::try_from(self.entries.values().filter(|entry| test(entry)).count())
                .unwrap_or(u32::MAX)
        };
        self.counts.busy = count(&|entry| entry.stage.is_busy());
        self.counts.waiting = count(&|entry| entry.stage == EntryStage::Waiting);
        self.counts.done = count(&|entry| entry.stage.plain() == Stage::Done);
        self.counts.missed = count(&|entry| entry.stage.plain() == Stage::Missed);
        self.counts.calls = count(&|entry| matches!(entry.stage, EntryStage::InCall { .. }));
        let mut waits = Waits::default();
        for waited_ms in self.entries.values().filter_map(|entry| entry.waited_ms) {
            waits.insert(waited_ms);
        }
        self.counts.waits = waits;
    }

    /// Sets every deadline anew, and marks every row whose deadline moved.
    fn arm_all(&mut self) {
        self.arm_phase();
        let now_ms = self.now_ms;
        for entry in self.entries.values() {
            let deadline = match entry.stage {
                EntryStage::Called { .. } => Deadline::ReadyCheck(entry.id),
                EntryStage::Ready { .. } => Deadline::StartByItself(entry.id),
                EntryStage::Declined { .. } | EntryStage::Missed { .. } => Deadline::Undo(entry.id),
                _ => {
                    if let Some(since_ms) = entry.skipped_ms {
                        let at_ms = since_ms + self.rules.head_skip_ms;
                        self.timers.set(Deadline::HeadSkip(entry.id), at_ms);
                        self.changes.entries.insert(entry.id);
                    }
                    continue;
                }
            };
            let at_ms = entry.stage.deadline_ms().unwrap_or(now_ms);
            if at_ms > now_ms || entry.stage.is_active() {
                self.timers.set(deadline, at_ms);
                self.changes.entries.insert(entry.id);
            }
        }
        for (id, booth) in &self.booths {
            if let signaling_protocol::QueueState::Paused {
                until_ms: Some(at_ms),
                ..
            } = booth.state
            {
                self.timers.set(Deadline::QueueResumes(*id), at_ms);
            }
            self.changes.queues.insert(*id);
            self.changes.waits.insert(*id);
        }
        for (id, seat) in &self.seats {
            if seat.entry.is_some() {
                self.timers
                    .set(Deadline::SeatGone(*id), now_ms + self.rules.seat_gone_ms);
            }
        }
        for id in self.persons.keys().copied().collect::<Vec<_>>() {
            self.changes.persons.insert(id);
            if let Some(until_ms) = self
                .persons
                .get(&id)
                .and_then(|person| person.away_until_ms)
            {
                self.timers.set(Deadline::AwayOver(id), until_ms);
            }
            self.arm_offline(id);
        }
        for id in self.calls.keys().copied().collect::<Vec<_>>() {
            if self
                .calls
                .get(&id)
                .is_some_and(|call| call.ended_ms.is_none())
            {
                self.changes.calls.insert(id);
                self.check_call(id);
            }
        }
        self.changes.fair = true;
    }

    /// Calling stays closed until most of those who were here with an entry are back.
    fn settle_in(&mut self, was_here: std::collections::BTreeSet<signaling_protocol::PersonId>) {
        let has_entry = |id: &signaling_protocol::PersonId| {
            self.persons
                .get(id)
                .is_some_and(|person| !person.active.is_empty())
        };
        let missing: std::collections::BTreeSet<_> =
            was_here.into_iter().filter(has_entry).collect();
        if missing.is_empty() || self.phase != FairPhase::Running {
            return;
        }
        self.settling = Some(Settling {
            expected: missing.len(),
            missing,
        });
        self.timers
            .set(Deadline::Settled, self.now_ms + self.rules.settling_ms);
    }

    pub(crate) fn row(&self) -> FairRow {
        FairRow {
            fair: self.id,
            phase: self.phase,
            ends_ms: self.ends_ms,
            overrun_until_ms: self.overrun_until_ms,
            events: self.events,
        }
    }

    pub(crate) fn entry_row(&self, entry: &Entry) -> EntryRow {
        let waiting = entry.stage == EntryStage::Waiting;
        let queue = self.booths.get(&entry.booth).map(|booth| &booth.queue);
        EntryRow {
            entry: entry.id,
            fair: self.id,
            booth: entry.booth,
            person: entry.person,
            job: entry.job,
            origin: entry.origin,
            stage: entry.stage.plain(),
            rank: queue
                .filter(|_| waiting)
                .and_then(|queue| queue.rank_of(entry.id)),
            made_ms: entry.made_ms,
            joined_ms: entry.joined_ms,
            since_ms: entry.since_ms,
            deadline_ms: entry.stage.deadline_ms(),
            ready_ms: match entry.stage {
                EntryStage::Called { ready_ms, .. } => Some(ready_ms),
                _ => None,
            },
            seat: entry.stage.seat(),
            call: entry.stage.call(),
            misses: entry.misses,
            laters: entry.laters,
            held_by: entry.held_by,
            skipped_ms: entry.skipped_ms,
            waited_ms: entry.waited_ms,
            cause: entry.cause,
            reason: entry.reason.clone(),
        }
    }

    /// All rows of the fair as they stand now: what the database holds after every
    /// [`crate::Command::Persist`] so far.
    pub fn rows(&self) -> Rows {
        let seats = self.calls.values().flat_map(|call| {
            call.seats.iter().map(|(seat, member)| CallSeatRow {
                call: call.id,
                seat: *seat,
                person: member.person,
                joined_ms: member.joined_ms,
            })
        });
        Rows {
            fair: Some(self.row()),
            queues: self
                .booths
                .values()
                .map(|booth| booth.row(self.id))
                .collect(),
            persons: self
                .persons
                .values()
                .filter(|person| person.kept)
                .map(|person| person.row(self.id))
                .collect(),
            entries: self
                .entries
                .values()
                .map(|entry| self.entry_row(entry))
                .collect(),
            calls: self.calls.values().map(|call| call.row(self.id)).collect(),
            call_seats: seats.collect(),
        }
    }
}

fn entry_from_row(row: &EntryRow, now_ms: i64, down_ms: i64) -> Result<Entry, Refusal> {
    let seat = row.seat.ok_or(Refusal::Internal);
    let call = row.call.ok_or(Refusal::Internal);
    // A deadline that had run out before the server went down stays where it was.
    let moved = |at_ms: i64| {
        if at_ms > now_ms - down_ms {
            at_ms + down_ms
        } else {
            at_ms
        }
    };
    let until_ms = row.deadline_ms.map(moved).ok_or(Refusal::Internal);
    let stage = match row.stage {
        Stage::Applied => EntryStage::Applied,
        Stage::Invited => EntryStage::Invited,
        Stage::Waiting => EntryStage::Waiting,
        Stage::Called => EntryStage::Called {
            seat: seat?,
            until_ms: until_ms?,
            ready_ms: row.ready_ms.ok_or(Refusal::Internal)?,
        },
        Stage::Ready => EntryStage::Ready {
            seat: seat?,
            until_ms: until_ms?,
            device: None,
        },
        Stage::InCall => EntryStage::InCall { call: call? },
        Stage::Done => EntryStage::Done { call: call? },
        Stage::Declined => EntryStage::Declined {
            undo_until_ms: until_ms?,
        },
        Stage::Withdrawn => EntryStage::Withdrawn,
        Stage::Missed => EntryStage::Missed {
            undo_until_ms: until_ms?,
        },
        Stage::Left => EntryStage::Left,
        Stage::Removed => EntryStage::Removed,
        Stage::Expired => EntryStage::Expired,
    };
    Ok(Entry {
        id: row.entry,
        booth: row.booth,
        person: row.person,
        job: row.job,
        origin: row.origin,
        stage,
        made_ms: row.made_ms,
        joined_ms: row.joined_ms,
        since_ms: row.since_ms,
        misses: row.misses,
        laters: row.laters,
        held_by: row.held_by,
        skipped_ms: row.skipped_ms.map(|since| since + down_ms),
        waited_ms: row.waited_ms,
        cause: row.cause,
        reason: row.reason.clone(),
        stood: None,
        place: None,
        told: None,
    })
}
