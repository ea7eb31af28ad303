//! A fair of any size, imported into a fresh server.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use loadtest::population::Population;
use loadtest::signal::token::{Signer, Who};
use serde_json::json;
use signaling_protocol::{BoothId, FairId, PersonId};

use crate::server::{Server, binary};

/// Booths with one or more seats, in a data folder of its own. Students need no registration:
/// their tokens are signed with the server's key.
pub struct Fair {
    folder: PathBuf,
    population: Population,
}

impl Fair {
    /// Writes the fair and imports it.
    ///
    /// # Errors
    /// When `pinhui import` refuses it.
    pub fn new(folder: &Path, booths: usize, seats: usize) -> Result<Self> {
        let fair = Self {
            folder: folder.to_owned(),
            population: Population {
                run: 1,
                crowd: 1,
                booths,
                seats,
                rules: json!({}),
            },
        };
        let file = folder.join("fair.json");
        std::fs::write(&file, fair.population.setup().to_string())?;
        let status = Command::new(binary()?)
            .arg("import")
            .arg(&file)
            .arg("--data")
            .arg(fair.data())
            .status()?;
        ensure!(status.success(), "pinhui import ended with {status}");
        Ok(fair)
    }

    /// The server's data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts `pinhui serve` on the fair's data folder.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn serve(&self) -> Result<Server> {
        self.serve_with(&[]).await
    }

    /// [`Fair::serve`] with settings such as `drain_s=5`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn serve_with(&self, settings: &[&str]) -> Result<Server> {
        self.serve_within(settings, None).await
    }

    /// [`Fair::serve_with`] in a process that may open no more than so many files and sockets.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn serve_within(
        &self,
        settings: &[&str],
        descriptors: Option<u32>,
    ) -> Result<Server> {
        let data = self.data().display().to_string();
        let mut arguments = vec!["serve", "--port", "0", "--data", &data];
        for setting in settings {
            arguments.extend(["--set", setting]);
        }
        Server::start_within(&self.folder, &arguments, descriptors).await
    }

    /// The fair's id.
    #[must_use]
    pub fn id(&self) -> FairId {
        self.population.fair()
    }

    /// The id of booth `n`.
    #[must_use]
    pub fn booth(&self, n: usize) -> BoothId {
        self.population.booth(n)
    }

    /// The id of student `n`.
    #[must_use]
    pub fn student(&self, n: usize) -> PersonId {
        self.population.student(n).person
    }

    /// A fresh join token of student `n`.
    ///
    /// # Errors
    /// When the server's key cannot be read.
    pub fn student_token(&self, n: usize) -> Result<String> {
        self.token(&self.population.student(n))
    }

    /// A fresh join token of the interviewer on a seat of a booth.
    ///
    /// # Errors
    /// When the server's key cannot be read.
    pub fn interviewer_token(&self, booth: usize, seat: usize) -> Result<String> {
        self.token(&self.population.interviewer(booth, seat))
    }

    fn token(&self, who: &Who) -> Result<String> {
        Signer::from_file(&self.data().join("token.key"), self.id())?.sign(who)
    }
}
