//! What becomes of one send: a state machine without database and clock.

use std::fmt;
use std::str::FromStr;

use outside::Cause;
use rand::{Rng, RngExt};

/// Most tries of one send.
pub const MAX_TRIES: i64 = 8;
/// How long it waits after its first, second … try in vain, seconds.
const WAITS_S: [i64; 7] = [30, 75, 190, 470, 1_200, 3_000, 7_200];
/// A wait is up to so much of itself shorter or longer, so that what failed together does not come
/// back together.
const JITTER: f64 = 0.2;
/// A sender that has not said within this time how it went is taken for dead, ms. It is longer
/// than any adapter's time limit, and so short that WeChat still knows the id of the message
/// (10 minutes).
pub const STALE_MS: i64 = 2 * 60_000;

/// Where a send stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// To be sent, not before `next_ms`.
    Waiting {
        /// Ms since 1970.
        next_ms: i64,
    },
    /// Someone is sending it, and will have said how it went at `until_ms`.
    Sending {
        /// Ms since 1970.
        until_ms: i64,
    },
    /// The provider has taken it.
    Sent,
    /// It has reached the person.
    Delivered,
    /// The provider had taken it, but it did not reach the person.
    Failed,
    /// It could not be sent, and is not tried again unless staff say so.
    Dead,
    /// The person has had enough for today.
    Capped,
    /// There is no way to the person on this channel.
    Unreachable,
    /// The channel, its rule or its template is not set up.
    Off,
    /// It was too late.
    Expired,
    /// Staff gave it up.
    Void,
}

/// What happens to a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// A sender takes it on.
    Claimed,
    /// The hour is wrong for it.
    Quiet {
        /// Until then, ms since 1970.
        until_ms: i64,
    },
    /// The person has had enough for today.
    OverCap,
    /// The provider has taken it.
    Taken,
    /// The provider has refused it, or could not be asked.
    Refused(Cause),
    /// The channel, its rule or its template is not set up.
    NotSetUp,
    /// There is no address of the person on this channel.
    NoAddress,
    /// Whoever was sending it is gone.
    Stale,
    /// It is no longer of use.
    TooLate,
    /// The provider says whether it has reached the person.
    Reported {
        /// It has.
        delivered: bool,
    },
    /// Staff want it tried again.
    Retried,
    /// Staff give it up.
    GivenUp,
}

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The next channel that stands in is used.
    StandIn,
    /// Its secrets are of no more use here.
    Wipe,
}

/// It cannot happen to a send that stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this cannot happen to a send that is {0}")]
pub struct Refused(pub &'static str);

/// A send and its tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// Where it stands.
    pub stage: Stage,
    /// Tries so far, the running one included.
    pub tries: i64,
    /// Of no use from then on, ms since 1970.
    pub expires_ms: Option<i64>,
}

impl Stage {
    /// The words in SQL of all stages.
    pub const WORDS: [&'static str; 11] = [
        "waiting",
        "sending",
        "sent",
        "delivered",
        "failed",
        "dead",
        "capped",
        "unreachable",
        "off",
        "expired",
        "void",
    ];

    /// The word in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Sending { .. } => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Capped => "capped",
            Self::Unreachable => "unreachable",
            Self::Off => "off",
            Self::Expired => "expired",
            Self::Void => "void",
        }
    }

    /// Of the columns `state` and `next_ms`.
    pub fn of_row(word: &str, next_ms: i64) -> Option<Self> {
        Some(match word {
            "waiting" => Self::Waiting { next_ms },
            "sending" => Self::Sending { until_ms: next_ms },
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "failed" => Self::Failed,
            "dead" => Self::Dead,
            "capped" => Self::Capped,
            "unreachable" => Self::Unreachable,
            "off" => Self::Off,
            "expired" => Self::Expired,
            "void" => Self::Void,
            _ => return None,
        })
    }

    /// When something is to be done about it, ms since 1970.
    pub fn deadline_ms(self) -> Option<i64> {
        match self {
            Self::Waiting { next_ms } => Some(next_ms),
            Self::Sending { until_ms } => Some(until_ms),
            Self::Sent
            | Self::Delivered
            | Self::Failed
            | Self::Dead
            | Self::Capped
            | Self::Unreachable
            | Self::Off
            | Self::Expired
            | Self::Void => None,
        }
    }

    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Waiting { .. } => "等待发送",
            Self::Sending { .. } => "发送中",
            Self::Sent => "已发出",
            Self::Delivered => "已送达",
            Self::Failed => "未送达",
            Self::Dead => "发送失败",
            Self::Capped => "超出上限",
            Self::Unreachable => "无法触达",
            Self::Off => "未启用",
            Self::Expired => "已过期",
            Self::Void => "已作废",
        }
    }

    /// The tone of its tag.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Waiting { .. } | Self::Sending { .. } => "info",
            Self::Sent | Self::Delivered => "ok",
            Self::Failed | Self::Dead => "bad",
            Self::Capped | Self::Unreachable | Self::Off | Self::Expired => "warn",
            Self::Void => "quiet",
        }
    }
}

