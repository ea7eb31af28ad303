//! Sans-IO live fair: booths, queues, seats, calls, presence, waiting time.

pub mod codes;
pub mod command;
pub mod rows;
pub mod setup;

pub use command::{
    Accepted, Actor, Audience, Command, MediaOrder, MediaSignal, Outgoing, PortalCommand, SocketId,
    Urgency,
};
pub use rows::{EventRow, Row, Rows};
pub use setup::{BoothSetup, FairSetup, Rules, SeatSetup};
