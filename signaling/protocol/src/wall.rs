//! News of the company wall and of the console: what many watch at once, so it is told in as few
//! bytes as it takes.
//!
//! A booth goes by its index, and what the pages show of it is one [`WallLine`] or [`ConsoleLine`]: an
//! array in JSON, absolute figures, so that hearing it twice does no harm. News are numbered by
//! themselves, not in a person's sequence: nobody is kept waiting for them, and nothing is kept for
//! resuming. A page that finds a number missing takes a snapshot and goes on from there.
//!
//! News with nothing in them ([`WallNews::is_mark`]) say where the series stands.

use serde::{Deserialize, Serialize};

use crate::ids::BoothId;
use crate::view::{BoothBrief, FairTotals, QueueState, Wait};

/// What is left of a [`QueueState`] in a line; the words of a pause come as a [`WallNote`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueMark {
    /// 0: takes applications and calls.
    Open,
    /// 1: paused.
    Paused,
    /// 2: serves those waiting.
    Closing,
    /// 3: closed.
    Closed,
}

impl QueueMark {
    fn code(self) -> u8 {
        match self {
            Self::Open => 0,
            Self::Paused => 1,
            Self::Closing => 2,
            Self::Closed => 3,
        }
    }

    fn of_code(code: u8) -> Result<Self, &'static str> {
        match code {
            0 => Ok(Self::Open),
            1 => Ok(Self::Paused),
            2 => Ok(Self::Closing),
            3 => Ok(Self::Closed),
            _ => Err("no such state of a queue"),
        }
    }
}

impl From<&QueueState> for QueueMark {
    fn from(state: &QueueState) -> Self {
        match state {
            QueueState::Open => Self::Open,
            QueueState::Paused { .. } => Self::Paused,
            QueueState::Closing => Self::Closing,
            QueueState::Closed => Self::Closed,
        }
    }
}

/// In place of a wait's lower end: what is not a range.
const YOUR_TURN: i32 = -3;
const UNDER_TWO_MINUTES: i32 = -2;
const NO_INTERVIEWER: i32 = -1;

fn wait_codes(wait: Wait) -> (i32, u32) {
    match wait {
        Wait::YourTurn => (YOUR_TURN, 0),
        Wait::UnderTwoMinutes => (UNDER_TWO_MINUTES, 0),
        Wait::NoInterviewer => (NO_INTERVIEWER, 0),
        Wait::Range { low_min, high_min } => (i32::try_from(low_min).unwrap_or(i32::MAX), high_min),
    }
}

fn wait_of_codes(low: i32, high_min: u32) -> Result<Wait, &'static str> {
    match low {
        YOUR_TURN => Ok(Wait::YourTurn),
        UNDER_TWO_MINUTES => Ok(Wait::UnderTwoMinutes),
        NO_INTERVIEWER => Ok(Wait::NoInterviewer),
        low => match u32::try_from(low) {
            Ok(low_min) => Ok(Wait::Range { low_min, high_min }),
            Err(_) => Err("no such wait"),
        },
    }
}

/// A booth on the students' wall, in less than 30 bytes of JSON:
/// `[index, queue, waiting, wait low, wait high, seats, online, in call, done, average s]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WallParts", into = "WallParts")]
pub struct WallLine {
    /// The booth's index in the fair.
    pub index: u32,
    /// Its queue.
    pub queue: QueueMark,
    /// Entries WAITING.
    pub waiting: u32,
    /// Expected wait of one who joins now.
    pub wait: Wait,
    /// Seats of the booth.
    pub seats: u32,
    /// Seats with an interviewer connected.
    pub seats_online: u32,
    /// Seats in a call.
    pub seats_in_call: u32,
    /// Calls finished.
    pub done: u32,
    /// Average length of a call, s.
    pub average_s: u32,
}

type WallParts = (u32, u8, u32, i32, u32, u32, u32, u32, u32, u32);

impl From<WallLine> for WallParts {
    fn from(line: WallLine) -> Self {
        let (low, high) = wait_codes(line.wait);
        (
            line.index,
            line.queue.code(),
            line.waiting,
            low,
            high,
            line.seats,
            line.seats_online,
            line.seats_in_call,
            line.done,
            line.average_s,
        )
    }
}

