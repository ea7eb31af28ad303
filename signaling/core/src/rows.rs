//! The state of a fair as rows, one struct per table, and the appended event.
//!
//! A fair is restored from its rows alone ([`Rows`]); the events are the audit trail. All times are
//! ms since 1970. Enums have stable codes for SQL (see [`crate::codes`]).

use signaling_protocol::{
    BoothId, CallId, Cause, EntryId, FairId, FairPhase, JobId, Origin, Outcome, PersonId, SeatId,
    Stage,
};

use crate::codes::{EventKind, QueueCode};

/// The fair's own state (table `live_fairs`, key `fair`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairRow {
    /// The fair.
    pub fair: FairId,
    /// Where it stands.
    pub phase: FairPhase,
    /// End, with extensions.
    pub ends_ms: i64,
    /// After the end: calls must be over by then.
    pub overrun_until_ms: Option<i64>,
    /// Number of the fair's own last event.
    pub events: u64,
}

/// A booth's queue (table `live_queues`, key `booth`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueStateRow {
    /// The fair.
    pub fair: FairId,
    /// The booth.
    pub booth: BoothId,
    /// The queue's state.
    pub state: QueueCode,
    /// While paused: resumes by itself then.
    pub paused_until_ms: Option<i64>,
    /// While paused: what those waiting read.
    pub message: Option<String>,
    /// Number of the booth's last event.
    pub events: u64,
    /// Service average S, ms.
    pub service_ms: i64,
    /// Deviation D, ms.
    pub deviation_ms: i64,
    /// Calls that S and D have learned from.
    pub learned: u32,
    /// Call-ups with a result (answered or not).
    pub call_ups: u32,
    /// Call-ups without an answer.
    pub unanswered: u32,
}

/// A queue entry (table `queue_entries`, key `entry`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// The entry.
    pub entry: EntryId,
    /// The fair.
    pub fair: FairId,
    /// The booth.
    pub booth: BoothId,
    /// The student.
    pub person: PersonId,
    /// The job, if one was chosen.
    pub job: Option<JobId>,
    /// How it came to be.
    pub origin: Origin,
    /// The stage.
    pub stage: Stage,
    /// While WAITING: orders the queue, smallest first. Sparse, so that one insertion changes one
    /// row.
    pub rank: Option<i64>,
    /// When the entry was made.
    pub made_ms: i64,
    /// When it first joined the queue.
    pub joined_ms: Option<i64>,
    /// In this stage since.
    pub since_ms: i64,
    /// What runs out then: ready check, start by itself, the time to undo.
    pub deadline_ms: Option<i64>,
    /// While CALLED: length of the whole ready check.
    pub ready_ms: Option<i64>,
    /// While CALLED or READY: the seat that called.
    pub seat: Option<SeatId>,
    /// IN_CALL and DONE: the call.
    pub call: Option<CallId>,
    /// Calls without an answer.
    pub misses: u32,
    /// Uses of 稍后.
    pub laters: u32,
    /// Put back by this seat's interviewer.
    pub held_by: Option<SeatId>,
    /// Passed over at the head since.
    pub skipped_ms: Option<i64>,
    /// Time from joining the queue to the first call-up.
    pub waited_ms: Option<i64>,
    /// Why the place got worse or the entry ended.
    pub cause: Option<Cause>,
    /// The same in someone's words.
    pub reason: Option<String>,
}

/// A call (table `calls`, key `call`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// The call.
    pub call: CallId,
    /// The fair.
    pub fair: FairId,
    /// The booth.
    pub booth: BoothId,
    /// The entry.
    pub entry: EntryId,
    /// The student.
    pub student: PersonId,
    /// The seat that called, or that took the call over.
    pub seat: SeatId,
    /// Began.
    pub started_ms: i64,
    /// Planned length with the extension.
    pub length_ms: i64,
    /// The one extension is used.
    pub extended: bool,
    /// Time used up by the call clock as of `clock_at_ms`.
    pub used_ms: i64,
    /// When `used_ms` was taken.
    pub clock_at_ms: i64,
    /// The clock runs.
    pub clock_runs: bool,
    /// Ended.
    pub ended_ms: Option<i64>,
    /// Ended as DONE (not put back, lost or removed): an evaluation is due until there is an
    /// outcome.
    pub done: bool,
    /// The evaluation.
    pub outcome: Option<Outcome>,
}

/// A seat in a call (table `call_seats`, key `call`, `seat`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSeatRow {
    /// The call.
    pub call: CallId,
    /// The seat.
    pub seat: SeatId,
    /// The interviewer.
    pub person: PersonId,
    /// Joined the call.
    pub joined_ms: i64,
}

/// A student in the fair (table `live_persons`, key `fair`, `person`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The fair.
    pub fair: FairId,
    /// The student.
    pub person: PersonId,
    /// Name.
    pub name: String,
    /// Degree and faculty.
    pub headline: String,
    /// Last passed device test.
    pub device_test_ms: Option<i64>,
    /// 暂时离开 until.
    pub away_until_ms: Option<i64>,
    /// Uses of 暂时离开.
    pub aways: u32,
    /// Without a socket since; the grace time counts from here.
    pub offline_since_ms: Option<i64>,
}

/// One state row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// The fair.
    Fair(FairRow),
    /// A queue.
    Queue(QueueStateRow),
    /// A student.
    Person(PersonRow),
    /// An entry.
    Entry(EntryRow),
    /// A call.
    Call(CallRow),
    /// A seat in a call.
    CallSeat(CallSeatRow),
}

/// One appended event (table `live_events`, key `fair`, `booth`, `number`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The fair.
    pub fair: FairId,
    /// The booth whose journal it is; `None`: the fair's own.
    pub booth: Option<BoothId>,
    /// Place in that journal, from 1, without gaps.
    pub number: u64,
    /// When.
    pub at_ms: i64,
    /// What.
    pub kind: EventKind,
    /// Who did it; `None`: a deadline.
    pub actor: Option<PersonId>,
    /// The entry.
    pub entry: Option<EntryId>,
    /// The call.
    pub call: Option<CallId>,
    /// The seat.
    pub seat: Option<SeatId>,
    /// The entry's stage afterwards.
    pub stage: Option<Stage>,
    /// The entry's place in the queue afterwards, from 0, while WAITING.
    pub place: Option<u32>,
    /// The reason or text that someone gave.
    pub text: Option<String>,
}

/// All rows of one fair, for [`crate::Fair::restore`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// The fair, if it ever ran here.
    pub fair: Option<FairRow>,
    /// Queues.
    pub queues: Vec<QueueStateRow>,
    /// Students.
    pub persons: Vec<PersonRow>,
    /// Entries, also those that ended.
    pub entries: Vec<EntryRow>,
    /// Calls, also those that ended.
    pub calls: Vec<CallRow>,
    /// Seats in calls.
    pub call_seats: Vec<CallSeatRow>,
}
