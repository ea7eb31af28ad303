//! What an error of the database means for whoever asked: the one place that knows codes.
//!
//! [`trouble`] tells the kind. After a failed [`Tx::commit`](super::Tx::commit) ask
//! [`may_have_committed`] first: a connection that is lost while the answer is on its way leaves
//! the outcome open, and trying again as if nothing had happened could do a thing twice.

use sqlx::Error;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

/// The kinds of errors, by what one can do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// Others were in the way: a lock, a deadlock, a serialisation failure, no connection or no
    /// turn in time. The same again will do, soon.
    Busy,
    /// No room: the disk, a quota. The same again will do once somebody has made room.
    Full,
    /// The database does not answer, cannot reach its files, or only reads. The same again will do
    /// once it is back.
    Away,
    /// What was to be written cannot be stored: it breaks a rule of the schema (unique, foreign
    /// key, check, not null), or the database does not take such a value (too long, a NUL
    /// character). The same again fails again; without that row the rest is fine.
    Constraint,
    /// A fault of the program or of the data: a query that does not fit, a damaged file.
    Other,
}

impl Trouble {
    /// Does trying the same again make sense?
    pub fn is_transient(self) -> bool {
        match self {
            Self::Busy | Self::Full | Self::Away => true,
            Self::Constraint | Self::Other => false,
        }
    }

    /// The word in metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Full => "full",
            Self::Away => "away",
            Self::Constraint => "constraint",
            Self::Other => "other",
        }
    }
}

/// The kind of an error.
pub fn trouble(error: &Error) -> Trouble {
    match error {
        Error::Database(inner) => {
            let code = inner.code();
            let code = code.as_deref().unwrap_or_default();
            if inner.try_downcast_ref::<SqliteError>().is_some() {
                of_sqlite(code.parse().unwrap_or_default())
            } else if inner.try_downcast_ref::<PgDatabaseError>().is_some() {
                of_postgres(code)
            } else {
                Trouble::Other
            }
        }
        Error::PoolTimedOut => Trouble::Busy,
        // The last two: a connection that was left inside a transaction. Its pool replaces it.
        Error::Io(_)
        | Error::Tls(_)
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::InvalidSavePointStatement
        | Error::BeginFailed => Trouble::Away,
        _ => Trouble::Other,
    }
}

/// Does trying the same again make sense? After a failed commit only if it cannot have been
/// committed: see [`may_have_committed`].
pub fn is_transient(error: &Error) -> bool {
    trouble(error).is_transient()
}

/// Is it the row that cannot be stored, rather than the database that cannot store?
pub fn is_constraint(error: &Error) -> bool {
    trouble(error) == Trouble::Constraint
}

/// Is this the breach of a unique index? A race that another transaction won shows like this.
pub fn is_unique_violation(error: &Error) -> bool {
    matches!(error, Error::Database(inner) if inner.is_unique_violation())
}

/// Of an error of [`Tx::commit`](super::Tx::commit), or of a single statement outside a
/// transaction: is the outcome open? The connection was lost before the answer came, so the
/// database may have committed. For an error before the commit this says nothing: a transaction
/// whose commit was never sent is rolled back.
///
/// On SQLite a commit that fails is undone for everyone who asks from then on; only a power loss
/// right after it could bring it back, as with any commit of which nobody was told yet.
pub fn may_have_committed(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed => true,
        Error::Database(inner) if inner.try_downcast_ref::<PgDatabaseError>().is_some() => {
            let code = inner.code();
            let code = code.as_deref().unwrap_or_default();
            // Connection exceptions, "completion unknown", and a server that ended the session.
            code.starts_with("08") || code == "40003" || code.starts_with("57P0")
        }
        _ => false,
    }
}

/// <https://www.sqlite.org/rescode.html>: the lowest byte of an extended code is its primary code.
fn of_sqlite(extended: i32) -> Trouble {
    match extended & 0xff {
        // BUSY, LOCKED, INTERRUPT, PROTOCOL (the race for a WAL's locks).
        5 | 6 | 9 | 15 => Trouble::Busy,
        // FULL.
        13 => Trouble::Full,
        // PERM, NOMEM, READONLY, IOERR, CANTOPEN.
        3 | 7 | 8 | 10 | 14 => Trouble::Away,
        // TOOBIG, CONSTRAINT, MISMATCH.
        18..=20 => Trouble::Constraint,
        _ => Trouble::Other,
    }
}

