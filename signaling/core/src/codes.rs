//! Stable text codes of enums, for SQL columns and metric labels: the same words as in JSON.

use signaling_protocol::{Cause, FairPhase, Origin, Outcome, Stage};

/// An enum whose values have a stable word each.
pub trait Code: Sized + Copy + PartialEq + 'static {
    /// Every value with its word.
    const CODES: &'static [(Self, &'static str)];

    /// The word.
    fn code(self) -> &'static str {
        Self::CODES
            .iter()
            .find(|(value, _)| *value == self)
            .map_or("", |(_, code)| code)
    }

    /// The value with this word.
    fn from_code(code: &str) -> Option<Self> {
        Self::CODES
            .iter()
            .find(|(_, word)| *word == code)
            .map(|(value, _)| *value)
    }
}

macro_rules! codes {
    ($name:ty { $($value:ident => $code:literal,)+ }) => {
        impl Code for $name {
            const CODES: &'static [(Self, &'static str)] = &[$((<$name>::$value, $code)),+];
        }
    };
}

/// State of a queue without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueueCode {
    /// Takes applications and calls.
    Open,
    /// Paused.
    Paused,
    /// Serves those waiting, takes no new ones.
    Closing,
    /// Closed.
    Closed,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A student applied.
    Applied,
    /// The booth accepted.
    Accepted,
    /// The booth refused.
    Refused,
    /// A refusal was undone.
    RefusalUndone,
    /// An entry was called.
    Called,
    /// Another one than the next was called, with a reason.
    Picked,
    /// The student answered.
    Answered,
    /// A call was not answered; the entry went back.
    Unanswered,
    /// A call was not answered for the last time.
    Missed,
    /// A MISSED was undone.
    MissedUndone,
    /// 稍后.
    Later,
    /// Passed over at the head for too long.
    SkippedBack,
    /// The call-up was taken back.
    CallWithdrawn,
    /// The call-up ended because the seat was gone.
    SeatLost,
    /// The call-up did not happen: another fair had called the student first.
    BusyElsewhere,
    /// The call began.
    Started,
    /// The call was extended.
    Extended,
    /// The call ended.
    Ended,
    /// The interviewer put the entry back.
    PutBack,
    /// The call was lost and the entry went back.
    CallLost,
    /// Another tab or device took the call over.
    TakenOver,
    /// A colleague joined the call.
    SeatJoined,
    /// The evaluation was saved.
    Evaluated,
    /// The student left the queue.
    Left,
    /// The student took the application back.
    Withdrawn,
    /// Removed by booth or staff.
    Removed,
    /// The fair ended first.
    Expired,
    /// The queue was paused.
    QueuePaused,
    /// The queue was resumed.
    QueueResumed,
    /// The queue takes no new applications.
    QueueClosing,
    /// The queue closed with the fair.
    QueueClosed,
    /// A person went away.
    WentAway,
    /// A person came back.
    CameBack,
    /// A device test passed.
    DeviceTested,
    /// A broadcast.
    Broadcast,
    /// The fair began.
    FairStarted,
    /// The fair was extended.
    FairExtended,
    /// The fair ended; calls may finish.
    FairEnded,
    /// The fair is over.
    FairOver,
}

codes!(QueueCode {
    Open => "open",
    Paused => "paused",
    Closing => "closing",
    Closed => "closed",
});
codes!(EventKind {
    Applied => "applied",
    Accepted => "accepted",
    Refused => "refused",
    RefusalUndone => "refusal_undone",
    Called => "called",
    Picked => "picked",
    Answered => "answered",
    Unanswered => "unanswered",
    Missed => "missed",
    MissedUndone => "missed_undone",
    Later => "later",
    SkippedBack => "skipped_back",
    CallWithdrawn => "call_withdrawn",
    SeatLost => "seat_lost",
    BusyElsewhere => "busy_elsewhere",
    Started => "started",
    Extended => "extended",
    Ended => "ended",
    PutBack => "put_back",
    CallLost => "call_lost",
    TakenOver => "taken_over",
    SeatJoined => "seat_joined",
    Evaluated => "evaluated",
    Left => "left",
    Withdrawn => "withdrawn",
    Removed => "removed",
    Expired => "expired",
    QueuePaused => "queue_paused",
    QueueResumed => "queue_resumed",
    QueueClosing => "queue_closing",
    QueueClosed => "queue_closed",
    WentAway => "went_away",
    CameBack => "came_back",
    DeviceTested => "device_tested",
    Broadcast => "broadcast",
    FairStarted => "fair_started",
    FairExtended => "fair_extended",
    FairEnded => "fair_ended",
    FairOver => "fair_over",
});
codes!(Stage {
    Applied => "applied",
    Invited => "invited",
    Waiting => "waiting",
    Called => "called",
    Ready => "ready",
    InCall => "in_call",
    Done => "done",
    Declined => "declined",
    Withdrawn => "withdrawn",
    Missed => "missed",
    Left => "left",
    Removed => "removed",
    Expired => "expired",
});
codes!(Origin {
    Applied => "applied",
    Invited => "invited",
});
codes!(Outcome {
    Pass => "pass",
    Undecided => "undecided",
    Fail => "fail",
});
codes!(FairPhase {
    Upcoming => "upcoming",
    Running => "running",
    Overrun => "overrun",
    Ended => "ended",
});
codes!(Cause {
    Later => "later",
    NoAnswer => "no_answer",
    SkippedAtHead => "skipped_at_head",
    PutBack => "put_back",
    CallWithdrawn => "call_withdrawn",
    InterviewerGone => "interviewer_gone",
    CallLost => "call_lost",
    OfflineTooLong => "offline_too_long",
    RemovedByBooth => "removed_by_booth",
    RemovedByStaff => "removed_by_staff",
    RemovedByPlatform => "removed_by_platform",
    MissedUndone => "missed_undone",
    FairEnded => "fair_ended",
    OthersReturned => "others_returned",
});

#[cfg(test)]
mod tests {
    use super::*;

    fn every_code_reads_back<T: Code + std::fmt::Debug>() {
        for (value, code) in T::CODES {
            assert_eq!(T::from_code(code), Some(*value));
            assert_eq!(value.code(), *code);
        }
        assert_eq!(T::from_code("no such word"), None);
    }

    #[test]
    fn codes_read_back_and_are_the_words_of_the_json() {
        every_code_reads_back::<QueueCode>();
        every_code_reads_back::<EventKind>();
        every_code_reads_back::<Stage>();
        every_code_reads_back::<Origin>();
        every_code_reads_back::<Outcome>();
        every_code_reads_back::<FairPhase>();
        every_code_reads_back::<Cause>();
        for (stage, code) in Stage::CODES {
            assert_eq!(serde_json::to_value(stage).unwrap(), *code);
        }
        for (cause, code) in Cause::CODES {
            assert_eq!(serde_json::to_value(cause).unwrap(), *code);
        }
    }
}
