//! How a run comes by its server.

use std::path::PathBuf;

use crate::clock::{SECOND, now_ns};

/// A server that runs already.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// Where it answers, such as `http://127.0.0.1:8080`.
    pub url: String,
    /// Its key file.
    pub key: PathBuf,
    /// Its process, for CPU and memory.
    pub pid: Option<u32>,
}

/// How to come by a server.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// One that runs; else one is started.
    pub running: Option<Running>,
    /// Put the two sides of each call on different workers.
    pub split: bool,
    /// Record the media node's batches, for the floor.
    pub trace: bool,
    /// Keep the data folder.
    pub keep: bool,
    /// Further settings, as environment variables.
    pub settings: Vec<(String, String)>,
}

/// The setting that names the server's database.
const DATABASE_URL: &str = "PINHUI__DATABASE__URL";

impl Wish {
    /// The database that the settings, or this program's own environment, give to the server;
    /// `None`: the one in its fresh data folder.
    pub(super) fn database_url(&self) -> Option<String> {
        let set = self
            .settings
            .iter()
            .rev()
            .find(|(name, _)| name == DATABASE_URL);
        set.map(|(_, url)| url.clone())
            .or_else(|| std::env::var(DATABASE_URL).ok())
            .filter(|url| !url.is_empty())
    }

    /// Number of the run's fair: 1, as [`crate::cli`]'s `setup` prints it, unless the database
    /// may hold the fairs of earlier runs.
    #[must_use]
    pub fn run(&self) -> u32 {
        if self.running.is_some() || self.database_url().is_none() {
            return 1;
        }
        seconds()
    }

    /// Number of the run's students: others each time on a server that ran already, which knows
    /// those of earlier runs.
    #[must_use]
    pub fn crowd(&self) -> u32 {
        if self.running.is_some() {
            seconds()
        } else {
            self.run()
        }
    }
}

/// Seconds since 1970: no two runs on one database begin in the same one.
fn seconds() -> u32 {
    u32::try_from(now_ns() / SECOND).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_on_a_named_database_has_a_fair_of_its_own() {
        let set = |url: &str| Wish {
            settings: vec![(DATABASE_URL.to_owned(), url.to_owned())],
            ..Wish::default()
        };
        let postgres = set("postgres://localhost/x");
        assert_eq!(
            postgres.database_url().as_deref(),
            Some("postgres://localhost/x")
        );
        assert!(postgres.run() > 1);
        let running = Wish {
            running: Some(Running::default()),
            ..postgres
        };
        assert_eq!(running.run(), 1, "the fair that `setup` printed");
        assert!(running.crowd() > 1, "and people who were not there yet");
        assert_eq!(Wish::default().crowd(), 1);
    }
}
