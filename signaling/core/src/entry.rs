//! A queue entry and its stage machine.
//!
//! Presence, away and busy belong to the person, `held_by` to the entry; the stage says only how
//! far the entry is. The table of [`EntryStage::on`] is exhaustive.

use signaling_protocol::{
    BoothId, CallId, Cause, EntryId, JobId, Origin, PersonId, Refusal, SeatId, Stage, Wait,
};

use crate::command::SocketId;

/// One student at one booth, from application to the end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) id: EntryId,
    pub(crate) booth: BoothId,
    pub(crate) person: PersonId,
    pub(crate) job: Option<JobId>,
    pub(crate) origin: Origin,
    pub(crate) stage: EntryStage,
    /// Made, ms since 1970.
    pub(crate) made_ms: i64,
    /// First joined the queue.
    pub(crate) joined_ms: Option<i64>,
    /// In this stage since.
    pub(crate) since_ms: i64,
    /// Call-ups without an answer.
    pub(crate) misses: u32,
    /// Uses of 稍后.
    pub(crate) laters: u32,
    /// Put back by this seat.
    pub(crate) held_by: Option<SeatId>,
    /// Passed over at the head since.
    pub(crate) skipped_ms: Option<i64>,
    /// From joining to the first call-up.
    pub(crate) waited_ms: Option<i64>,
    pub(crate) cause: Option<Cause>,
    pub(crate) reason: Option<String>,
    /// Where it stood in the queue last; not kept over a restart.
    pub(crate) stood: Option<Stood>,
    /// Place and wait as last worked out; not kept over a restart.
    pub(crate) place: Option<Told>,
    /// What of that the student was last told; not kept over a restart.
    pub(crate) told: Option<Told>,
}

impl Entry {
    /// Stands at the front since the booth's side gave it back: not by the student's doing.
    pub(crate) fn is_returned(&self) -> bool {
        use Cause::{CallLost, CallWithdrawn, InterviewerGone, MissedUndone, PutBack};
        self.stage == EntryStage::Waiting
            && matches!(
                self.cause,
                Some(CallWithdrawn | InterviewerGone | CallLost | PutBack | MissedUndone)
            )
    }
}

/// Where an entry stood when it left the queue, and why.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stood {
    pub(crate) rank: i64,
    pub(crate) cause: Option<Cause>,
    pub(crate) told: Option<Told>,
}

/// Place and wait of an entry that is WAITING.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Told {
    /// From 1.
    pub(crate) position: u32,
    pub(crate) wait: Option<Wait>,
    pub(crate) expected_ms: i64,
}

/// How far an entry is, with what only that stage has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryStage {
    Applied,
    /// The booth invited (nothing makes this stage yet; the table has its row).
    Invited,
    Waiting,
    Called {
        seat: SeatId,
        until_ms: i64,
        ready_ms: i64,
    },
    Ready {
        seat: SeatId,
        /// Starts by itself then.
        until_ms: i64,
        /// The tab or device that answered, while it is connected.
        device: Option<SocketId>,
    },
    InCall {
        call: CallId,
    },
    Done {
        call: CallId,
    },
    Declined {
        undo_until_ms: i64,
    },
    Withdrawn,
    Missed {
        undo_until_ms: i64,
    },
    Left,
    Removed,
    Expired,
}

/// What happens to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The booth accepts, or the student accepts an invitation.
    Accept,
    /// The booth refuses, or the student declines an invitation.
    Refuse { undo_until_ms: i64 },
    /// The booth undoes a refusal.
    UndoRefuse { now_ms: i64 },
    /// A seat calls.
    CallUp {
        seat: SeatId,
        until_ms: i64,
        ready_ms: i64,
    },
    /// The student answers on this device.
    Answer { until_ms: i64, device: SocketId },
    /// Nobody answered; the entry keeps a place.
    Unanswered,
    /// Nobody answered, for the last time.
    Miss { undo_until_ms: i64 },
    /// The booth undoes a MISSED.
    UndoMissed { now_ms: i64 },
    /// The student asks for 稍后, or is put back for being away at the head.
    Later,
    /// The call-up ends by the booth's doing.
    TakeBack,
    /// The call begins.
    Start { call: CallId },
    /// The call ends and the entry goes back to the queue.
    PutBack,
    /// The call ends.
    Finish,
    /// The student leaves, or was offline for too long.
    Leave,
    /// Booth or staff remove.
    Remove,
    /// The fair ends.
    Expire,
}

impl EntryStage {
    /// The stage without its data.
    pub(crate) fn plain(self) -> Stage {
        match self {
            Self::Applied => Stage::Applied,
            Self::Invited => Stage::Invited,
            Self::Waiting => Stage::Waiting,
            Self::Called { .. } => Stage::Called,
            Self::Ready { .. } => Stage::Ready,
            Self::InCall { .. } => Stage::InCall,
            Self::Done { .. } => Stage::Done,
            Self::Declined { .. } => Stage::Declined,
            Self::Withdrawn => Stage::Withdrawn,
            Self::Missed { .. } => Stage::Missed,
            Self::Left => Stage::Left,
            Self::Removed => Stage::Removed,
            Self::Expired => Stage::Expired,
        }
    }