impl Chain {
    /// A fresh send.
    pub fn new(next_ms: i64, expires_ms: Option<i64>) -> Self {
        Self {
            stage: Stage::Waiting { next_ms },
            tries: 0,
            expires_ms,
        }
    }

    /// Is it of no use any more?
    pub fn is_late(&self, now_ms: i64) -> bool {
        self.expires_ms
            .is_some_and(|expires_ms| expires_ms <= now_ms)
    }

    /// What it becomes.
    ///
    /// | stands | happens | becomes | and |
    /// |---|---|---|---|
    /// | waiting, due | claimed | sending, one try more | |
    /// | waiting | too late | expired | wipe |
    /// | sending | quiet | waiting, one try less | |
    /// | sending | over cap | capped | wipe |
    /// | sending | taken | sent | wipe |
    /// | sending | refused: not following | unreachable | stand-in |
    /// | sending | refused for good, or for the eighth time | dead | stand-in |
    /// | sending | refused otherwise | waiting, longer each time | |
    /// | sending | not set up | off | stand-in |
    /// | sending | no address | unreachable | stand-in |
    /// | sending, past its time | stale | waiting; dead after the eighth try | (stand-in) |
    /// | sent | reported | delivered, or failed | (stand-in) |
    /// | dead, failed, off, unreachable | retried | waiting, tries anew | |
    /// | dead, failed, off, unreachable | given up | void | wipe |
    ///
    /// What is late expires wherever it would wait again.
    ///
    /// # Errors
    /// [`Refused`]: it cannot happen to a send that stands there.
    pub fn on(
        self,
        happening: Happening,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Result<(Self, Vec<Effect>), Refused> {
        let refused = Refused(self.stage.as_str());
        match self.stage {
            Stage::Waiting { next_ms } => self.on_waiting(happening, next_ms, now_ms),
            Stage::Sending { until_ms } => self.on_sending(happening, until_ms, now_ms, rng),
            Stage::Sent => match happening {
                Happening::Reported { delivered: true } => Ok(self.ends(Stage::Delivered, &[])),
                Happening::Reported { delivered: false } => {
                    Ok(self.ends(Stage::Failed, &[Effect::StandIn]))
                }
                Happening::Claimed
                | Happening::Quiet { .. }
                | Happening::OverCap
                | Happening::Taken
                | Happening::Refused(_)
                | Happening::NotSetUp
                | Happening::NoAddress
                | Happening::Stale
                | Happening::TooLate
                | Happening::Retried
                | Happening::GivenUp => Err(refused),
            },
            Stage::Dead | Stage::Failed | Stage::Off | Stage::Unreachable => match happening {
                Happening::Retried if !self.is_late(now_ms) => {
                    Ok((Self::new(now_ms, self.expires_ms), Vec::new()))
                }
                Happening::GivenUp => Ok(self.ends(Stage::Void, &[Effect::Wipe])),
                Happening::Claimed
                | Happening::Quiet { .. }
                | Happening::OverCap
                | Happening::Taken
                | Happening::Refused(_)
                | Happening::NotSetUp
                | Happening::NoAddress
                | Happening::Stale
                | Happening::TooLate
                | Happening::Reported { .. }
                | Happening::Retried => Err(refused),
            },
            Stage::Delivered | Stage::Capped | Stage::Expired | Stage::Void => Err(refused),
        }
    }

    fn on_waiting(
        self,
        happening: Happening,
        next_ms: i64,
        now_ms: i64,
    ) -> Result<(Self, Vec<Effect>), Refused> {
        match happening {
            Happening::Claimed if self.is_late(now_ms) => Ok(self.expires()),
            Happening::Claimed if next_ms <= now_ms => {
                let stage = Stage::Sending {
                    until_ms: now_ms + STALE_MS,
                };
                let tries = self.tries + 1;
                Ok((
                    Self {
                        stage,
                        tries,
                        ..self
                    },
                    Vec::new(),
                ))
            }
            Happening::TooLate if self.is_late(now_ms) => Ok(self.expires()),
            Happening::Claimed
            | Happening::Quiet { .. }
            | Happening::OverCap
            | Happening::Taken
            | Happening::Refused(_)
            | Happening::NotSetUp
            | Happening::NoAddress
            | Happening::Stale
            | Happening::TooLate
            | Happening::Reported { .. }
            | Happening::Retried
            | Happening::GivenUp => Err(Refused("waiting")),
        }
    }

    fn on_sending(
        self,
        happening: Happening,
        until_ms: i64,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Result<(Self, Vec<Effect>), Refused> {
        let stand_in = &[Effect::StandIn];
        Ok(match happening {
            Happening::Quiet { until_ms } => {
                let before = Self {
                    tries: self.tries - 1,
                    ..self
                };
                before.waits(until_ms.max(now_ms))
            }
            Happening::OverCap => self.ends(Stage::Capped, &[Effect::Wipe]),
            Happening::Taken => self.ends(Stage::Sent, &[Effect::Wipe]),
            Happening::Refused(Cause::NotFollowing) | Happening::NoAddress => {
                self.ends(Stage::Unreachable, stand_in)
            }
            Happening::Refused(cause) if cause.is_final() || self.tries >= MAX_TRIES => {
                self.ends(Stage::Dead, stand_in)
            }
            Happening::Refused(_) => self.waits(now_ms + wait_ms(self.tries, rng)),
            Happening::NotSetUp => self.ends(Stage::Off, stand_in),
            Happening::Stale if until_ms > now_ms => return Err(Refused("sending")),
            Happening::Stale if self.tries >= MAX_TRIES => self.ends(Stage::Dead, stand_in),
            Happening::Stale => self.waits(now_ms),
            Happening::Claimed
            | Happening::TooLate
            | Happening::Reported { .. }
            | Happening::Retried
            | Happening::GivenUp => return Err(Refused("sending")),
        })
    }

    fn waits(self, next_ms: i64) -> (Self, Vec<Effect>) {
        if self.is_late(next_ms) {
            return self.expires();
        }
        let stage = Stage::Waiting { next_ms };
        (Self { stage, ..self }, Vec::new())
    }

    fn expires(self) -> (Self, Vec<Effect>) {
        self.ends(Stage::Expired, &[Effect::Wipe])
    }

    fn ends(self, stage: Stage, effects: &[Effect]) -> (Self, Vec<Effect>) {
        (Self { stage, ..self }, effects.to_vec())
    }
}

/// How long a send waits after its try number `tries`, ms.
pub fn wait_ms(tries: i64, rng: &mut impl Rng) -> i64 {
    let last = WAITS_S.len() - 1;
    let at = usize::try_from(tries - 1).map_or(0, |at| at.min(last));
    let wait_ms = WAITS_S[at] * 1_000;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "at most two hours and a half, in ms"
    )]
    let jittered = (wait_ms as f64 * rng.random_range(1.0 - JITTER..1.0 + JITTER)) as i64;
    jittered
}

/// A stage as a filter names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageWord(pub Stage);

impl fmt::Display for StageWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl FromStr for StageWord {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        Stage::of_row(text, 0).map(Self).ok_or(Refused("no stage"))
    }
}

#[cfg(test)]
mod tests;
