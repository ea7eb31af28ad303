//! What one input changed: rows to write, events to append, and who must hear of it.

use std::collections::{BTreeMap, BTreeSet};

use signaling_protocol::{BoothId, CallId, EntryId, PersonId, SeatId, Stamp};

use crate::codes::EventKind;
use crate::command::{MediaOrder, Outgoing, SocketId};
use crate::fair::Fair;
use crate::rows::EventRow;

/// Collected while one input is worked on, drained by [`Fair::finish`].
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) fair: bool,
    pub(crate) queues: BTreeSet<BoothId>,
    pub(crate) persons: BTreeSet<PersonId>,
    pub(crate) entries: BTreeSet<EntryId>,
    pub(crate) calls: BTreeSet<CallId>,
    pub(crate) call_seats: BTreeSet<(CallId, SeatId)>,
    pub(crate) events: Vec<EventRow>,
    /// The first event of this input in each booth's journal.
    pub(crate) first_events: BTreeMap<BoothId, u64>,
    pub(crate) media: Vec<MediaOrder>,
    /// Entries whose student hears at once.
    pub(crate) told: BTreeSet<EntryId>,
    /// Calls whose members hear at once.
    pub(crate) calls_told: BTreeSet<CallId>,
    /// Queues whose places or waits may have changed.
    pub(crate) waits: BTreeSet<BoothId>,
    /// Students who are sent everything anew: something of the person changed.
    pub(crate) snapshots: BTreeSet<PersonId>,
    /// Sockets that are sent everything anew: they may have missed what was said to single ones.
    pub(crate) socket_snapshots: BTreeSet<SocketId>,
    /// Booths whose interviewers hear at once.
    pub(crate) urgent: BTreeSet<BoothId>,
    /// Messages that are ready.
    pub(crate) ready: Vec<Outgoing>,
    /// The last event of this input.
    pub(crate) last: Option<Stamp>,
}

/// An event without its number and what the state tells of it.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) actor: Option<PersonId>,
    pub(crate) entry: Option<EntryId>,
    pub(crate) call: Option<CallId>,
    pub(crate) seat: Option<SeatId>,
    pub(crate) text: Option<String>,
}

impl Event {
    pub(crate) fn new(kind: EventKind, actor: Option<PersonId>) -> Self {
        Self {
            kind,
            actor,
            entry: None,
            call: None,
            seat: None,
            text: None,
        }
    }

    pub(crate) fn entry(self, entry: EntryId) -> Self {
        Self {
            entry: Some(entry),
            ..self
        }
    }

    pub(crate) fn call(self, call: CallId) -> Self {
        Self {
            call: Some(call),
            ..self
        }
    }

    pub(crate) fn seat(self, seat: Option<SeatId>) -> Self {
        Self { seat, ..self }
    }

    pub(crate) fn text(self, text: Option<String>) -> Self {
        Self { text, ..self }
    }
}

impl Fair {
    /// Appends an event to a booth's journal, or to the fair's own.
    pub(crate) fn record(&mut self, booth: Option<BoothId>, event: Event) {
        let number = match booth.and_then(|id| self.booths.get_mut(&id)) {
            Some(booth) => {
                booth.events += 1;
                self.changes.queues.insert(booth.id);
                booth.events
            }
            None => {
                self.events += 1;
                self.changes.fair = true;
                self.events
            }
        };
        let entry = event.entry.and_then(|id| self.entries.get(&id));
        let place = entry.and_then(|entry| {
            let index = self.booths.get(&entry.booth)?.queue.index_of(entry.id)?;
            u32::try_from(index).ok()
        });
        if let Some(booth) = booth {
            self.changes.first_events.entry(booth).or_insert(number);
        }
        self.changes.last = Some(Stamp {
            booth,
            first: number,
            last: number,
        });
        self.changes.events.push(EventRow {
            fair: self.id,
            booth,
            number,
            at_ms: self.now_ms,
            kind: event.kind,
            actor: event.actor,
            entry: event.entry,
            call: event.call,
            seat: event.seat,
            stage: entry.map(|entry| entry.stage.plain()),
            place,
            text: event.text,
        });
    }

    /// The interviewers of the booth are to be told of this entry's row.
    pub(crate) fn row_changed(&mut self, booth: BoothId, entry: EntryId) {
        self.booth_news(booth, |pending| {
            pending.rows.insert(entry);
        });
    }

    /// The interviewers of the booth are to be told of the seats; wall and console of the figures.
    pub(crate) fn seats_changed(&mut self, booth: BoothId) {
        self.booth_news(booth, |pending| pending.seats = true);
        self.wall.booths.insert(booth);
        self.changes.waits.insert(booth);
    }

    /// The first event that news of this input covers: its own first one in the booth's journal,
    /// or the next one, if what happened (time, presence) is no event.
    pub(crate) fn first_covered(&self, booth: BoothId) -> u64 {
        let first = self.changes.first_events.get(&booth).copied();
        first.unwrap_or_else(|| self.booths.get(&booth).map_or(0, |booth| booth.events) + 1)
    }

    /// The stamp of a message that covers a booth's events from `first` on; none, if it speaks of
    /// none.
    pub(crate) fn stamp_from(&self, booth: BoothId, first: u64) -> Option<Stamp> {
        let last = self.booths.get(&booth).map_or(0, |booth| booth.events);
        (first <= last).then_some(Stamp {
            booth: Some(booth),
            first,
            last,
        })
    }

    /// Notes news for a booth's interviewers, covered from this input's first event on.
    pub(crate) fn booth_news(
        &mut self,
        booth: BoothId,
        note: impl FnOnce(&mut crate::booth::Pending),
    ) {
        if let Some(booth) = self.booths.get_mut(&booth) {
            let next = booth.events + 1;
            let first = self.changes.first_events.get(&booth.id).copied();
            booth.pending.first.get_or_insert(first.unwrap_or(next));
            note(&mut booth.pending);
            self.joined_booths.insert(booth.id);
        }
    }
}