/// SQLSTATE, PostgreSQL's appendix A: the first two characters are the class.
fn of_postgres(code: &str) -> Trouble {
    match code {
        // Serialisation failure, deadlock, completion unknown, lock not available, statement
        // cancelled, too many connections.
        "40001" | "40P01" | "40003" | "55P03" | "57014" | "53300" => Trouble::Busy,
        // A standby that took over, or a server that its operator set to read only.
        "25006" => Trouble::Away,
        _ => match code.get(..2) {
            // Insufficient resources: disk, memory, a configured limit.
            Some("53") => Trouble::Full,
            // Connection exception; operator intervention (shutting down, starting); input and
            // output.
            Some("08" | "57" | "58") => Trouble::Away,
            // A value that the type does not take; a rule of the schema.
            Some("22" | "23") => Trouble::Constraint,
            _ => Trouble::Other,
        },
    }
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::db::{On, on_db, testing};

    #[test]
    fn codes_of_sqlite() {
        for (code, expected) in [
            (5, Trouble::Busy),
            (261, Trouble::Busy),        // BUSY_RECOVERY
            (517, Trouble::Busy),        // BUSY_SNAPSHOT
            (6, Trouble::Busy),          // LOCKED
            (13, Trouble::Full),         // FULL
            (10, Trouble::Away),         // IOERR
            (778, Trouble::Away),        // IOERR_WRITE: a quota, too
            (1034, Trouble::Away),       // IOERR_FSYNC
            (4874, Trouble::Away),       // IOERR_SHMSIZE
            (8, Trouble::Away),          // READONLY
            (14, Trouble::Away),         // CANTOPEN
            (2067, Trouble::Constraint), // CONSTRAINT_UNIQUE
            (787, Trouble::Constraint),  // CONSTRAINT_FOREIGNKEY
            (1, Trouble::Other),         // ERROR
            (11, Trouble::Other),        // CORRUPT
        ] {
            assert_eq!(of_sqlite(code), expected, "{code}");
        }
    }

    #[test]
    fn codes_of_postgres() {
        for (code, expected) in [
            ("40001", Trouble::Busy),
            ("40P01", Trouble::Busy),
            ("55P03", Trouble::Busy),
            ("53300", Trouble::Busy),
            ("53100", Trouble::Full),
            ("53200", Trouble::Full),
            ("08006", Trouble::Away),
            ("57P01", Trouble::Away),
            ("57P03", Trouble::Away),
            ("58030", Trouble::Away),
            ("25006", Trouble::Away),
            ("23505", Trouble::Constraint),
            ("22021", Trouble::Constraint),
            ("42P01", Trouble::Other),
            ("", Trouble::Other),
        ] {
            assert_eq!(of_postgres(code), expected, "{code}");
        }
    }

    #[test]
    fn a_lost_connection_leaves_the_outcome_open_and_a_full_pool_does_not() {
        let lost = Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert!(may_have_committed(&lost) && is_transient(&lost));
        assert!(may_have_committed(&Error::WorkerCrashed));
        assert!(!may_have_committed(&Error::PoolTimedOut));
        assert_eq!(trouble(&Error::PoolTimedOut), Trouble::Busy);
        assert_eq!(trouble(&Error::RowNotFound), Trouble::Other);
    }

    #[tokio::test]
    async fn a_broken_rule_is_the_rows_fault_on_both_databases() {
        for test in testing::both().await {
            let mut tx = test.db.begin().await.unwrap();
            on_db!(tx, c => sqlx::query("CREATE TABLE t (x BIGINT PRIMARY KEY)")
                .execute(c).await.map(drop))
            .unwrap();
            on_db!(tx, c => sqlx::query("INSERT INTO t VALUES (1)").execute(c).await.map(drop))
                .unwrap();
            let twice =
                on_db!(tx, c => sqlx::query("INSERT INTO t VALUES (1)").execute(c).await.map(drop))
                    .unwrap_err();
            assert!(
                is_constraint(&twice) && is_unique_violation(&twice),
                "{twice}"
            );
            assert!(!is_transient(&twice) && !may_have_committed(&twice));
            drop(tx);
            let faulty =
                on_db!(test.db, c => sqlx::query("SELECT x FROM no_such").execute(c).await.map(drop))
                    .unwrap_err();
            assert_eq!(trouble(&faulty), Trouble::Other, "{faulty}");
        }
    }

    #[tokio::test]
    async fn what_a_server_says_is_read_by_its_code() {
        let test = testing::postgres().await;
        for (code, expected) in [
            ("53100", Trouble::Full),
            ("40P01", Trouble::Busy),
            ("57P02", Trouble::Away),
        ] {
            let raise = format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$");
            let On::Postgres(pool) = test.db.on() else {
                panic!("a PostgreSQL database")
            };
            let error = sqlx::query(AssertSqlSafe(raise))
                .execute(pool)
                .await
                .unwrap_err();
            assert_eq!(trouble(&error), expected, "{error}");
        }
        let On::Postgres(pool) = test.db.on() else {
            panic!("a PostgreSQL database")
        };
        let ended = sqlx::query("SELECT pg_terminate_backend(pg_backend_pid())")
            .execute(pool)
            .await
            .unwrap_err();
        assert_eq!(trouble(&ended), Trouble::Away, "{ended}");
        assert!(may_have_committed(&ended), "{ended}");
    }
}
