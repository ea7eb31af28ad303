//! What the server says.

use serde::{Deserialize, Serialize};

use crate::ids::{BoothId, CallId, EntryId, FairId, PersonId};
use crate::token::Role;
use crate::view::{
    BoothBrief, BoothView, CallView, FairView, MediaSlot, Participant, Quality, QueueRow,
    StudentEntry, StudentView, WallView,
};
use crate::wall::{ConsoleNews, WallNews};

/// Place of a message in what one person hears: a restart of the server begins a new epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// Grows with each start of the fair on a node.
    pub epoch: u64,
    /// Grows by one with each sequenced message to this person.
    pub n: u64,
}

/// Which events of a booth's journal a message speaks of. Changes that were joined into one
/// message span a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// The booth whose journal is counted; `None`: the fair's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booth: Option<BoothId>,
    /// The first event that this message covers.
    pub first: u64,
    /// The last event that this message covers; all up to it are committed.
    pub last: u64,
}

/// One text frame from the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerFrame {
    /// Set on each message that changes what the page shows; the page remembers the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Sequence>,
    /// The client frame that this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<u32>,
    /// The events that this message speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    /// The message.
    pub body: ServerBody,
}

/// The first message after a good hello.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// [`crate::VERSION`].
    pub version: u16,
    /// The person.
    pub person: PersonId,
    /// As what.
    pub role: Role,
    /// The fair.
    pub fair: FairId,
    /// Secret for resuming this person's stream on a new socket.
    pub secret: String,
    /// The server's clock, ms since 1970: the page counts down by it.
    pub now_ms: i64,
    /// True if what was missed follows as single messages; false if a snapshot follows.
    pub resumed: bool,
}

/// Whose media a trouble message speaks of, seen from the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSide {
    /// The reader's own connection.
    Own,
    /// The other side's.
    Other,
}

/// What is wrong with a side's media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// All is well again.
    None,
    /// 2 s without a packet.
    Unstable,
    /// 5 s without anything authenticated.
    Lost,
    /// The connection was given up; a new offer is needed.
    Gone,
}

/// What the server tells a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ServerBody {
    /// Answer to a good hello.
    Welcome(Welcome),
    /// The request was done and is committed; [`ServerFrame::stamp`] names its event.
    Done,
    /// The request was done and made this entry.
    Applied {
        /// The new entry.
        entry: EntryId,
    },
    /// The request was refused; nothing changed.
    Refused {
        /// Why, as a code that the page words in Chinese.
        code: Refusal,
    },

    // ----- snapshots -------------------------------------------------------------------
    /// Everything a student's page shows.
    Student(StudentView),
    /// Everything an interviewer's room shows.
    Booth(BoothView),
    /// Everything the school's console shows.
    Wall(WallView),

    // ----- changes ---------------------------------------------------------------------
    /// An own entry changed (student).
    Entry {
        /// The entry as it is now.
        entry: StudentEntry,
    },
    /// Rows of the own booth changed (interviewer). Rows not named are as they were.
    Queue {
        /// New or changed rows.
        rows: Vec<QueueRow>,
        /// Rows that left the lists.
        gone: Vec<EntryId>,
        /// The queue's order, if it changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<Vec<EntryId>>,
        /// The booth's own figures.
        booth: BoothBrief,
    },
    /// The seats of the own booth changed (interviewer).
    Seats {
        /// All seats.
        seats: Vec<crate::view::SeatView>,
    },
    /// A call of the reader began, changed or ended.
    Call {
        /// The call as it is now.
        call: CallView,
    },
    /// The company wall changed, or this is where its news stand. Not part of the sequence.
    WallNews(WallNews),
    /// The console's booths or figures changed, or this is where its news stand. Not part of the
    /// sequence.
    ConsoleNews(ConsoleNews),
    /// The fair's own state changed.
    Fair {
        /// The fair as it is now.
        fair: FairView,
    },
    /// 广播.
    Broadcast {
        /// The text.
        text: String,
        /// When, ms since 1970.
        at_ms: i64,
    },

    /// The server cannot store anything at the moment, or can again. Nothing that was answered is
    /// lost; what is asked meanwhile is answered when it is stored.
    Stalled {
        /// Since a few seconds; false: it is over.
        stalled: bool,
    },
    /// The server's clock was set: pages count down by this one from now on.
    Clock {
        /// Its time, ms since 1970.
        now_ms: i64,
    },

    // ----- media -----------------------------------------------------------------------
    /// The answer to an offer: complete, with every candidate of the server.
    MediaAnswer {
        /// The SDP answer.
        sdp: String,
    },
    /// What this connection's receive slots carry now.
    MediaSlots {
        /// All slots with a source; a slot that is not named is silent.
        slots: Vec<MediaSlot>,
        /// Who is behind the sources.
        participants: Vec<Participant>,
    },
    /// A side of the call is in trouble, or well again.
    MediaTrouble {
        /// The call.
        call: CallId,
        /// Whose side.
        side: MediaSide,
        /// What.
        kind: TroubleKind,
    },
    /// Line quality of both sides of a call.
    MediaQuality {
        /// The call.
        call: CallId,
        /// The reader's own line.
        own: Quality,
        /// The other side's.
        other: Quality,
    },
    /// The media connection of this tab is over (removed, replaced by another device, drained).
    MediaClosed {
        /// Why.
        code: Refusal,
    },

    /// The last message before the server closes the socket.
    Bye {
        /// Why.
        reason: Bye,
    },
}

