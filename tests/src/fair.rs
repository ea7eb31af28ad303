//! A fair of any size, imported into a fresh server.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use loadtest::population::Population;
use loadtest::signal::token::{Signer, Who};
use serde_json::json;
use signaling_protocol::{BoothId, FairId, PersonId};

use crate::disk::Disk;
use crate::server::{Server, Surroundings, binary};

/// Booths with one or more seats, in a data folder of its own. Students need no registration:
/// their tokens are signed with the server's key.
pub struct Fair {
    folder: PathBuf,
    /// Unless it is a SQLite file in the data folder.
    database: Option<String>,
    population: Population,
}

impl Fair {
    /// Writes the fair and imports it.
    ///
    /// # Errors
    /// When `pinhui import` refuses it.
    pub fn new(folder: &Path, booths: usize, seats: usize) -> Result<Self> {
        Self::on_database(folder, None, (booths, seats))
    }

    /// [`Fair::new`] in a database by its URL.
    ///
    /// # Errors
    /// As [`Fair::new`].
    pub fn on_database(
        folder: &Path,
        database: Option<&str>,
        (booths, seats): (usize, usize),
    ) -> Result<Self> {
        let fair = Self {
            folder: folder.to_owned(),
            database: database.map(str::to_owned),
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
            .args(fair.place())
            .status()?;
        ensure!(status.success(), "pinhui import ended with {status}");
        Ok(fair)
    }

    /// The server's data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The database by its URL, if it is not in the data folder; from here on at another address.
    pub fn move_database(&mut self, url: &str) {
        self.database = Some(url.to_owned());
    }

    /// Where the database is, as `database.url` takes it.
    #[must_use]
    pub fn database(&self) -> String {
        let file = || self.data().join("pinhui.db").display().to_string();
        self.database.clone().unwrap_or_else(file)
    }

    /// Arguments of a `pinhui` that works on the fair's data.
    #[must_use]
    pub fn place(&self) -> Vec<String> {
        let data = self.data().display().to_string();
        let mut place = vec!["--data".to_owned(), data];
        if let Some(url) = &self.database {
            place.extend(["--set".to_owned(), format!("database.url={url:?}")]);
        }
        place
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
        self.serve_in(settings, Surroundings::default()).await
    }

    /// [`Fair::serve`] on a disk of the test's.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn serve_on(&self, disk: &Disk) -> Result<Server> {
        let environment = disk.environment();
        let around = Surroundings {
            environment,
            ..Surroundings::default()
        };
        self.serve_in(&[], around).await
    }

    /// [`Fair::serve_with`] in a process that may open no more than so many files and sockets.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn serve_within(&self, settings: &[&str], descriptors: u32) -> Result<Server> {
        let around = Surroundings {
            descriptors: Some(descriptors),
            ..Surroundings::default()
        };
        self.serve_in(settings, around).await
    }

    async fn serve_in(&self, settings: &[&str], around: Surroundings) -> Result<Server> {
        let place = self.place();
        let mut arguments = vec!["serve", "--port", "0"];
        arguments.extend(place.iter().map(String::as_str));
        for setting in settings {
            arguments.extend(["--set", setting]);
        }
        Server::start_in(&self.folder, &arguments, around).await
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
