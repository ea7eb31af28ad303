//! A secret key in a file that only its owner can read.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::Context;

/// Length of a key, bytes: that of the hash in HMAC-SHA-256 (RFC 7518 §3.2).
pub const KEY_BYTES: usize = 32;

/// Reads the key from `path`, or makes one there.
///
/// # Errors
/// The file cannot be read or made, is open to others, or is too short.
pub fn load_or_create(path: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = path.display();
    if !path.exists() {
        create(path).with_context(|| format!("cannot make the key file {shown}"))?;
    }
    let mode = std::fs::metadata(path)
        .with_context(|| format!("cannot read the key file {shown}"))?
        .permissions()
        .mode();
    anyhow::ensure!(
        mode & 0o077 == 0,
        "the key file {shown} is open to others: set its mode to 600"
    );
    let key = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    anyhow::ensure!(key.len() >= KEY_BYTES, "the key file {shown} is too short");
    Ok(key)
}

fn create(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    let key: [u8; KEY_BYTES] = rand::random();
    // Written aside and linked, so that two starting processes end up with one whole key.
    let aside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&aside, path);
    std::fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
