//! A student in the fair, over all tabs and devices: here, offline since, away until.

use std::collections::{BTreeMap, BTreeSet};

use signaling_protocol::{Admission, EntryId, PageKind, PersonId, Presence, SeatId};

use crate::call::Muted;
use crate::command::SocketId;
use crate::rows::PersonRow;
use crate::setup::Rules;

/// A student.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) name: String,
    pub(crate) headline: String,
    /// What the newest token says.
    pub(crate) admission: Admission,
    pub(crate) sockets: BTreeSet<SocketId>,
    /// Without a socket since; the grace time counts from here.
    pub(crate) offline_since_ms: Option<i64>,
    /// 暂时离开 until.
    pub(crate) away_until_ms: Option<i64>,
    /// Uses of 暂时离开.
    pub(crate) aways: u32,
    /// Last passed device test.
    pub(crate) device_test_ms: Option<i64>,
    /// Entries that count against `max_queues`.
    pub(crate) active: BTreeSet<EntryId>,
    /// All own entries, the oldest first.
    pub(crate) entries: Vec<EntryId>,
    /// Has a row in the database.
    pub(crate) kept: bool,
    /// Something was last said to single sockets; a socket that comes back missed it.
    pub(crate) single_ms: Option<i64>,
    /// Refreshes that wait for their window: the first event that each covers.
    pub(crate) pending: BTreeMap<EntryId, u64>,
    /// Joined refreshes may go out from here on.
    pub(crate) joined_until_ms: i64,
}

impl Person {
    pub(crate) fn new(id: PersonId) -> Self {
        Self {
            id,
            name: String::new(),
            headline: String::new(),
            admission: Admission {
                admitted: false,
                resume_complete: false,
            },
            sockets: BTreeSet::new(),
            offline_since_ms: None,
            away_until_ms: None,
            aways: 0,
            device_test_ms: None,
            active: BTreeSet::new(),
            entries: Vec::new(),
            kept: false,
            single_ms: None,
            pending: BTreeMap::new(),
            joined_until_ms: i64::MIN,
        }
    }

    /// A person from a row: offline since then, or since the restart.
    pub(crate) fn from_row(row: PersonRow, now_ms: i64, down_ms: i64) -> Self {
        Self {
            name: row.name,
            headline: row.headline,
            offline_since_ms: Some(row.offline_since_ms.map_or(now_ms, |since| since + down_ms)),
            away_until_ms: row.away_until_ms.map(|until| until + down_ms),
            aways: row.aways,
            device_test_ms: row.device_test_ms,
            kept: true,
            ..Self::new(row.person)
        }
    }

    pub(crate) fn is_online(&self) -> bool {
        !self.sockets.is_empty()
    }

    /// Online and not away; busy is asked of the entries.
    pub(crate) fn is_here(&self) -> bool {
        self.is_online() && self.away_until_ms.is_none()
    }

    /// As interviewers see it, if not busy.
    pub(crate) fn presence(&self, now_ms: i64, rules: &Rules) -> Presence {
        if self.is_online() {
            return match self.away_until_ms {
                Some(until_ms) => Presence::Away { until_ms },
                None => Presence::Online,
            };
        }
        let since_ms = self.offline_since_ms.unwrap_or(now_ms);
        if now_ms < since_ms + rules.offline_grace_ms {
            Presence::Offline { since_ms }
        } else {
            Presence::Away {
                until_ms: since_ms + rules.offline_grace_ms + rules.offline_away_ms,
            }
        }
    }

    /// Messages are still made for this person: connected, or gone for a short time only.
    pub(crate) fn hears(&self, now_ms: i64, rules: &Rules) -> bool {
        self.is_online()
            || self
                .offline_since_ms
                .is_some_and(|since| now_ms < since + rules.offline_grace_ms)
    }

    pub(crate) fn row(&self, fair: signaling_protocol::FairId) -> PersonRow {
        PersonRow {
            fair,
            person: self.id,
            name: self.name.clone(),
            headline: self.headline.clone(),
            device_test_ms: self.device_test_ms,
            away_until_ms: self.away_until_ms,
            aways: self.aways,
            offline_since_ms: self.offline_since_ms,
        }
    }
}

/// As what a socket is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Student,
    Seat(SeatId),
    Staff,
}

/// A connected page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Socket {
    pub(crate) person: PersonId,
    pub(crate) side: Side,
    pub(crate) page: PageKind,
    /// In the foreground, as far as the page said.
    pub(crate) visible: bool,
    /// What the page says that it switched off, in a call or before it.
    pub(crate) muted: Muted,
}
