//! What goes into the fair besides a page's messages, and what comes out of it.

use serde::{Deserialize, Serialize};
use signaling_protocol::{
    BoothId, CallId, EntryId, Outcome, PageKind, PersonId, Role, ServerBody, SourceKind, Stamp,
};

use crate::rows::{EventRow, Row};

/// One connection of a page, named by the shell; never used twice in a run of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SocketId(pub u64);

/// Who speaks: what the join token said, and through which socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub person: PersonId,
    /// The socket.
    pub socket: SocketId,
    /// As what.
    pub role: Role,
    /// Which page opened the socket.
    pub page: PageKind,
    /// The name that the other side sees.
    pub name: String,
    /// One line under the name.
    pub headline: String,
}

/// What the media server says of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaSignal {
    /// Connected: from now on a loss counts.
    Connected,
    /// 2 s without a packet.
    Unstable,
    /// 5 s without anything authenticated.
    Lost,
    /// Given up; a new offer is needed.
    Gone,
    /// Flows again.
    Recovered,
}

/// What the portal tells the live fair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PortalCommand {
    /// An interviewer saved the evaluation of a call: it is no longer due.
    EvaluationSaved {
        /// The call.
        call: CallId,
        /// The judgement.
        outcome: Outcome,
    },
    /// The person's sockets are closed by the shell: he may sign in again and come back.
    SignedOut {
        /// Who.
        person: PersonId,
    },
    /// The person may not take part any more. His sockets are closed by the shell, and what he has
    /// in the fair ends.
    ShutOut {
        /// Who.
        person: PersonId,
        /// Why he is removed, as he reads it; without it he leaves by his own wish.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// Nobody may act for the booth any more: its queue stands still until an interviewer or staff
    /// lets it go on.
    PauseBooth {
        /// Which.
        booth: BoothId,
    },
}

/// A request that was done.
#[derive(Debug, Clone, PartialEq)]
pub enum Accepted {
    /// Done; `stamp` names the event that it made, if it made one.
    Done {
        /// The event.
        stamp: Option<Stamp>,
    },
    /// An application was made.
    Applied {
        /// The new entry.
        entry: EntryId,
        /// Its event.
        stamp: Option<Stamp>,
    },
    /// Nothing changed; this is what the page asked to see.
    Snapshot(Box<ServerBody>),
}

/// Who hears a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// All sockets of these persons; part of each one's sequence, also of a person who has been
    /// without a socket for a short time.
    Persons(Vec<PersonId>),
    /// One socket alone: what differs between the tabs of a person. Whoever comes back on a new
    /// socket is sent it anew, so it need not be kept for resuming.
    Socket(PersonId, SocketId),
    /// Every socket of the fair.
    Everyone,
    /// The sockets whose page is the company wall, and no other of their persons. Not part of
    /// anyone's sequence: the news carry numbers of their own.
    Walls,
    /// The sockets of staff whose page is the console; else as [`Audience::Walls`].
    Consoles,
}

/// How soon a message must go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// A change that somebody waits for.
    Now,
    /// A refresh of places, waits and rows, already joined here with others of its window.
    Joined,
}

/// A message to pages. It may leave only after all [`Command::Persist`] and [`Command::Record`]
/// that came before it are committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// To whom.
    pub to: Audience,
    /// What.
    pub body: ServerBody,
    /// How soon.
    pub urgency: Urgency,
    /// The events that it speaks of.
    pub stamp: Option<Stamp>,
}

/// What the media server must do. A member is one socket's media connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaOrder {
    /// Joins this connection to the call's room, and says that the call is on this socket from now
    /// on. A connection that a tab kept while it was without a socket is in the room already; it
    /// stays there as it is.
    Enter {
        /// The call; its room has the same id.
        call: CallId,
        /// The person.
        person: PersonId,
        /// The tab or device that has the call.
        socket: SocketId,
    },
    /// Takes this connection out of the call's room.
    Leave {
        /// The call.
        call: CallId,
        /// The person.
        person: PersonId,
        /// The tab or device that had the call; its socket may be gone.
        socket: SocketId,
    },
    /// Stops or restarts one source at the server (a moderator's wish).
    Mute {
        /// The person.
        person: PersonId,
        /// The person's connection.
        socket: SocketId,
        /// Which source.
        source: SourceKind,
        /// Stopped.
        muted: bool,
    },
}

/// What the fair wants done, in this order: the rows and events of one input, then what may be
/// said and done once they are committed.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Writes one state row (insert or replace by key).
    Persist(Row),
    /// Appends one event.
    Record(EventRow),
    /// Tells the media server.
    Media(MediaOrder),
    /// Tells pages.
    Send(Box<Outgoing>),
}
