//! What a page says.

use serde::{Deserialize, Serialize};

use crate::ids::{BoothId, CallId, EntryId, JobId};
use crate::view::DeviceReport;

/// One text frame from a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientFrame {
    /// Chosen by the page, echoed as [`crate::ServerFrame::re`] in the answer. Each frame after
    /// `hello` gets exactly one answer.
    pub id: u32,
    /// The message.
    pub body: ClientBody,
}

/// Where a client that comes back stopped hearing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The secret of the last welcome.
    pub secret: String,
    /// Epoch of the last sequence seen.
    pub epoch: u64,
    /// Number of the last sequence seen.
    pub n: u64,
}

/// Which page opened the socket; it decides which snapshot the welcome brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// Device test.
    DeviceTest,
    /// Company wall or one company's page, with live queue lengths: hears [`crate::WallNews`].
    Wall,
    /// A student's queues, called, call, after.
    Queues,
    /// The interviewer's room.
    Room,
    /// The school's console.
    Console,
}

/// A source of media at a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Microphone.
    Microphone,
    /// Camera.
    Camera,
    /// Shared screen.
    Screen,
}

/// The echo room of the device test: a person's own media come back from the media server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EchoMode {
    /// Own sound and picture come back.
    On,
    /// Nothing comes back.
    Off,
}

/// How an interviewer judged (评价: 通过, 待定, 不合适).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 通过.
    Pass,
    /// 待定.
    Undecided,
    /// 不合适.
    Fail,
}

/// What a page asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientBody {
    /// The first message: a join token, or the secret of an earlier welcome.
    Hello {
        /// [`crate::VERSION`] as the page knows it.
        version: u16,
        /// A fresh join token (JWT). Spent by this message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// Or: where an earlier socket of this page stopped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<Resume>,
        /// The page.
        page: PageKind,
    },
    /// The page came to the foreground or left it (decides the ready check's length).
    Visible {
        /// In the foreground.
        visible: bool,
    },
    /// Asks for a snapshot, when a page lost its thread.
    Refresh,

    // ----- student ---------------------------------------------------------------------
    /// 申请视频面试.
    Apply {
        /// At this booth.
        booth: BoothId,
        /// For this job, if one was chosen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<JobId>,
    },
    /// 退出排队, or withdraws an application.
    Leave {
        /// Own entry.
        entry: EntryId,
    },
    /// 稍后: three places back.
    Later {
        /// Own entry.
        entry: EntryId,
    },
    /// 暂时离开: skipped in every queue, keeps the places.
    Away,
    /// 我回来了.
    Back,
    /// 我准备好了: this device takes the call.
    Ready {
        /// Own entry, CALLED.
        entry: EntryId,
    },
    /// Takes a running call over to this tab or device.
    TakeOver {
        /// Own call.
        call: CallId,
    },
    /// Result of the four steps of the device test.
    DeviceTest {
        /// The figures.
        report: DeviceReport,
    },

    // ----- interviewer -----------------------------------------------------------------
    /// 接受: APPLIED → WAITING.
    Accept {
        /// An entry of the own booth.
        entry: EntryId,
    },
    /// 拒绝: APPLIED → DECLINED, final in this fair.
    Refuse {
        /// An entry of the own booth.
        entry: EntryId,
    },
    /// 撤销拒绝, within 10 minutes.
    UndoRefuse {
        /// An entry of the own booth.
        entry: EntryId,
    },
    /// 叫下一位: the first callable entry → CALLED.
    CallNext,
    /// Calls another one than the next, with a reason that is logged.
    CallPick {
        /// An entry of the own booth, WAITING.
        entry: EntryId,
        /// Why.
        reason: String,
    },
    /// Takes a call-up back: CALLED or READY → WAITING at the front.
    WithdrawCall {
        /// An entry that this seat called.
        entry: EntryId,
    },
    /// Undoes a MISSED, within 2 minutes.
    UndoMissed {
        /// An entry of the own booth.
        entry: EntryId,
    },
    /// 开始面试: READY → IN_CALL.
    Start {
        /// An entry that this seat called.
        entry: EntryId,
    },
    /// 结束面试: IN_CALL → DONE. The student may hang up by it, too.
    End {
        /// The own call.
        call: CallId,
    },
    /// 延长: once per call.
    Extend {
        /// The own call.
        call: CallId,
    },
    /// 退回队列: IN_CALL → WAITING at the front, held, told why.
    PutBack {
        /// The own call.
        call: CallId,
        /// Why; the student reads it.
        reason: String,
    },
    /// 移出: WAITING → REMOVED, told why.
    Remove {
        /// An entry of the own booth.
        entry: EntryId,
        /// Why; the student reads it.
        reason: String,
    },
    /// Joins a colleague's running call as a second interviewer.
    JoinCall {
        /// A call of the own booth.
        call: CallId,
    },
    /// 暂停排队.
    PauseQueue {
        /// Minutes until it resumes by itself, if set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minutes: Option<u32>,
        /// Those waiting read this.
        message: String,
    },
    /// 恢复排队.
    ResumeQueue,
    /// Takes no new applications; those waiting are served.
    CloseQueue,

    // ----- school staff ----------------------------------------------------------------
    /// 广播 to everyone in the fair.
    Broadcast {
        /// The text.
        text: String,
    },
    /// 延时.
    ExtendFair {
        /// By so many minutes.
        minutes: u32,
    },
    /// 结束招聘会.
    EndFair,
    /// Pauses a booth's queue from the console.
    PauseBooth {
        /// The booth.
        booth: BoothId,
        /// Those waiting read this.
        message: String,
    },
    /// Resumes a booth's queue from the console.
    ResumeBooth {
        /// The booth.
        booth: BoothId,
    },
    /// Removes a person from a queue from the console.
    RemoveEntry {
        /// The entry.
        entry: EntryId,
        /// Why; the student reads it.
        reason: String,
    },

    // ----- media -----------------------------------------------------------------------
    /// The one offer of this connection (SDP, RFC 8866); the answer is
    /// [`crate::ServerBody::MediaAnswer`]. A new offer replaces an earlier connection.
    MediaOffer {
        /// The SDP offer.
        sdp: String,
    },
    /// ICE restart on the same connection (RFC 8445 §9).
    MediaRestart {
        /// The SDP offer with new credentials.
        sdp: String,
    },
    /// Ends this tab's media connection.
    MediaClose,
    /// Starts or stops the echo room for this connection.
    MediaEcho {
        /// On or off.
        mode: EchoMode,
    },
    /// Tells the other side that a source is muted or not.
    MediaMute {
        /// The source.
        source: SourceKind,
        /// Muted.
        muted: bool,
    },
    /// What this page measures of its connection (`getStats`), every few seconds in a call.
    MediaStats {
        /// Round trip, milliseconds.
        rtt_ms: u32,
        /// Jitter, milliseconds.
        jitter_ms: u32,
        /// Loss, parts per thousand.
        loss_permille: u32,
        /// Bitrate of the video that arrives, kbit/s; left out where none is expected, as while the
        /// other side's camera is off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kbps: Option<u32>,
    },
    /// Asks the server to mute a participant in this seat's call (moderation).
    MediaMuteOther {
        /// The call.
        call: CallId,
        /// The source.
        source: SourceKind,
        /// Muted.
        muted: bool,
    },
}
