//! What may happen to a review, and what follows. No database, no web.

use super::rules::State;
use crate::ids::AccountId;

/// From when to when a review's clock runs, ms since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Handed in, or handed in again.
    pub submitted_ms: i64,
    /// By when it should be decided; later than `submitted_ms`.
    pub due_ms: i64,
}

/// Where a review stands, with what its next step depends on.
///
/// | | approve by A | return | reject | resubmit | withdraw |
/// |---|---|---|---|---|---|
/// | open, one pair of eyes is enough | approved | returned | rejected | – | withdrawn |
/// | open, four eyes | open, first A | returned | rejected | – | withdrawn |
/// | open, four eyes, first A | – (by B: approved) | returned | rejected | – | withdrawn |
/// | returned | – | – | – | open, fresh clock | withdrawn |
/// | approved, rejected, withdrawn | – | – | – | – | – |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Waits for a decision.
    Open {
        /// Who approved first, where two have to.
        first_by: Option<AccountId>,
        /// Its clock.
        clock: Clock,
    },
    /// Given back to the applicant; no clock runs.
    Returned,
    /// Approved.
    Approved,
    /// Refused.
    Rejected,
    /// Taken back.
    Withdrawn,
}

/// How many people an approval needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eyes {
    /// One reviewer decides.
    Two,
    /// A second reviewer confirms what the first approved (1.17).
    Four,
}

/// What happens to a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A reviewer says yes.
    Approve {
        /// Who.
        by: AccountId,
        /// Whether that is enough.
        eyes: Eyes,
    },
    /// A reviewer gives it back.
    Return,
    /// A reviewer says no.
    Reject,
    /// The applicant hands it in again.
    Resubmit {
        /// When it is due then, ms since 1970.
        due_ms: i64,
    },
    /// The applicant takes it back.
    Withdraw,
}

/// What is to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Remember who approved first, and wait for the second reviewer.
    RememberFirst,
    /// Let the domain carry the decision out.
    CarryOut,
    /// The clock runs anew.
    StartClock,
    /// Nothing: the applicant's own domain withdraws.
    Close,
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not open (any more).
    #[error("not open")]
    NotOpen,
    /// It was not returned.
    #[error("not returned")]
    NotReturned,
    /// It is over.
    #[error("over")]
    Over,
    /// The second approval is for another person.
    #[error("the same reviewer twice")]
    SameReviewer,
    /// The new clock would end before it begins.
    #[error("due in the past")]
    DueInThePast,
}

impl Standing {
    /// What follows from `event` at `now_ms`.
    ///
    /// # Errors
    /// The event does not fit; nothing changes.
    pub fn on(self, event: Event, now_ms: i64) -> Result<(Self, Command), Refused> {
        match self {
            Self::Open { first_by, clock } => open(first_by, clock, event),
            Self::Returned => match event {
                Event::Resubmit { due_ms } if due_ms <= now_ms => Err(Refused::DueInThePast),
                Event::Resubmit { due_ms } => {
                    let clock = Clock {
                        submitted_ms: now_ms,
                        due_ms,
                    };
                    let first_by = None;
                    Ok((Self::Open { first_by, clock }, Command::StartClock))
                }
                Event::Withdraw => Ok((Self::Withdrawn, Command::Close)),
                Event::Approve { .. } | Event::Return | Event::Reject => Err(Refused::NotOpen),
            },
            Self::Approved | Self::Rejected | Self::Withdrawn => Err(Refused::Over),
        }
    }

    /// The state in SQL and on pages.
    pub fn state(self) -> State {
        match self {
            Self::Open { .. } => State::Open,
            Self::Returned => State::Returned,
            Self::Approved => State::Approved,
            Self::Rejected => State::Rejected,
            Self::Withdrawn => State::Withdrawn,
        }
    }
}

