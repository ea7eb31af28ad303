//! A call: who takes part on which device, the call clock, and what follows from a side that is
//! gone.

use std::collections::BTreeMap;

use signaling_protocol::{
    BoothId, CallId, EntryId, FairId, Outcome, PersonId, Quality, SeatId, SourceKind,
};

use crate::command::{MediaSignal, SocketId};
use crate::rows::CallRow;
use crate::setup::Rules;

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) entry: EntryId,
    pub(crate) booth: BoothId,
    /// The seat that called, or that took the call over.
    pub(crate) seat: SeatId,
    pub(crate) student: Member,
    pub(crate) seats: BTreeMap<SeatId, Member>,
    pub(crate) started_ms: i64,
    pub(crate) length_ms: i64,
    pub(crate) extended: bool,
    pub(crate) clock: CallClock,
    pub(crate) ended_ms: Option<i64>,
    /// Ended as DONE.
    pub(crate) done: bool,
    pub(crate) outcome: Option<Outcome>,
}

/// A person in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) person: PersonId,
    pub(crate) joined_ms: i64,
    pub(crate) device: Device,
    pub(crate) line: Line,
    /// Socket or media gone since.
    pub(crate) gone_since_ms: Option<i64>,
    pub(crate) muted: Muted,
    /// Of these, what an interviewer muted: the media server lets it not pass.
    pub(crate) moderated: Muted,
    pub(crate) quality: Quality,
}

/// The tab or device that has a member's side of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    /// None has it, and no connection of the member's is in the call's room.
    None,
    /// The tab on this open socket.
    Here(SocketId),
    /// The tab whose socket this was. Its media connection stays in the room: media do not pass
    /// through the socket, and the tab may come back on another one.
    Broken(SocketId),
}

impl Device {
    /// The open socket.
    pub(crate) fn socket(self) -> Option<SocketId> {
        match self {
            Self::Here(socket) => Some(socket),
            Self::Broken(_) | Self::None => None,
        }
    }

    /// The socket under whose name the media connection is in the call's room.
    pub(crate) fn media(self) -> Option<SocketId> {
        match self {
            Self::Here(socket) | Self::Broken(socket) => Some(socket),
            Self::None => None,
        }
    }
}

impl From<Option<SocketId>> for Device {
    fn from(socket: Option<SocketId>) -> Self {
        socket.map_or(Self::None, Self::Here)
    }
}

/// What the media server last said of a member's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// Never connected: nothing can be lost.
    Unknown,
    Fine,
    Unstable,
    Lost,
}

/// Sources that are muted; a shared screen has no mark of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Muted {
    pub(crate) microphone: bool,
    pub(crate) camera: bool,
}

impl Muted {
    pub(crate) fn set(&mut self, source: SourceKind, muted: bool) {
        match source {
            SourceKind::Microphone => self.microphone = muted,
            SourceKind::Camera => self.camera = muted,
            SourceKind::Screen => {}
        }
    }

    pub(crate) fn has(self, source: SourceKind) -> bool {
        match source {
            SourceKind::Microphone => self.microphone,
            SourceKind::Camera => self.camera,
            SourceKind::Screen => false,
        }
    }
}

impl Member {
    pub(crate) fn new(person: PersonId, socket: Option<SocketId>, now_ms: i64) -> Self {
        Self {
            person,
            joined_ms: now_ms,
            device: socket.into(),
            line: Line::Unknown,
            gone_since_ms: socket.is_none().then_some(now_ms),
            muted: Muted::default(),
            moderated: Muted::default(),
            quality: Quality::Unknown,
        }
    }

    /// Works out whether the member is gone; true if that changed.
    pub(crate) fn settle(&mut self, now_ms: i64) -> bool {
        let gone = self.device.socket().is_none() || self.line == Line::Lost;
        if gone == self.gone_since_ms.is_some() {
            return false;
        }
        self.gone_since_ms = gone.then_some(now_ms);
        true
    }

    pub(crate) fn hear(&mut self, signal: MediaSignal) {
        self.line = match signal {
            MediaSignal::Connected | MediaSignal::Recovered => Line::Fine,
            MediaSignal::Unstable => Line::Unstable,
            MediaSignal::Lost | MediaSignal::Gone => Line::Lost,
        };
    }
}

/// The clock of a call: counts up, and stands still while a side is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallClock {
    pub(crate) used_ms: i64,
    pub(crate) at_ms: i64,
    pub(crate) runs: bool,
}

impl CallClock {
    pub(crate) fn new(now_ms: i64) -> Self {
        Self {
            used_ms: 0,
            at_ms: now_ms,
            runs: true,
        }
    }

    /// Starts or stops it; true if that changed anything.
    pub(crate) fn run(&mut self, runs: bool, now_ms: i64) -> bool {
        if self.runs == runs {
            return false;
        }
        if self.runs {
            self.used_ms += now_ms - self.at_ms;
        }
        self.at_ms = now_ms;
        self.runs = runs;
        true
    }
}

