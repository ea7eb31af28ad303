//! What pages show: views of the live fair, each made for one kind of reader.

use serde::{Deserialize, Serialize};

use crate::client::{Outcome, SourceKind};
use crate::ids::{BoothId, CallId, EntryId, FairId, JobId, PersonId, SeatId};

/// Stage of a queue entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The student applied; the booth has not decided.
    Applied,
    /// The booth invited; the student has not decided.
    Invited,
    /// In the queue.
    Waiting,
    /// It is the student's turn; the ready check runs.
    Called,
    /// The student answered; the call begins at once or after a few seconds.
    Ready,
    /// In the call.
    InCall,
    /// Interviewed.
    Done,
    /// The booth refused.
    Declined,
    /// The student took the application back.
    Withdrawn,
    /// Called twice without an answer.
    Missed,
    /// The student left the queue, or was away too long.
    Left,
    /// Removed by booth or staff.
    Removed,
    /// The fair ended first.
    Expired,
}

/// How an entry came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The student applied.
    Applied,
    /// The booth invited.
    Invited,
}

/// Can a person be called right now? Worked out from sockets, away and busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Presence {
    /// Here.
    Online,
    /// Paused by the person, or offline for over the grace time.
    Away {
        /// Until, ms since 1970.
        until_ms: i64,
    },
    /// No socket.
    Offline {
        /// Since, ms since 1970.
        since_ms: i64,
    },
    /// Called or in a call elsewhere.
    Busy,
}

/// Expected wait, as shown: never a false number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Wait {
    /// 轮到你了.
    YourTurn,
    /// < 2 分钟.
    UnderTwoMinutes,
    /// A range in minutes, floor and ceiling to 5.
    Range {
        /// From.
        low_min: u32,
        /// To.
        high_min: u32,
    },
    /// 暂无面试官在线.
    NoInterviewer,
}

/// State of a booth's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum QueueState {
    /// Takes applications and calls.
    Open,
    /// Paused, with a message for those waiting.
    Paused {
        /// Resumes by itself then, ms since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until_ms: Option<i64>,
        /// Why.
        message: String,
    },
    /// Serves those waiting, takes no new ones.
    Closing,
    /// Closed.
    Closed,
}

/// Where a fair stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FairPhase {
    /// Not begun: device tests only.
    Upcoming,
    /// Running.
    Running,
    /// Ended; calls that run may finish.
    Overrun,
    /// Over.
    Ended,
}

/// A fair, as every page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FairView {
    /// The fair.
    pub fair: FairId,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub phase: FairPhase,
    /// Begin, ms since 1970.
    pub starts_ms: i64,
    /// End, with extensions, ms since 1970.
    pub ends_ms: i64,
}

/// A job, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobView {
    /// The job.
    pub job: JobId,
    /// Its title.
    pub title: String,
}

/// A booth, as the wall and the console show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoothBrief {
    /// The booth.
    pub booth: BoothId,
    /// Its number in the fair, such as `B-017`.
    pub number: String,
    /// The company.
    pub company: String,
    /// Its queue.
    pub queue: QueueState,
    /// Entries WAITING.
    pub waiting: u32,
    /// Entries APPLIED.
    pub applied: u32,
    /// Seats of the booth.
    pub seats: u32,
    /// Seats with an interviewer connected.
    pub seats_online: u32,
    /// Seats in a call.
    pub seats_in_call: u32,
    /// No interviewer connected since, ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline_since_ms: Option<i64>,
    /// Average length of a call, ms.
    pub average_ms: u64,
    /// Expected wait of one who joins now.
    pub wait: Wait,
    /// 90th percentile of the waits of those called so far, ms.
    pub wait_p90_ms: u64,
    /// Calls finished.
    pub done: u32,
    /// Calls in which a side has been gone for over 30 s ("卡住").
    pub stuck: u32,
}

