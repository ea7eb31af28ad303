//! TLS by a client that verifies: certificate files, and the certificate that the server makes.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use signaling_protocol::{PageKind, ServerBody};
use tests::fair::Fair;
use tests::http;
use tests::live::{Person, passed_device_test};
use tests::server::{Server, scratch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A client that trusts the certificate in `file` and no other.
fn trusting(file: &Path) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file)? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Host and port of a server with TLS.
fn authority(server: &Server) -> Result<&str> {
    let http = &server.ready.http;
    http.strip_prefix("https://")
        .with_context(|| format!("no TLS: {http}"))
}

async fn connect(
    server: &Server,
    client: &TlsConnector,
    name: &str,
) -> Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(authority(server)?).await?;
    let name = ServerName::try_from(name.to_owned())?;
    Ok(client.connect(name, stream).await?)
}

/// Pages and WebSocket answer under `name` to a client that verifies.
async fn serves(server: &Server, fair: &Fair, client: &TlsConnector, name: &str) -> Result<()> {
    let stream = connect(server, client, name).await?;
    let (status, page) = http::get_over(stream, name, "/login").await?;
    ensure!(status == 200 && page.contains("<form"), "{status}: {page}");

    let stream = connect(server, client, name).await?;
    let origin = format!("https://{name}");
    let token = fair.student_token(0)?;
    let mut person = Person::join_over(stream, &origin, token, PageKind::Queues).await?;
    let answer = person.ask(passed_device_test()).await?;
    ensure!(matches!(answer, ServerBody::Done), "{answer:?}");
    Ok(())
}

/// Whoever speaks plain HTTP is told nothing and costs nothing.
async fn refuses_plain_http(server: &Server) -> Result<()> {
    let mut stream = TcpStream::connect(authority(server)?).await?;
    stream
        .write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    let end = tokio::time::timeout(tests::wait::PATIENCE, stream.read_to_end(&mut answer));
    // A reset is an end as well.
    let _ = end.await.context("the connection stays open")?;
    ensure!(
        !answer.starts_with(b"HTTP/"),
        "plain HTTP is answered: {}",
        String::from_utf8_lossy(&answer)
    );
    Ok(())
}

#[tokio::test]
async fn certificate_files_serve_https_and_wss() -> Result<()> {
    let folder = scratch("tls-files")?;
    let fair = Fair::new(&folder, 1, 1)?;
    let made = rcgen::generate_simple_self_signed(vec!["fair.test".to_owned()])?;
    let (certificate, key) = (folder.join("fair.crt"), folder.join("fair.key"));
    std::fs::write(&certificate, made.cert.pem())?;
    std::fs::write(&key, made.signing_key.serialize_pem())?;
    let mut server = fair
        .serve_with(&[
            "http.tls=files",
            &format!("http.certificate={}", certificate.display()),
            &format!("http.key={}", key.display()),
        ])
        .await?;
    let client = trusting(&certificate)?;
    serves(&server, &fair, &client, "fair.test").await?;
    refuses_plain_http(&server).await?;

    // The check is one: another name, or another certificate, does not pass.
    ensure!(connect(&server, &client, "other.test").await.is_err());
    let other = rcgen::generate_simple_self_signed(vec!["fair.test".to_owned()])?;
    let file = folder.join("other.crt");
    std::fs::write(&file, other.cert.pem())?;
    ensure!(
        connect(&server, &trusting(&file)?, "fair.test")
            .await
            .is_err()
    );
    serves(&server, &fair, &client, "fair.test").await?;
    server.terminate().await
}

#[tokio::test]
async fn a_self_signed_certificate_is_made_once_and_kept() -> Result<()> {
    let folder = scratch("tls-self-signed")?;
    let fair = Fair::new(&folder, 1, 1)?;
    let names = "http.names=['localhost', 'fair.lan']";
    let mut server = fair.serve_with(&["http.tls=self_signed", names]).await?;
    // What a person is told to trust in the browser, once.
    let client = trusting(&fair.data().join("self-signed.crt"))?;
    for name in ["localhost", "fair.lan"] {
        serves(&server, &fair, &client, name).await?;
    }
    refuses_plain_http(&server).await?;
    server.terminate().await?;
    server.restart().await?;
    serves(&server, &fair, &client, "fair.lan").await?;
    server.terminate().await
}
