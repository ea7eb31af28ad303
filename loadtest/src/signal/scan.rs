//! What a lean client reads of a server's frame: head and kind of every one, the body of few. It
//! asks for no more than it needs, so a server that says more than this program knows is fine.

use serde::Deserialize;
use signaling_protocol::{BoothId, CallId, EntryId, Refusal, Sequence, Stage, Stamp};

/// Kinds of bodies that somebody here acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A good hello.
    Welcome,
    /// The request was done.
    Done,
    /// The application was taken.
    Applied,
    /// The request was refused.
    Refused,
    /// A student's snapshot.
    Student,
    /// A room's snapshot.
    Booth,
    /// An own entry.
    Entry,
    /// Rows of a room.
    Queue,
    /// A call.
    Call,
    /// Seats of a room.
    Seats,
    /// What wall and console show of booths.
    Wall,
    /// The same, numbered.
    WallNews,
    /// The server cannot store anything at the moment, or can again.
    Stalled,
    /// The last message.
    Bye,
    /// Anything else.
    Other,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "welcome" => Self::Welcome,
            "done" => Self::Done,
            "applied" => Self::Applied,
            "refused" => Self::Refused,
            "student" => Self::Student,
            "booth" => Self::Booth,
            "entry" => Self::Entry,
            "queue" => Self::Queue,
            "call" => Self::Call,
            "seats" => Self::Seats,
            "booths" | "wall" | "totals" | "console_news" => Self::Wall,
            "wall_news" => Self::WallNews,
            "stalled" => Self::Stalled,
            "bye" => Self::Bye,
            _ => Self::Other,
        }
    }

    /// The same as a word, for telling late messages apart.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Student | Self::Booth => "snapshot",
            Self::Entry => "entry",
            Self::Queue => "queue",
            Self::Call => "call",
            Self::Seats => "seats",
            Self::Done | Self::Applied => "answer",
            _ => "other",
        }
    }
}

/// A frame without its body.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// Its place in what the person hears.
    pub seq: Option<Sequence>,
    /// The request that it answers.
    pub re: Option<u32>,
    /// Events that it speaks of.
    pub stamp: Option<Stamp>,
    /// What it holds.
    pub kind: Kind,
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(default)]
    seq: Option<Sequence>,
    #[serde(default)]
    re: Option<u32>,
    #[serde(default)]
    stamp: Option<Stamp>,
    #[serde(borrow)]
    body: Named<'a>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(rename = "type")]
    name: &'a str,
}

#[derive(Deserialize)]
struct Bodied<T> {
    body: T,
}

/// A welcome.
#[derive(Debug, Deserialize)]
pub struct Welcome {
    /// For coming back.
    pub secret: String,
    /// What was missed follows, and no snapshot.
    pub resumed: bool,
}

/// A goodbye.
#[derive(Debug, Deserialize)]
pub struct Bye {
    /// Why.
    pub reason: String,
}

/// A refusal.
#[derive(Debug, Deserialize)]
pub struct Refused {
    /// Why.
    pub code: Refusal,
}

/// An application that was taken.
#[derive(Debug, Deserialize)]
pub struct Applied {
    /// The new entry.
    pub entry: EntryId,
}

/// An own entry of a student.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct OwnEntry {
    /// The entry.
    pub entry: EntryId,
    /// Where.
    pub booth: BoothId,
    /// How far it is.
    pub stage: Stage,
    /// The call, if there is one.
    #[serde(default)]
    pub call: Option<CallId>,
}

/// One own entry that changed.
#[derive(Debug, Deserialize)]
pub struct Entry {
    /// As it is now.
    pub entry: OwnEntry,
}

/// A student's snapshot.
#[derive(Debug, Deserialize)]
pub struct Student {
    /// All own entries.
    pub entries: Vec<OwnEntry>,
}

/// Reads the head; `None` for what is no frame.
#[must_use]
pub fn head(text: &str) -> Option<Head> {
    let Frame {
        seq,
        re,
        stamp,
        body,
    } = serde_json::from_str(text).ok()?;
    let kind = Kind::of(body.name);
    Some(Head {
        seq,
        re,
        stamp,
        kind,
    })
}

/// Reads what is wanted of the body; `None` if it is not there.
#[must_use]
pub fn body<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    let frame: Bodied<T> = serde_json::from_str(text).ok()?;
    Some(frame.body)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The golden messages that server and pages are tested with.
    fn fixture(name: &str) -> String {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../signaling/protocol/fixtures/server/"
        );
        std::fs::read_to_string(format!("{folder}{name}.json")).unwrap()
    }

    #[test]
    fn the_golden_messages_are_understood() {
        let entry = fixture("entry");
        let seen = head(&entry).unwrap();
        assert_eq!(seen.kind, Kind::Entry);
        assert!(seen.seq.is_some() && seen.stamp.is_some() && seen.re.is_none());
        assert_eq!(body::<Entry>(&entry).unwrap().entry.stage, Stage::Waiting);
        let applied = fixture("applied");
        assert!(head(&applied).unwrap().re.is_some());
        assert!(body::<Applied>(&applied).is_some());
        assert!(
            !body::<Student>(&fixture("student"))
                .unwrap()
                .entries
                .is_empty()
        );
        assert!(
            !body::<Welcome>(&fixture("welcome"))
                .unwrap()
                .secret
                .is_empty()
        );
        assert_eq!(body::<Bye>(&fixture("bye")).unwrap().reason, "token_spent");
        let refused = body::<Refused>(&fixture("refused")).unwrap();
        assert_eq!(refused.code, Refusal::TooManyQueues);
    }

    #[test]
    fn what_is_new_is_no_fault_and_what_is_no_frame_is_one() {
        let text = r#"{"later":[1],"body":{"n":{"x":"}"},"type":"news_of_tomorrow"}}"#;
        assert_eq!(head(text).unwrap().kind, Kind::Other);
        let news = r#"{"body":{"type":"wall_news","b":[[0,3,1]]}}"#;
        let seen = head(news).unwrap();
        assert!(seen.kind == Kind::WallNews && seen.seq.is_none());
        assert!(head("[]").is_none() && head("{").is_none());
        assert!(body::<Applied>(text).is_none());
    }
}