/// Why an entry is where it is: the reason behind a place that got worse, or behind its end.
/// The page holds the Chinese words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// 稍后: the student asked for it.
    Later,
    /// 已过号: a call was not answered.
    NoAnswer,
    /// The student was away at the head of the queue for too long.
    SkippedAtHead,
    /// 面试官退回: put back by the interviewer, who says why.
    PutBack,
    /// The interviewer took the call-up back; not counted against the student.
    CallWithdrawn,
    /// The interviewer's connection was lost; not counted against the student.
    InterviewerGone,
    /// Both sides were gone for too long; not counted against the student.
    CallLost,
    /// The student was offline for too long.
    OfflineTooLong,
    /// Removed by the booth, which says why.
    RemovedByBooth,
    /// Removed by the school's staff, who say why.
    RemovedByStaff,
    /// Removed since the account may not take part any more; the reason says why.
    RemovedByPlatform,
    /// The interviewer undid a missed call-up.
    MissedUndone,
    /// The fair ended.
    FairEnded,
    /// Another one was put in front: returned there by the booth's fault.
    OthersReturned,
}

/// An own entry, as a student's page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentEntry {
    /// The entry.
    pub entry: EntryId,
    /// The booth.
    pub booth: BoothId,
    /// The booth's number.
    pub number: String,
    /// The company.
    pub company: String,
    /// The job, if one was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobView>,
    /// How it came to be.
    pub origin: Origin,
    /// The stage.
    pub stage: Stage,
    /// Place in the queue, from 1, while WAITING.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// Expected wait, while WAITING.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// The queue it stands in.
    pub queue: QueueState,
    /// What runs out then (ready check, start by itself), ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<i64>,
    /// Length of the whole ready check, ms, for the countdown ring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_ms: Option<u32>,
    /// Uses of 稍后 left.
    pub laters_left: u32,
    /// Why the position got worse or the entry ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The same in the words of the interviewer or the staff, if they gave some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The call, while IN_CALL and after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// When the entry was made, ms since 1970.
    pub since_ms: i64,
}

/// Everything a student's page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentView {
    /// The fair.
    pub fair: FairView,
    /// Own entries, also those that ended.
    pub entries: Vec<StudentEntry>,
    /// Away until, ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_until_ms: Option<i64>,
    /// Uses of 暂时离开 left.
    pub aways_left: u32,
    /// Last passed device test, ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_test_ms: Option<i64>,
    /// Active entries allowed at once.
    pub max_queues: u32,
    /// The running call, or the last one that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallView>,
}

/// A row of a booth's lists, as its interviewers see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueRow {
    /// The entry.
    pub entry: EntryId,
    /// The student.
    pub person: PersonId,
    /// The student's name.
    pub name: String,
    /// Degree, faculty.
    pub headline: String,
    /// The job, if one was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobView>,
    /// How it came to be.
    pub origin: Origin,
    /// The stage.
    pub stage: Stage,
    /// Can the person be called now?
    pub presence: Presence,
    /// Passed the device test.
    pub device_ok: bool,
    /// Calls without an answer so far.
    pub misses: u32,
    /// Put back by an interviewer: served first.
    pub held: bool,
    /// In this stage since, ms since 1970; for WAITING: since the student joined the queue.
    pub since_ms: i64,
    /// What runs out then, ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<i64>,
    /// The seat that called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<SeatId>,
}

/// What an interviewer's seat is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum SeatState {
    /// Nobody is connected.
    Offline,
    /// Connected, nobody called.
    Idle,
    /// Someone is CALLED or READY for this seat.
    Calling {
        /// The entry.
        entry: EntryId,
    },
    /// In a call.
    InCall {
        /// The call.
        call: CallId,
    },
    /// After a call, the evaluation is due.
    Evaluating {
        /// The call that ended.
        call: CallId,
    },
}

/// A seat, as the booth's interviewers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatView {
    /// The seat.
    pub seat: SeatId,
    /// The interviewer.
    pub person: PersonId,
    /// Nickname: what students see.
    pub nickname: String,
    /// What the seat is doing.
    pub state: SeatState,
}