fn open(
    first_by: Option<AccountId>,
    clock: Clock,
    event: Event,
) -> Result<(Standing, Command), Refused> {
    match event {
        Event::Approve { by, eyes } => match (eyes, first_by) {
            (Eyes::Four, None) => {
                let first_by = Some(by);
                Ok((Standing::Open { first_by, clock }, Command::RememberFirst))
            }
            (Eyes::Four, Some(first)) if first == by => Err(Refused::SameReviewer),
            (Eyes::Four, Some(_)) | (Eyes::Two, _) => Ok((Standing::Approved, Command::CarryOut)),
        },
        Event::Return => Ok((Standing::Returned, Command::CarryOut)),
        Event::Reject => Ok((Standing::Rejected, Command::CarryOut)),
        Event::Resubmit { .. } => Err(Refused::NotReturned),
        Event::Withdraw => Ok((Standing::Withdrawn, Command::Close)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_795_305_600_000;
    const CLOCK: Clock = Clock {
        submitted_ms: NOW,
        due_ms: NOW + 1,
    };

    fn open_by(first_by: Option<AccountId>) -> Standing {
        let clock = CLOCK;
        Standing::Open { first_by, clock }
    }

    #[test]
    fn the_table_of_states_and_events() {
        let (a, b) = (AccountId::new(), AccountId::new());
        let one = |by| Event::Approve {
            by,
            eyes: Eyes::Two,
        };
        let two = |by| Event::Approve {
            by,
            eyes: Eyes::Four,
        };
        let again = Event::Resubmit { due_ms: NOW + 9 };
        let fresh = Standing::Open {
            first_by: None,
            clock: Clock {
                submitted_ms: NOW,
                due_ms: NOW + 9,
            },
        };
        let (open, first) = (open_by(None), open_by(Some(a)));
        let (returned, approved) = (Standing::Returned, Standing::Approved);
        let table = [
            (open, one(a), Ok((approved, Command::CarryOut))),
            (open, two(a), Ok((first, Command::RememberFirst))),
            (first, two(a), Err(Refused::SameReviewer)),
            (first, two(b), Ok((approved, Command::CarryOut))),
            (first, Event::Return, Ok((returned, Command::CarryOut))),
            (
                open,
                Event::Reject,
                Ok((Standing::Rejected, Command::CarryOut)),
            ),
            (open, again, Err(Refused::NotReturned)),
            (
                open,
                Event::Withdraw,
                Ok((Standing::Withdrawn, Command::Close)),
            ),
            (returned, one(a), Err(Refused::NotOpen)),
            (returned, Event::Return, Err(Refused::NotOpen)),
            (returned, Event::Reject, Err(Refused::NotOpen)),
            (returned, again, Ok((fresh, Command::StartClock))),
            (
                returned,
                Event::Resubmit { due_ms: NOW },
                Err(Refused::DueInThePast),
            ),
            (
                returned,
                Event::Withdraw,
                Ok((Standing::Withdrawn, Command::Close)),
            ),
        ];
        for (standing, event, expected) in table {
            assert_eq!(standing.on(event, NOW), expected, "{standing:?} {event:?}");
        }
        for over in [approved, Standing::Rejected, Standing::Withdrawn] {
            for event in [
                one(a),
                two(b),
                Event::Return,
                Event::Reject,
                again,
                Event::Withdraw,
            ] {
                assert_eq!(
                    over.on(event, NOW),
                    Err(Refused::Over),
                    "{over:?} {event:?}"
                );
            }
        }
    }

    fn any_event() -> impl Strategy<Value = (u8, u8, i64)> {
        (0_u8..7, 0_u8..3, -3_i64..20)
    }

    proptest! {
        /// Whatever happens: a running review has a clock that ends after it began, four eyes
        /// are two people, and what is over stays over.
        #[test]
        fn no_sequence_of_events_breaks_a_review(
            steps in prop::collection::vec((any_event(), 0_i64..1000), 0..40),
        ) {
            let people = [AccountId::new(), AccountId::new(), AccountId::new()];
            let mut standing = open_by(None);
            let (mut now, mut firsts) = (NOW, Vec::new());
            for ((what, who, days), later) in steps {
                now += later;
                let by = people[usize::from(who)];
                let event = match what {
                    0 => Event::Approve { by, eyes: Eyes::Two },
                    1 | 2 => Event::Approve { by, eyes: Eyes::Four },
                    3 => Event::Return,
                    4 => Event::Reject,
                    5 => Event::Resubmit { due_ms: now + days },
                    _ => Event::Withdraw,
                };
                let before = standing;
                if let Ok((next, command)) = before.on(event, now) {
                    prop_assert!(before.state().is_running(), "{before:?} {event:?}");
                    if command == Command::RememberFirst {
                        firsts.push(by);
                    }
                    let four = matches!(event, Event::Approve { eyes: Eyes::Four, .. });
                    if four && next == Standing::Approved {
                        prop_assert_ne!(firsts.last(), Some(&by));
                    }
                    standing = next;
                }
                if let Standing::Open { clock, .. } = standing {
                    prop_assert!(clock.due_ms > clock.submitted_ms && clock.submitted_ms <= now);
                }
            }
        }
    }
}
