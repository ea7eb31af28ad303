//! The live fair's tables: what the owner task commits before anyone is told.

mod columns;
mod lease;
mod queries;
mod read;
mod write;

pub(crate) use lease::acquire;
pub use lease::{Lease, LeaseError};
pub use read::{CallRecord, EntryRecord};
pub(crate) use read::{
    call_of, entry_of, has_event, is_busy_elsewhere, read_rows, shut_outs, spent_tokens,
};
pub(crate) use write::{Work, commit, forget_shut_outs, put_shut_out};

/// What can go wrong with the tables.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// Another node has taken the fair over: this one must stop deciding.
    #[error("the lease on fair {fair} is lost")]
    LeaseLost {
        /// The fair.
        fair: signaling_protocol::FairId,
    },
    /// A row holds a word or number that this version does not know.
    #[error("table {table}, column {column}: {value:?} is not known")]
    Unknown {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
}

impl StoreError {
    /// What was in the way, if it was the database.
    pub(crate) fn trouble(&self) -> Option<base::db::Trouble> {
        match self {
            Self::Database(error) => Some(base::db::trouble(error)),
            Self::LeaseLost { .. } | Self::Unknown { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