/// Everything an interviewer's room shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoothView {
    /// The fair.
    pub fair: FairView,
    /// The booth's figures.
    pub brief: BoothBrief,
    /// The reader's seat.
    pub seat: SeatId,
    /// All seats.
    pub seats: Vec<SeatView>,
    /// Rows of both lists (applications and queue) and of those CALLED, READY, IN_CALL; also
    /// those DECLINED or MISSED while that can be undone (`deadline_ms` says how long).
    pub rows: Vec<QueueRow>,
    /// The queue's order: ids of WAITING rows, the next one first.
    pub order: Vec<EntryId>,
    /// The reader's running call, or the one whose evaluation is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallView>,
}

/// The fair in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FairTotals {
    /// Students with a socket.
    pub students_online: u32,
    /// Calls running.
    pub calls: u32,
    /// Entries WAITING.
    pub waiting: u32,
    /// 90th percentile of waits so far, ms.
    pub wait_p90_ms: u64,
    /// Calls finished.
    pub done: u32,
    /// Entries MISSED.
    pub missed: u32,
}

/// Everything the school's console shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WallView {
    /// The fair.
    pub fair: FairView,
    /// The fair in numbers.
    pub totals: FairTotals,
    /// All booths; the place of each is its index in the news.
    pub booths: Vec<BoothBrief>,
    /// Number of the last news that are in it; see [`crate::ConsoleNews`].
    pub n: u64,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallPhase {
    /// Running.
    Running,
    /// A side is gone; the call clock stands still for a while.
    Waiting,
    /// Over.
    Ended,
}

/// A person in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    /// The person.
    pub person: PersonId,
    /// Name (student) or nickname (interviewer).
    pub name: String,
    /// Degree and faculty, or department.
    pub headline: String,
    /// On a seat of the booth; else the student.
    pub interviewer: bool,
    /// The microphone is muted.
    pub microphone_muted: bool,
    /// The camera is off.
    pub camera_muted: bool,
}

/// A call, as its participants see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallView {
    /// The call.
    pub call: CallId,
    /// The entry.
    pub entry: EntryId,
    /// The booth.
    pub booth: BoothId,
    /// Where it stands.
    pub phase: CallPhase,
    /// Began, ms since 1970.
    pub started_ms: i64,
    /// Time used up by the call clock so far, ms, as of `clock_at_ms`.
    pub used_ms: u64,
    /// When `used_ms` was taken; while the phase is `running` the clock goes on from there.
    pub clock_at_ms: i64,
    /// Planned length with the extension, ms.
    pub length_ms: u64,
    /// The one extension is still there.
    pub can_extend: bool,
    /// Ended, ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<i64>,
    /// The evaluation, once saved (interviewers only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Who takes part.
    pub participants: Vec<Participant>,
    /// This socket's tab or device has the call; else it may take it over.
    pub here: bool,
}

/// What a receive slot of a connection carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaSlot {
    /// The slot's `mid` in the SDP (RFC 5888): tell tracks apart by `transceiver.mid`.
    pub mid: String,
    /// Whose.
    pub person: PersonId,
    /// Which of that person's sources.
    pub source: SourceKind,
}

/// Line quality, from the thresholds for round trip, jitter, loss and, where video is expected, its
/// bitrate: the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Not known yet.
    Unknown,
    /// < 100 ms, < 5 ms, < 1 %, > 1,000 kbit/s.
    Excellent,
    /// < 250 ms, < 30 ms, < 3 %, > 500 kbit/s.
    Good,
    /// < 400 ms, < 50 ms, < 8 %, > 150 kbit/s.
    Warn,
    /// Beyond.
    Bad,
}

/// Result of a device test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceReport {
    /// Own picture came back from the media server.
    pub camera: bool,
    /// Own sound came back from the media server.
    pub microphone: bool,
    /// The student heard the recording.
    pub speaker: bool,
    /// Line to the media server.
    pub network: Quality,
    /// Round trip, ms.
    pub rtt_ms: u32,
    /// Loss, parts per thousand.
    pub loss_permille: u32,
}
