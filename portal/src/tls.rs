//! TLS for the pages: certificate files, or a self-signed certificate for a local network.

use std::path::{Path, PathBuf};

use anyhow::Context;
use front::Tls;

use crate::config::{Config, TlsMode};

/// The TLS of the configuration; `None`: plain HTTP.
///
/// # Errors
/// The files cannot be read or written, or hold no certificate and key.
pub fn load(config: &Config) -> anyhow::Result<Option<Tls>> {
    let http = &config.http;
    let (certificate, key) = match http.tls {
        TlsMode::Off => return Ok(None),
        TlsMode::Files => (http.certificate.clone(), http.key.clone()),
        TlsMode::SelfSigned => self_signed(&config.data, &http.names)?,
    };
    // Another part of the process may have chosen the provider already; it is the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
    Ok(Some(Tls::from_files(&certificate, &key).context("TLS")?))
}

/// Makes certificate and key in the data folder at the first start and keeps them, so that a
/// browser that was told to trust them goes on doing so.
fn self_signed(data: &Path, names: &[String]) -> anyhow::Result<(PathBuf, PathBuf)> {
    let (certificate, key) = (data.join("self-signed.crt"), data.join("self-signed.key"));
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    let made = rcgen::generate_simple_self_signed(names.to_vec()).context("http.names")?;
    std::fs::write(&certificate, made.cert.pem())
        .with_context(|| certificate.display().to_string())?;
    write_private(&key, &made.signing_key.serialize_pem())
        .with_context(|| key.display().to_string())?;
    Ok((certificate, key))
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}