/// What a call with a side gone has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on.
    GoesOn,
    /// Both sides were gone for too long: back to the front.
    BothGone,
    /// The interviewers were gone for too long and no colleague took it: back to the front.
    InterviewerGone,
    /// The student's reconnect time is over: DONE.
    StudentGone,
}

impl Call {
    /// All interviewers are gone, since.
    pub(crate) fn interviewers_gone_ms(&self) -> Option<i64> {
        let mut latest = None;
        for member in self.seats.values() {
            latest = latest.max(Some(member.gone_since_ms?));
        }
        latest
    }

    /// A side is gone, since: the earlier one.
    pub(crate) fn gone_ms(&self) -> Option<i64> {
        match (self.student.gone_since_ms, self.interviewers_gone_ms()) {
            (Some(student), Some(seats)) => Some(student.min(seats)),
            (student, seats) => student.or(seats),
        }
    }

    /// A side has been gone for so long that staff should look.
    pub(crate) fn is_stuck(&self, now_ms: i64, rules: &Rules) -> bool {
        self.gone_ms()
            .is_some_and(|since| now_ms >= since + rules.stuck_ms)
    }

    /// The clock stands still from the first loss on, for a while.
    pub(crate) fn clock_should_run(&self, now_ms: i64, rules: &Rules) -> bool {
        self.gone_ms()
            .is_none_or(|since| now_ms >= since + rules.clock_stop_ms)
    }

    /// What has come of it; `colleague`: another seat of the booth is connected and free.
    pub(crate) fn verdict(&self, now_ms: i64, rules: &Rules, colleague: bool) -> Verdict {
        let over = |since: i64, limit_ms: i64| now_ms >= since + limit_ms;
        match (self.student.gone_since_ms, self.interviewers_gone_ms()) {
            (None, None) => Verdict::GoesOn,
            (Some(student), Some(seats)) => {
                if over(student.max(seats), rules.both_gone_ms) {
                    Verdict::BothGone
                } else {
                    Verdict::GoesOn
                }
            }
            (None, Some(seats)) => {
                let limit_ms = if colleague {
                    rules.both_gone_ms
                } else {
                    rules.interviewer_gone_ms
                };
                if over(seats, limit_ms) {
                    Verdict::InterviewerGone
                } else {
                    Verdict::GoesOn
                }
            }
            (Some(student), None) => {
                if over(student, rules.reconnect_ms) {
                    Verdict::StudentGone
                } else {
                    Verdict::GoesOn
                }
            }
        }
    }

    /// The next moment at which something about a side that is gone may be due.
    pub(crate) fn next_check_ms(&self, now_ms: i64, rules: &Rules) -> Option<i64> {
        let student = self.student.gone_since_ms;
        let seats = self.interviewers_gone_ms();
        let both = student
            .zip(seats)
            .map(|(a, b)| a.max(b) + rules.both_gone_ms);
        let moments = [
            self.gone_ms().map(|since| since + rules.stuck_ms),
            self.gone_ms().map(|since| since + rules.clock_stop_ms),
            seats.map(|since| since + rules.interviewer_gone_ms),
            seats.map(|since| since + rules.both_gone_ms),
            student.map(|since| since + rules.reconnect_ms),
            both,
        ];
        moments
            .into_iter()
            .flatten()
            .filter(|at_ms| *at_ms > now_ms)
            .min()
    }

    pub(crate) fn row(&self, fair: FairId) -> CallRow {
        CallRow {
            call: self.id,
            fair,
            booth: self.booth,
            entry: self.entry,
            student: self.student.person,
            seat: self.seat,
            started_ms: self.started_ms,
            length_ms: self.length_ms,
            extended: self.extended,
            used_ms: self.clock.used_ms,
            clock_at_ms: self.clock.at_ms,
            clock_runs: self.clock.runs,
            ended_ms: self.ended_ms,
            done: self.done,
            outcome: self.outcome,
        }
    }

    /// A call from its row: everyone in it has to come back first.
    pub(crate) fn from_row(row: &CallRow, now_ms: i64, down_ms: i64) -> Self {
        let shift = if row.ended_ms.is_none() { down_ms } else { 0 };
        Self {
            id: row.call,
            entry: row.entry,
            booth: row.booth,
            seat: row.seat,
            student: Member::new(row.student, None, now_ms),
            seats: BTreeMap::new(),
            started_ms: row.started_ms,
            length_ms: row.length_ms,
            extended: row.extended,
            clock: CallClock {
                at_ms: row.clock_at_ms + shift,
                ..row.clock()
            },
            ended_ms: row.ended_ms,
            done: row.done,
            outcome: row.outcome,
        }
    }
}

impl CallRow {
    /// The call's clock.
    pub(crate) fn clock(&self) -> CallClock {
        CallClock {
            used_ms: self.used_ms,
            at_ms: self.clock_at_ms,
            runs: self.clock_runs,
        }
    }
}
