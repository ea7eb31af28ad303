//! Documents out, tables in and out: PDF letters, rosters as CSV or Excel.
//!
//! Pure functions over bytes: no file, no socket, no clock. Reading a table is work for a blocking
//! thread.

pub mod pdf;
pub mod sheet;
