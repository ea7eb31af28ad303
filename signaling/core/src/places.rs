//! Places and waits of everyone in a queue, and for whom they changed.

use signaling_protocol::{BoothId, Cause, EntryId, QueueState, Wait};

use crate::booth::Booth;
use crate::entry::Told;
use crate::fair::Fair;
use crate::timers::Deadline;
use crate::wait::Estimate;

/// What a place is told: entry, place, wait, expected.
struct Place {
    entry: EntryId,
    told: Told,
}

impl Fair {
    /// Works out what may have changed so far.
    pub(crate) fn refresh_all_waits(&mut self) {
        for booth in std::mem::take(&mut self.changes.waits) {
            self.refresh_waits(booth);
        }
    }

    /// Works out places and waits of a queue and notes for whom they changed.
    fn refresh_waits(&mut self, id: BoothId) {
        let Some(booth) = self.booths.get(&id) else {
            return;
        };
        let (places, tail) = self.work_out(booth);
        let (drifts, first) = (self.drifts(booth), self.first_covered(id));
        let changed: Vec<EntryId> = places
            .into_iter()
            .filter_map(|place| self.place_changed(place))
            .collect();
        for entry_id in changed {
            let Some(entry) = self.entries.get(&entry_id) else {
                continue;
            };
            if let Some(person) = self.persons.get_mut(&entry.person) {
                person.pending.entry(entry_id).or_insert(first);
                self.joined_persons.insert(person.id);
            }
        }
        if let Some(booth) = self.booths.get_mut(&id)
            && booth.tail != tail
        {
            booth.tail = tail;
            self.wall.booths.insert(id);
            self.booth_news(id, |pending| pending.figures = true);
        }
        let refresh = Deadline::WaitRefresh(id);
        if !drifts {
            self.timers.clear(refresh);
        } else if self.timers.get(refresh).is_none() {
            self.timers
                .set(refresh, self.now_ms + self.rules.wait_refresh_ms);
        }
    }

    /// Do waits here change by time alone? Someone waits, or one who joined now would wait for a
    /// call or a pause that comes to its end.
    fn drifts(&self, booth: &Booth) -> bool {
        let paused = matches!(
            booth.state,
            QueueState::Paused {
                until_ms: Some(_),
                ..
            }
        );
        let mut seats = booth.seats.iter().filter_map(|id| self.seats.get(id));
        !booth.queue.is_empty() || paused || seats.any(|seat| seat.call.is_some())
    }

    /// Is this place or wait news to its student? Keeps why a place got worse.
    fn place_changed(&mut self, place: Place) -> Option<EntryId> {
        let entry = self.entries.get_mut(&place.entry)?;
        entry.place = Some(place.told);
        let Some(before) = entry.told else {
            return Some(place.entry);
        };
        let new = place.told;
        // Someone was put in front: that is why, until the place gets better again.
        let worse = new.position > before.position && entry.cause.is_none();
        let better = new.position < before.position && entry.cause == Some(Cause::OthersReturned);
        if worse || better {
            entry.cause = worse.then_some(Cause::OthersReturned);
            self.changes.entries.insert(place.entry);
        }
        let kind_changed = match (before.wait, new.wait) {
            (Some(Wait::Range { .. }), Some(Wait::Range { .. })) => false,
            (old, new) => old != new,
        };
        let moved = (new.expected_ms - before.expected_ms).abs() >= self.rules.wait_step_ms;
        let news =
            new.position != before.position || kind_changed || (moved && new.wait != before.wait);
        news.then_some(place.entry)
    }

    /// Places and waits of everyone in a queue, and the wait of one who joins now.
    fn work_out(&self, booth: &Booth) -> (Vec<Place>, Wait) {
        let mut estimate = self.estimate(booth);
        let mut places = Vec::with_capacity(booth.queue.len());
        let unknown = self.unknown_wait(booth);
        for (index, place) in booth.queue.places().iter().enumerate() {
            let here = estimate.as_ref().and_then(Estimate::here);
            let told = Told {
                position: u32::try_from(index + 1).unwrap_or(u32::MAX),
                wait: here.map(|here| here.wait).or(unknown),
                expected_ms: here.map_or(0, |here| here.ms),
            };
            places.push(Place {
                entry: place.entry,
                told,
            });
            if let Some(estimate) = &mut estimate
                && self.is_callable(place.person)
            {
                estimate.step();
            }
        }
        let tail = estimate
            .as_ref()
            .and_then(Estimate::here)
            .map(|here| here.wait);
        (places, tail.unwrap_or(Wait::NoInterviewer))
    }

    /// What is said where there is no figure: nobody is there, or (paused without an end) nothing.
    fn unknown_wait(&self, booth: &Booth) -> Option<Wait> {
        match booth.state {
            QueueState::Paused { until_ms: None, .. } => None,
            _ => Some(Wait::NoInterviewer),
        }
    }

    /// Free times of the active seats; `None` if nothing can be said.
    fn estimate(&self, booth: &Booth) -> Option<Estimate> {
        let paused_ms = match booth.state {
            QueueState::Paused { until_ms: None, .. } => return None,
            QueueState::Paused {
                until_ms: Some(until_ms),
                ..
            } => (until_ms - self.now_ms).max(0),
            QueueState::Open | QueueState::Closing | QueueState::Closed => 0,
        };
        let (average_ms, deviation_ms) = booth.service.in_use(self.slot_ms);
        let free_ms: Vec<i64> = booth
            .seats
            .iter()
            .filter_map(|id| self.seats.get(id))
            .filter(|seat| seat.is_online())
            .map(|seat| {
                let free = match (seat.call.and_then(|call| self.calls.get(&call)), seat.entry) {
                    (Some(call), _) => {
                        Estimate::free_after(average_ms, self.now_ms - call.started_ms)
                    }
                    (None, Some(_)) => average_ms,
                    (None, None) => 0,
                };
                free.max(paused_ms)
            })
            .collect();
        let per_ms = booth
            .service
            .per_ms(self.slot_ms, self.rules.gap_ms, self.rules.ready_ms);
        (!free_ms.is_empty()).then(|| Estimate::new(free_ms, per_ms, deviation_ms))
    }

    /// Expected wait of one who joins now, ms; `None` if nothing can be said.
    pub(crate) fn expected_at_tail(&self, booth: &Booth) -> Option<i64> {
        let mut estimate = self.estimate(booth)?;
        for place in booth.queue.places() {
            if self.is_callable(place.person) {
                estimate.step();
            }
        }
        estimate.here().map(|here| here.ms)
    }
}