impl TryFrom<WallParts> for WallLine {
    type Error = &'static str;

    fn try_from(parts: WallParts) -> Result<Self, Self::Error> {
        let (index, queue, waiting, low, high, seats, seats_online, seats_in_call, done, average_s) =
            parts;
        Ok(Self {
            index,
            queue: QueueMark::of_code(queue)?,
            waiting,
            wait: wait_of_codes(low, high)?,
            seats,
            seats_online,
            seats_in_call,
            done,
            average_s,
        })
    }
}

impl WallLine {
    /// The line of a booth.
    pub fn of(index: u32, brief: &BoothBrief) -> Self {
        Self {
            index,
            queue: QueueMark::from(&brief.queue),
            waiting: brief.waiting,
            wait: brief.wait,
            seats: brief.seats,
            seats_online: brief.seats_online,
            seats_in_call: brief.seats_in_call,
            done: brief.done,
            average_s: seconds(brief.average_ms),
        }
    }
}

/// Whole seconds.
fn seconds(ms: u64) -> u32 {
    u32::try_from(ms / 1_000).unwrap_or(u32::MAX)
}

/// A booth on the console: the wall's line, and behind it
/// `[…, applied, stuck, offline since ms or 0, 90th percentile of waits s]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ConsoleParts", into = "ConsoleParts")]
pub struct ConsoleLine {
    /// What the wall shows, too.
    pub wall: WallLine,
    /// Entries APPLIED.
    pub applied: u32,
    /// Calls in which a side has been gone for long.
    pub stuck: u32,
    /// No interviewer connected since, ms since 1970.
    pub offline_since_ms: Option<i64>,
    /// 90th percentile of the waits of those called so far, s.
    pub wait_p90_s: u32,
}

type ConsoleParts = (
    u32,
    u8,
    u32,
    i32,
    u32,
    u32,
    u32,
    u32,
    u32,
    u32,
    u32,
    u32,
    i64,
    u32,
);

impl From<ConsoleLine> for ConsoleParts {
    fn from(line: ConsoleLine) -> Self {
        let (a, b, c, d, e, f, g, h, i, j) = line.wall.into();
        let offline_ms = line.offline_since_ms.unwrap_or(0);
        let (k, l, n) = (line.applied, line.stuck, line.wait_p90_s);
        (a, b, c, d, e, f, g, h, i, j, k, l, offline_ms, n)
    }
}

impl TryFrom<ConsoleParts> for ConsoleLine {
    type Error = &'static str;

    fn try_from(parts: ConsoleParts) -> Result<Self, Self::Error> {
        let (a, b, c, d, e, f, g, h, i, j, applied, stuck, offline_ms, wait_p90_s) = parts;
        Ok(Self {
            wall: WallLine::try_from((a, b, c, d, e, f, g, h, i, j))?,
            applied,
            stuck,
            offline_since_ms: Some(offline_ms).filter(|ms| *ms != 0),
            wait_p90_s,
        })
    }
}

impl ConsoleLine {
    /// The line of a booth.
    pub fn of(index: u32, brief: &BoothBrief) -> Self {
        Self {
            wall: WallLine::of(index, brief),
            applied: brief.applied,
            stuck: brief.stuck,
            offline_since_ms: brief.offline_since_ms,
            wait_p90_s: seconds(brief.wait_p90_ms),
        }
    }
}

/// The words of a pause: told when they change, with the line that says that the queue is paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WallNote {
    /// The booth's index in the fair.
    pub index: u32,
    /// Resumes by itself then, ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// Why.
    pub message: String,
}

impl WallNote {
    /// The note of a booth whose queue is paused.
    pub fn of(index: u32, queue: &QueueState) -> Option<Self> {
        match queue {
            QueueState::Paused { until_ms, message } => Some(Self {
                index,
                until_ms: *until_ms,
                message: message.clone(),
            }),
            QueueState::Open | QueueState::Closing | QueueState::Closed => None,
        }
    }
}

