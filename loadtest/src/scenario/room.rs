//! What a room's page knows of its booth, and what its interviewer does next.

use std::collections::BTreeMap;

use signaling_protocol::{
    CallId, CallPhase, ClientBody, EntryId, Presence, QueueRow, SeatId, ServerBody, Stage,
};

/// What a room's page knows.
#[derive(Debug, Default)]
pub struct Room {
    /// The reader's seat.
    pub own: Option<SeatId>,
    /// What stands in its lists.
    pub rows: BTreeMap<EntryId, QueueRow>,
    /// The running call.
    pub call: Option<CallId>,
}

/// What the interviewer does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Accepts an application.
    Accept(EntryId),
    /// Begins an interview.
    Start(EntryId),
    /// Calls the first who can be called.
    CallNext,
    /// Ends an interview.
    End(CallId),
    /// Nothing.
    Wait,
}

impl Step {
    /// What is asked for, if anything.
    #[must_use]
    pub fn request(self) -> Option<ClientBody> {
        match self {
            Self::Accept(entry) => Some(ClientBody::Accept { entry }),
            Self::Start(entry) => Some(ClientBody::Start { entry }),
            Self::CallNext => Some(ClientBody::CallNext),
            Self::End(call) => Some(ClientBody::End { call }),
            Self::Wait => None,
        }
    }

    /// Its name in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept(_) => "accept",
            Self::Start(_) => "start",
            Self::CallNext => "call_next",
            Self::End(_) => "end",
            Self::Wait => "wait",
        }
    }
}

impl Room {
    /// Takes over what the server says.
    pub fn hear(&mut self, body: ServerBody) {
        match body {
            ServerBody::Booth(view) => {
                self.own = Some(view.seat);
                let running = view.call.filter(|call| call.phase != CallPhase::Ended);
                self.call = running.map(|call| call.call);
                self.rows = view.rows.into_iter().map(|row| (row.entry, row)).collect();
            }
            ServerBody::Queue { rows, gone, .. } => {
                self.rows
                    .extend(rows.into_iter().map(|row| (row.entry, row)));
                for entry in gone {
                    self.rows.remove(&entry);
                }
            }
            ServerBody::Call { call } => {
                self.call = (call.phase != CallPhase::Ended).then_some(call.call);
            }
            _ => {}
        }
    }

    /// What is to be done now; `accepts`: applications come first, and are this seat's.
    #[must_use]
    pub fn next(&self, accepts: bool) -> Step {
        let mut rows = self.rows.values();
        if accepts && let Some(row) = rows.clone().find(|row| row.stage == Stage::Applied) {
            return Step::Accept(row.entry);
        }
        if self.call.is_some() {
            return Step::Wait;
        }
        let own = |row: &&QueueRow| row.seat.is_some() && row.seat == self.own;
        if let Some(row) = rows
            .clone()
            .find(|row| row.stage == Stage::Ready && own(row))
        {
            return Step::Start(row.entry);
        }
        let busy = rows.clone().any(|row| own(&row) && is_busy(row.stage));
        if !busy && rows.any(is_callable) {
            Step::CallNext
        } else {
            Step::Wait
        }
    }

    /// Whom the room shows as callable.
    #[must_use]
    pub fn callable(&self) -> Vec<EntryId> {
        let rows = self.rows.values().filter(|row| is_callable(row));
        rows.map(|row| row.entry).collect()
    }

    /// Does the room still show one of these as callable?
    #[must_use]
    pub fn shows_callable(&self, entries: &[EntryId]) -> bool {
        let mut rows = entries.iter().filter_map(|entry| self.rows.get(entry));
        rows.any(is_callable)
    }

    /// Does the room not show yet what this step changed?
    #[must_use]
    pub fn still(&self, step: &Step, accepts: bool) -> bool {
        match step {
            Step::End(call) => self.call == Some(*call),
            Step::Wait => false,
            other => self.next(accepts) == *other,
        }
    }
}

fn is_callable(row: &QueueRow) -> bool {
    row.stage == Stage::Waiting && row.presence == Presence::Online
}

fn is_busy(stage: Stage) -> bool {
    matches!(stage, Stage::Called | Stage::Ready | Stage::InCall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn room(presence: serde_json::Value) -> (Room, EntryId) {
        let entry = EntryId(uuid::Uuid::from_u128(1));
        let row = json!({
            "entry": entry, "person": uuid::Uuid::from_u128(2), "name": "甲", "headline": "",
            "origin": "applied", "stage": "waiting", "presence": presence, "since_ms": 1,
            "misses": 0, "device_ok": true, "held": false,
        });
        let row: QueueRow = serde_json::from_value(row).unwrap();
        let rows = BTreeMap::from([(entry, row)]);
        (
            Room {
                rows,
                ..Room::default()
            },
            entry,
        )
    }

    #[test]
    fn one_who_is_busy_elsewhere_is_no_longer_callable() {
        let (online, entry) = room(json!({ "is": "online" }));
        assert_eq!(online.callable(), [entry]);
        assert_eq!(online.next(false), Step::CallNext);
        assert!(online.shows_callable(&[entry]));
        let (busy, _) = room(json!({ "is": "busy" }));
        assert!(!busy.shows_callable(&[entry]) && busy.callable().is_empty());
        assert!(!Room::default().shows_callable(&[entry]), "gone");
    }
}