/// Why a request was refused. The pages hold the Chinese words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The message is not for this role.
    NotAllowed,
    /// No such entry, call or booth for this person.
    NotFound,
    /// The seat belongs to someone else.
    NotYourSeat,
    /// The entry's stage does not allow it (any more).
    WrongStage,
    /// The fair has not begun.
    FairNotOpen,
    /// The fair is over.
    FairEnded,
    /// The queue takes no new applications.
    QueueClosed,
    /// The queue is paused.
    QueuePaused,
    /// The student is not admitted to this fair.
    NotAdmitted,
    /// The résumé is not complete.
    ResumeIncomplete,
    /// No passed device test within 24 h.
    DeviceTestMissing,
    /// `max_queues` reached.
    TooManyQueues,
    /// The booth refused this student in this fair.
    RefusedBefore,
    /// Already in this queue, or interviewed here.
    AlreadyHere,
    /// The expected wait does not fit into the time left.
    NoTimeLeft,
    /// The queue is full.
    QueueFull,
    /// 稍后, away or an extension is used up.
    UsedUp,
    /// Nobody can be called now.
    NobodyCallable,
    /// This seat already has someone called or in a call.
    SeatBusy,
    /// The student is in another call.
    StudentBusy,
    /// The other device has the call.
    OtherDevice,
    /// The time to undo is over.
    TooLate,
    /// A text is empty or too long, or a number is out of range.
    Invalid,
    /// The offer cannot be had: what is wrong is in the server's log.
    BadOffer,
    /// There is no media connection.
    NoMedia,
    /// The media node is full or draining.
    MediaFull,
    /// After a restart, calling opens when the others are back.
    Settling,
    /// The server is about to restart: nobody is called up and no interview begins until it has.
    Restarting,
    /// Too many requests.
    TooFast,
    /// A fault of the server; the request may be tried again.
    Internal,
}

/// Why the server closes a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bye {
    /// No hello in time.
    HelloLate,
    /// Another protocol version: reload the page.
    Version,
    /// The token is forged, expired, or for another fair.
    TokenBad,
    /// The token was used before.
    TokenSpent,
    /// The resume secret is not known (any more): fetch a new token.
    ResumeUnknown,
    /// No such fair here, or it is not running.
    FairUnknown,
    /// The seat is not this person's, or is taken by another one.
    SeatUnknown,
    /// Too many sockets of this person.
    TooManySockets,
    /// Messages too fast.
    Flood,
    /// Too many unreadable messages.
    Faults,
    /// The client reads too slowly.
    SlowReader,
    /// Nothing was heard for too long.
    Silent,
    /// The server restarts: come back.
    Restart,
    /// The person was removed from the fair.
    Removed,
    /// The person was signed out, or the account may not take part any more: sign in again.
    ShutOut,
}