    /// Counts against `max_queues`, and there is at most one such entry of a student at a booth.
    pub(crate) fn is_active(self) -> bool {
        match self {
            Self::Applied
            | Self::Invited
            | Self::Waiting
            | Self::Called { .. }
            | Self::Ready { .. }
            | Self::InCall { .. } => true,
            Self::Done { .. }
            | Self::Declined { .. }
            | Self::Withdrawn
            | Self::Missed { .. }
            | Self::Left
            | Self::Removed
            | Self::Expired => false,
        }
    }

    /// The student is busy with this entry: CALLED, READY or IN_CALL.
    pub(crate) fn is_busy(self) -> bool {
        matches!(
            self,
            Self::Called { .. } | Self::Ready { .. } | Self::InCall { .. }
        )
    }

    /// The seat that called, while CALLED or READY.
    pub(crate) fn seat(self) -> Option<SeatId> {
        match self {
            Self::Called { seat, .. } | Self::Ready { seat, .. } => Some(seat),
            _ => None,
        }
    }

    /// The call, while IN_CALL and DONE.
    pub(crate) fn call(self) -> Option<CallId> {
        match self {
            Self::InCall { call } | Self::Done { call } => Some(call),
            _ => None,
        }
    }

    /// What runs out, ms since 1970.
    pub(crate) fn deadline_ms(self) -> Option<i64> {
        match self {
            Self::Called { until_ms, .. } | Self::Ready { until_ms, .. } => Some(until_ms),
            Self::Declined { undo_until_ms } | Self::Missed { undo_until_ms } => {
                Some(undo_until_ms)
            }
            _ => None,
        }
    }

    /// The transition table. Rows: stages; each step that is not named is refused.
    ///
    /// | stage | step → next stage |
    /// |---|---|
    /// | APPLIED | accept → WAITING · refuse → DECLINED · leave → WITHDRAWN · remove → REMOVED · expire → EXPIRED |
    /// | INVITED | accept → WAITING · refuse → DECLINED · remove → REMOVED · expire → EXPIRED |
    /// | WAITING | call up → CALLED · later → WAITING · leave → LEFT · remove → REMOVED · expire → EXPIRED |
    /// | CALLED | answer → READY · unanswered, later, take back → WAITING · miss → MISSED · leave → LEFT · remove → REMOVED · expire → EXPIRED |
    /// | READY | start → IN_CALL · take back → WAITING · leave → LEFT · remove → REMOVED · expire → EXPIRED |
    /// | IN_CALL | finish → DONE · put back → WAITING · remove → REMOVED |
    /// | DECLINED | undo refuse, in time → APPLIED |
    /// | MISSED | undo missed, in time → WAITING |
    /// | DONE, WITHDRAWN, LEFT, REMOVED, EXPIRED | – |
    ///
    /// # Errors
    /// [`Refusal::WrongStage`], or [`Refusal::TooLate`] for an undo after its time.
    pub(crate) fn on(self, step: Step) -> Result<Self, Refusal> {
        match self {
            Self::Applied => match step {
                Step::Accept => Ok(Self::Waiting),
                Step::Refuse { undo_until_ms } => Ok(Self::Declined { undo_until_ms }),
                Step::Leave => Ok(Self::Withdrawn),
                step => step.ends_any(),
            },
            Self::Invited => match step {
                Step::Accept => Ok(Self::Waiting),
                Step::Refuse { undo_until_ms } => Ok(Self::Declined { undo_until_ms }),
                step => step.ends_any(),
            },
            Self::Waiting => match step {
                Step::CallUp {
                    seat,
                    until_ms,
                    ready_ms,
                } => Ok(Self::Called {
                    seat,
                    until_ms,
                    ready_ms,
                }),
                Step::Later => Ok(Self::Waiting),
                Step::Leave => Ok(Self::Left),
                step => step.ends_any(),
            },
            Self::Called { seat, .. } => match step {
                Step::Answer { until_ms, device } => Ok(Self::Ready {
                    seat,
                    until_ms,
                    device: Some(device),
                }),
                Step::Unanswered | Step::Later | Step::TakeBack => Ok(Self::Waiting),
                Step::Miss { undo_until_ms } => Ok(Self::Missed { undo_until_ms }),
                Step::Leave => Ok(Self::Left),
                step => step.ends_any(),
            },
            Self::Ready { .. } => match step {
                Step::Start { call } => Ok(Self::InCall { call }),
                Step::TakeBack => Ok(Self::Waiting),
                Step::Leave => Ok(Self::Left),
                step => step.ends_any(),
            },
            Self::InCall { call } => match step {
                Step::Finish => Ok(Self::Done { call }),
                Step::PutBack => Ok(Self::Waiting),
                Step::Remove => Ok(Self::Removed),
                _ => Err(Refusal::WrongStage),
            },
            Self::Declined { undo_until_ms } => match step {
                Step::UndoRefuse { now_ms } if now_ms < undo_until_ms => Ok(Self::Applied),
                Step::UndoRefuse { .. } => Err(Refusal::TooLate),
                _ => Err(Refusal::WrongStage),
            },
            Self::Missed { undo_until_ms } => match step {
                Step::UndoMissed { now_ms } if now_ms < undo_until_ms => Ok(Self::Waiting),
                Step::UndoMissed { .. } => Err(Refusal::TooLate),
                _ => Err(Refusal::WrongStage),
            },
            Self::Done { .. } | Self::Withdrawn | Self::Left | Self::Removed | Self::Expired => {
                Err(Refusal::WrongStage)
            }
        }
    }
}

