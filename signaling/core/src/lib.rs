//! Sans-IO live fair: booths, queues, seats, calls, presence, waiting time.
//!
//! A [`Fair`] owns no socket, no clock and no task. Its shell hands in what people do
//! ([`Fair::handle_action`]), sockets that come and go, what the media server and the portal say,
//! and the time; after each it drains [`Fair::poll_command`] and sleeps until
//! [`Fair::poll_timeout`]. Rows and events come before the messages that speak of them: the shell
//! commits the former before it sends the latter, so that nobody is told of a place that a crash
//! could take away.
//!
//! The cost of an input depends on who must hear of it: an entry that leaves a queue concerns those
//! behind it, a student who is called concerns the few queues he stands in. Only the begin and the
//! end of the fair look at every entry.
//!
//! Where to look: `entry` is the stage machine with its table, `queue` the ordered list,
//! `moves` the one way in which an entry changes, `ready` and `interview` calling and calls,
//! `wait` and `places` the waiting time, `outbox` who is told what and when, `wall` the news of
//! wall and console, `restore` rows and restart, `reread` a batch that could not be stored,
//! `gain` booths and seats that come later, `elsewhere` students busy in another fair, `shift` time in
//! which the fair stood still.

mod booth;
mod call;
pub mod codes;
pub mod command;
mod due;
mod elsewhere;
mod entry;
mod fair;
mod gain;
mod interview;
mod interviewer;
mod journal;
mod moves;
mod outbox;
mod permissions;
mod places;
mod presence;
mod quality;
mod queue;
mod ready;
mod reread;
mod restore;
pub mod rows;
mod seat;
pub mod setup;
mod shift;
mod shut_out;
mod sockets;
mod staff;
mod student;
mod timers;
mod trouble;
pub mod view;
mod wait;
mod wall;

pub use codes::{Code, EventKind, QueueCode};
pub use command::{
    Accepted, Actor, Audience, Command, MediaOrder, MediaSignal, Outgoing, PortalCommand, SocketId,
    Urgency,
};
pub use fair::Fair;
pub use rows::{EventRow, Row, Rows};
pub use setup::{BoothSetup, FairSetup, Gained, Rules, SeatSetup};
pub use shift::Stop;
pub use view::{CallRecord, EntryRecord};
