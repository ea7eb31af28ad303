//! Virtual students and interviewers over real sockets, and the floor beside them: what the
//! server costs, against the least that any media server must do.

pub mod cli;
pub mod client;
pub mod clock;
pub mod cpu;
pub mod crowd;
pub mod floor;
pub mod foreign;
pub mod participant;
pub mod population;
pub mod report;
pub mod scenario;
pub mod server;
pub mod signal;
pub mod stats;
