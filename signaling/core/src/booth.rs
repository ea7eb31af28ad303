//! A booth: its queue's state, its ordered list, its figures, and what its interviewers are yet to
//! be told.

use std::collections::{BTreeMap, BTreeSet};

use signaling_protocol::{
    BoothId, CallId, EntryId, JobId, JobView, PersonId, QueueState, SeatId, Wait,
};

use crate::codes::QueueCode;
use crate::queue::Queue;
use crate::rows::QueueStateRow;
use crate::setup::BoothSetup;
use crate::wait::Service;

/// A booth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Booth {
    pub(crate) id: BoothId,
    pub(crate) number: String,
    pub(crate) company: String,
    pub(crate) jobs: Vec<JobView>,
    pub(crate) seats: Vec<SeatId>,
    pub(crate) state: QueueState,
    pub(crate) queue: Queue,
    pub(crate) applied: BTreeSet<EntryId>,
    /// Rows that the interviewers see.
    pub(crate) listed: BTreeSet<EntryId>,
    /// All entries here, by student.
    pub(crate) by_student: BTreeMap<PersonId, Vec<EntryId>>,
    /// Calls that run.
    pub(crate) calls: BTreeSet<CallId>,
    /// Number of the last event of the journal.
    pub(crate) events: u64,
    pub(crate) service: Service,
    pub(crate) done: u32,
    pub(crate) waits: Waits,
    /// No seat is connected since.
    pub(crate) offline_since_ms: Option<i64>,
    /// Wait of one who joins now, as last worked out.
    pub(crate) tail: Wait,
    pub(crate) pending: Pending,
    /// Joined refreshes may go out from here on.
    pub(crate) joined_until_ms: i64,
}

/// What a booth's interviewers are yet to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pending {
    /// The first event that is covered.
    pub(crate) first: Option<u64>,
    pub(crate) rows: BTreeSet<EntryId>,
    pub(crate) order: bool,
    pub(crate) seats: bool,
    /// The booth's figures alone.
    pub(crate) figures: bool,
}

impl Pending {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && !self.order && !self.seats && !self.figures
    }

    /// Takes over what waited later than this.
    pub(crate) fn add(&mut self, later: &Self) {
        self.first = self.first.or(later.first);
        self.rows.extend(&later.rows);
        self.order |= later.order;
        self.seats |= later.seats;
        self.figures |= later.figures;
    }
}

/// Waits of those who were called, kept sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Waits(Vec<i64>);

impl Waits {
    pub(crate) fn insert(&mut self, waited_ms: i64) {
        let at = self.0.partition_point(|other| *other < waited_ms);
        self.0.insert(at, waited_ms);
    }

    /// The 90th percentile, ms; 0 if nobody was called yet.
    pub(crate) fn p90_ms(&self) -> u64 {
        let index = (self.0.len() * 9).div_ceil(10).saturating_sub(1);
        self.0
            .get(index)
            .map_or(0, |ms| u64::try_from(*ms).unwrap_or(0))
    }
}

impl Booth {
    pub(crate) fn new(setup: &BoothSetup, slot_ms: i64, now_ms: i64) -> Self {
        Self {
            id: setup.booth,
            number: setup.number.clone(),
            company: setup.company.clone(),
            jobs: setup.jobs.clone(),
            seats: setup.seats.iter().map(|seat| seat.seat).collect(),
            state: QueueState::Open,
            queue: Queue::default(),
            applied: BTreeSet::new(),
            listed: BTreeSet::new(),
            by_student: BTreeMap::new(),
            calls: BTreeSet::new(),
            events: 0,
            service: Service::new(slot_ms),
            done: 0,
            waits: Waits::default(),
            offline_since_ms: Some(now_ms),
            tail: Wait::NoInterviewer,
            pending: Pending::default(),
            joined_until_ms: i64::MIN,
        }
    }

    /// Takes over what a row says.
    pub(crate) fn take_row(&mut self, row: &QueueStateRow, down_ms: i64) {
        self.state = match row.state {
            QueueCode::Open => QueueState::Open,
            QueueCode::Closing => QueueState::Closing,
            QueueCode::Closed => QueueState::Closed,
            QueueCode::Paused => QueueState::Paused {
                until_ms: row.paused_until_ms.map(|until| until + down_ms),
                message: row.message.clone().unwrap_or_default(),
            },
        };
        self.events = row.events;
        self.service = Service {
            average_ms: row.service_ms,
            deviation_ms: row.deviation_ms,
            learned: row.learned,
            call_ups: row.call_ups,
            unanswered: row.unanswered,
        };
    }

    pub(crate) fn row(&self, fair: signaling_protocol::FairId) -> QueueStateRow {
        let (state, paused_until_ms, message) = match &self.state {
            QueueState::Open => (QueueCode::Open, None, None),
            QueueState::Closing => (QueueCode::Closing, None, None),
            QueueState::Closed => (QueueCode::Closed, None, None),
            QueueState::Paused { until_ms, message } => {
                (QueueCode::Paused, *until_ms, Some(message.clone()))
            }
        };
        QueueStateRow {
            fair,
            booth: self.id,
            state,
            paused_until_ms,
            message,
            events: self.events,
            service_ms: self.service.average_ms,
            deviation_ms: self.service.deviation_ms,
            learned: self.service.learned,
            call_ups: self.service.call_ups,
            unanswered: self.service.unanswered,
        }
    }

    pub(crate) fn job(&self, job: Option<JobId>) -> Option<JobView> {
        self.jobs.iter().find(|view| Some(view.job) == job).cloned()
    }
}