impl Step {
    /// The steps that end every active entry outside a call.
    fn ends_any(self) -> Result<EntryStage, Refusal> {
        match self {
            Self::Remove => Ok(EntryStage::Removed),
            Self::Expire => Ok(EntryStage::Expired),
            _ => Err(Refusal::WrongStage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const SEAT: SeatId = SeatId(Uuid::from_u128(1));
    const CALL: CallId = CallId(Uuid::from_u128(2));

    fn stages() -> [EntryStage; 13] {
        [
            EntryStage::Applied,
            EntryStage::Invited,
            EntryStage::Waiting,
            EntryStage::Called {
                seat: SEAT,
                until_ms: 9,
                ready_ms: 9,
            },
            EntryStage::Ready {
                seat: SEAT,
                until_ms: 9,
                device: None,
            },
            EntryStage::InCall { call: CALL },
            EntryStage::Done { call: CALL },
            EntryStage::Declined { undo_until_ms: 9 },
            EntryStage::Withdrawn,
            EntryStage::Missed { undo_until_ms: 9 },
            EntryStage::Left,
            EntryStage::Removed,
            EntryStage::Expired,
        ]
    }

    fn steps() -> [(&'static str, Step); 16] {
        [
            ("accept", Step::Accept),
            ("refuse", Step::Refuse { undo_until_ms: 9 }),
            ("undo refuse", Step::UndoRefuse { now_ms: 8 }),
            (
                "call up",
                Step::CallUp {
                    seat: SEAT,
                    until_ms: 9,
                    ready_ms: 9,
                },
            ),
            (
                "answer",
                Step::Answer {
                    until_ms: 9,
                    device: SocketId(1),
                },
            ),
            ("unanswered", Step::Unanswered),
            ("miss", Step::Miss { undo_until_ms: 9 }),
            ("undo missed", Step::UndoMissed { now_ms: 8 }),
            ("later", Step::Later),
            ("take back", Step::TakeBack),
            ("start", Step::Start { call: CALL }),
            ("put back", Step::PutBack),
            ("finish", Step::Finish),
            ("leave", Step::Leave),
            ("remove", Step::Remove),
            ("expire", Step::Expire),
        ]
    }

    /// The table of [`EntryStage::on`] once more; all else must be refused.
    fn expected(stage: Stage, step: &str) -> Option<Stage> {
        use Stage::*;
        let next = match (stage, step) {
            (Applied | Invited, "accept") => Waiting,
            (Applied | Invited, "refuse") => Declined,
            (Applied, "leave") => Withdrawn,
            (Waiting, "call up") => Called,
            (Waiting, "later") => Waiting,
            (Waiting | Called | Ready, "leave") => Left,
            (Called, "answer") => Ready,
            (Called, "unanswered" | "later") => Waiting,
            (Called | Ready, "take back") => Waiting,
            (Called, "miss") => Missed,
            (Ready, "start") => InCall,
            (InCall, "finish") => Done,
            (InCall, "put back") => Waiting,
            (Applied | Invited | Waiting | Called | Ready | InCall, "remove") => Removed,
            (Applied | Invited | Waiting | Called | Ready, "expire") => Expired,
            (Declined, "undo refuse") => Applied,
            (Missed, "undo missed") => Waiting,
            _ => return None,
        };
        Some(next)
    }

    #[test]
    fn every_stage_takes_the_steps_of_the_table_and_no_other() {
        for stage in stages() {
            for (name, step) in steps() {
                let next = stage.on(step).ok().map(EntryStage::plain);
                assert_eq!(next, expected(stage.plain(), name), "{stage:?}: {name}");
            }
        }
    }

    #[test]
    fn an_undo_after_its_time_is_too_late() {
        let declined = EntryStage::Declined { undo_until_ms: 9 };
        assert_eq!(
            declined.on(Step::UndoRefuse { now_ms: 9 }),
            Err(Refusal::TooLate)
        );
        let missed = EntryStage::Missed { undo_until_ms: 9 };
        assert_eq!(
            missed.on(Step::UndoMissed { now_ms: 9 }),
            Err(Refusal::TooLate)
        );
    }
}
