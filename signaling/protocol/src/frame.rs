//! Reading a frame of a page: size first, then JSON, then the length of every text in it.

use crate::client::{ClientBody, ClientFrame};
use crate::limits;

/// Why a text frame was not taken. Each is counted, and too many close the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameError {
    /// Longer than [`limits::CLIENT_FRAME_BYTES`].
    TooLarge {
        /// Its length, bytes.
        bytes: usize,
    },
    /// Not JSON, or not a message of this protocol. The id is set if it could be read, so that
    /// the page can be told which request failed.
    Unreadable {
        /// [`ClientFrame::id`], if it could be read.
        id: Option<u32>,
    },
    /// A text in it is too long or empty where it must say something, or a number is out of range.
    OutOfRange {
        /// [`ClientFrame::id`].
        id: u32,
        /// The field.
        field: &'static str,
    },
}

impl FrameError {
    /// The request to answer with a refusal, if it is known.
    pub fn id(&self) -> Option<u32> {
        match self {
            Self::TooLarge { .. } => None,
            Self::Unreadable { id } => *id,
            Self::OutOfRange { id, .. } => Some(*id),
        }
    }
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge { bytes } => write!(f, "frame of {bytes} bytes is too large"),
            Self::Unreadable { .. } => f.write_str("frame is not a message of this protocol"),
            Self::OutOfRange { field, .. } => write!(f, "`{field}` is out of range"),
        }
    }
}

impl std::error::Error for FrameError {}

impl ClientFrame {
    /// Reads one text frame.
    ///
    /// # Errors
    /// [`FrameError`] for a frame that is too large, is not a message of this protocol, or holds a
    /// text or number outside [`limits`]. Never panics, whatever the text.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        if text.len() > limits::CLIENT_FRAME_BYTES {
            return Err(FrameError::TooLarge { bytes: text.len() });
        }
        let frame: Self =
            serde_json::from_str(text).map_err(|_| FrameError::Unreadable { id: read_id(text) })?;
        match out_of_range(&frame.body) {
            Some(field) => Err(FrameError::OutOfRange {
                id: frame.id,
                field,
            }),
            None => Ok(frame),
        }
    }
}

/// The id of a frame whose body is not readable.
fn read_id(text: &str) -> Option<u32> {
    #[derive(serde::Deserialize)]
    struct OnlyId {
        id: u32,
    }
    serde_json::from_str::<OnlyId>(text)
        .ok()
        .map(|frame| frame.id)
}

/// The first field outside its limits.
fn out_of_range(body: &ClientBody) -> Option<&'static str> {
    let fault = |bad: bool, field: &'static str| bad.then_some(field);
    match body {
        ClientBody::Hello { token, resume, .. } => {
            let token_bad = token
                .as_ref()
                .is_some_and(|t| t.len() > limits::TOKEN_BYTES);
            let secret_bad = resume
                .as_ref()
                .is_some_and(|r| r.secret.len() > limits::SECRET_BYTES);
            fault(token_bad, "token").or(fault(secret_bad, "secret"))
        }
        ClientBody::CallPick { reason, .. }
        | ClientBody::PutBack { reason, .. }
        | ClientBody::Remove { reason, .. }
        | ClientBody::RemoveEntry { reason, .. } => fault(!says_something(reason), "reason"),
        ClientBody::PauseQueue { minutes, message } => {
            fault(minutes.is_some_and(|m| !in_minutes(m)), "minutes")
                .or(fault(too_long(message), "message"))
        }
        ClientBody::PauseBooth { message, .. } => fault(too_long(message), "message"),
        ClientBody::Broadcast { text } => fault(!says_something(text), "text"),
        ClientBody::ExtendFair { minutes } => fault(!in_minutes(*minutes), "minutes"),
        ClientBody::MediaOffer { sdp } | ClientBody::MediaRestart { sdp } => {
            fault(sdp.len() > limits::SDP_BYTES, "sdp")
        }
        _ => None,
    }
}

fn too_long(text: &str) -> bool {
    text.chars().count() > limits::TEXT_CHARS
}

fn says_something(text: &str) -> bool {
    !text.trim().is_empty() && !too_long(text)
}

fn in_minutes(minutes: u32) -> bool {
    (1..=limits::MINUTES).contains(&minutes)
}
