//! Messages between a page and the live server.
//!
//! One WebSocket per browser tab carries JSON text frames. A page sends [`ClientFrame`]s and
//! hears [`ServerFrame`]s. The first frame must be [`ClientBody::Hello`], within
//! [`limits::HELLO_WITHIN_MS`], and carries the join token; every frame from the server that
//! changes what a page shows has a sequence number, so that a page that comes back within the
//! grace time hears only what it missed. News of the wall and of the console ([`wall`]) have numbers of
//! their own.
//!
//! `fixtures/{client,server,http}/*.json` hold a golden example of each message; the Rust tests here and the
//! JavaScript tests of the pages read the same files.

pub mod client;
pub mod frame;
pub mod ids;
mod kinds;
pub mod limits;
pub mod server;
pub mod token;
pub mod view;
pub mod wall;

pub use client::{ClientBody, ClientFrame, EchoMode, Outcome, PageKind, Resume, SourceKind};
pub use frame::FrameError;
pub use ids::{BoothId, CallId, EntryId, FairId, JobId, PersonId, SeatId};
pub use server::{
    Bye, MediaSide, Refusal, Sequence, ServerBody, ServerFrame, Stamp, TroubleKind, Welcome,
};
pub use token::{Admission, JoinClaims, Role};
pub use view::{
    BoothBrief, BoothView, CallPhase, CallView, Cause, DeviceReport, FairPhase, FairTotals,
    FairView, JobView, MediaSlot, Origin, Participant, Presence, Quality, QueueRow, QueueState,
    SeatState, SeatView, Stage, StudentEntry, StudentView, Wait, WallView,
};
pub use wall::{ConsoleLine, ConsoleNews, QueueMark, WallLine, WallNews, WallNote, WallSnapshot};

/// The version of this protocol. A page that speaks another one is refused with
/// [`Bye::Version`] and reloads itself.
pub const VERSION: u16 = 2;