/// What changed on the company wall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WallNews {
    /// Number of these news in their fair: one more than the last; a start of the server skips some.
    pub n: u64,
    /// Booths that changed.
    pub lines: Vec<WallLine>,
    /// Pauses whose words changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<WallNote>,
}

impl WallNews {
    /// Nothing is told but that all news up to `n` are out.
    pub fn mark(n: u64) -> Self {
        Self {
            n,
            lines: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// See [`WallNews::mark`].
    pub fn is_mark(&self) -> bool {
        self.lines.is_empty()
    }
}

/// What changed on the school's console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleNews {
    /// As [`WallNews::n`], in a series of its own.
    pub n: u64,
    /// Booths that changed.
    pub lines: Vec<ConsoleLine>,
    /// Pauses whose words changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<WallNote>,
    /// The fair in numbers, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<FairTotals>,
}

impl ConsoleNews {
    /// Nothing is told but that all news up to `n` are out.
    pub fn mark(n: u64) -> Self {
        Self {
            n,
            lines: Vec::new(),
            notes: Vec::new(),
            totals: None,
        }
    }

    /// See [`ConsoleNews::mark`].
    pub fn is_mark(&self) -> bool {
        self.lines.is_empty() && self.totals.is_none()
    }
}

/// The whole company wall, as `GET /api/fairs/{fair}/wall` answers: what the news go on from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WallSnapshot {
    /// Number of the last news that are in it.
    pub n: u64,
    /// The booths; the place of each is its index.
    pub booths: Vec<BoothId>,
    /// A line for each.
    pub lines: Vec<WallLine>,
    /// Pauses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<WallNote>,
}

/// Bytes of a value as JSON.
pub fn json_bytes(value: &impl Serialize) -> usize {
    struct Count(usize);

    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut count = Count(0);
    serde_json::to_writer(&mut count, value)
        .expect("invariant: the protocol's messages have text keys and finite numbers");
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(wait: Wait) -> WallLine {
        WallLine {
            index: 249,
            queue: QueueMark::Open,
            waiting: 12,
            wait,
            seats: 2,
            seats_online: 2,
            seats_in_call: 1,
            done: 31,
            average_s: 512,
        }
    }

    #[test]
    fn a_line_is_a_short_array_and_reads_back_equal() {
        let range = Wait::Range {
            low_min: 20,
            high_min: 35,
        };
        let text = serde_json::to_string(&line(range)).expect("JSON");
        assert_eq!(text, "[249,0,12,20,35,2,2,1,31,512]");
        assert_eq!(json_bytes(&line(range)), text.len());
        for wait in [
            range,
            Wait::YourTurn,
            Wait::UnderTwoMinutes,
            Wait::NoInterviewer,
        ] {
            let text = serde_json::to_string(&line(wait)).expect("JSON");
            assert_eq!(
                serde_json::from_str::<WallLine>(&text).expect("a line"),
                line(wait)
            );
            let console = ConsoleLine {
                wall: line(wait),
                applied: 3,
                stuck: 1,
                offline_since_ms: None,
                wait_p90_s: 1_260,
            };
            let text = serde_json::to_string(&console).expect("JSON");
            assert_eq!(
                serde_json::from_str::<ConsoleLine>(&text).expect("a line"),
                console
            );
        }
    }

    #[test]
    fn codes_that_mean_nothing_are_not_read() {
        assert!(serde_json::from_str::<WallLine>("[0,4,0,0,5,1,1,0,0,0]").is_err());
        assert!(serde_json::from_str::<WallLine>("[0,0,0,-4,5,1,1,0,0,0]").is_err());
        assert!(serde_json::from_str::<WallLine>("[0,0,0]").is_err());
    }

    #[test]
    fn a_mark_tells_nothing_else() {
        assert!(WallNews::mark(7).is_mark() && ConsoleNews::mark(7).is_mark());
        let text = serde_json::to_string(&WallNews::mark(7)).expect("JSON");
        assert_eq!(text, r#"{"n":7,"lines":[]}"#);
    }
}
