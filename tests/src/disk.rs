//! A disk of one's own below a server: it can be filled and made slow, and needs no rights.
//!
//! A small library stands between the server and libc (`disk.c`); it is compiled here, so a C
//! compiler is part of what these tests need.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

const SOURCE: &str = include_str!("disk.c");

/// The disk on which the data folder of one server lies.
pub struct Disk {
    library: PathBuf,
    control: PathBuf,
    data: PathBuf,
}

impl Disk {
    /// A disk with room, as quick as the machine's, for the data folder `data`. What it needs
    /// itself is in `folder`.
    ///
    /// # Errors
    /// When there is no C compiler.
    pub fn new(folder: &Path, data: &Path) -> Result<Self> {
        let disk = Self {
            library: folder.join("disk.so"),
            control: folder.join("disk"),
            data: std::path::absolute(data)?,
        };
        fs::create_dir_all(&disk.control)?;
        let source = folder.join("disk.c");
        fs::write(&source, SOURCE)?;
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(&disk.library)
            .arg(&source)
            .arg("-ldl")
            .status()
            .context("these tests need a C compiler (Debian: gcc)")?;
        ensure!(status.success(), "cc ended with {status}");
        Ok(disk)
    }

    /// What a server that is to be on this disk has in its environment.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("LD_PRELOAD", self.library.clone().into()),
            ("DISK_DATA", self.data.clone().into()),
            ("DISK_CONTROL", self.control.clone().into()),
        ]
    }

    /// From now on nothing more can be written; or there is room again.
    ///
    /// # Errors
    /// When the order cannot be given.
    pub fn full(&self, full: bool) -> Result<()> {
        let order = self.control.join("full");
        if full {
            fs::write(order, "")?;
        } else if order.exists() {
            fs::remove_file(order)?;
        }
        Ok(())
    }

    /// From now on each sync takes `ms` longer than the machine's own.
    ///
    /// # Errors
    /// When the order cannot be given.
    pub fn fsync_ms(&self, ms: u32) -> Result<()> {
        // Renamed: the server reads the whole number or the one before.
        let beside = self.control.join("fsync_ms.part");
        fs::write(&beside, ms.to_string())?;
        fs::rename(beside, self.control.join("fsync_ms"))?;
        Ok(())
    }
}
